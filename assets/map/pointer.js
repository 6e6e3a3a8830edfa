/* Pointer and keyboard on the map: hover names, click selects, Escape lets go, Shift with arrows steps. */
"use strict";

(() => {
  const watchfloor = (window.watchfloor = window.watchfloor || {});
  watchfloor.chartParts = watchfloor.chartParts || [];

  const REACH = 14; // css pixels around a symbol that count as on it
  const CYCLE_MS = 600; // a click sooner than this after the last one belongs to a double click
  const TELL_MS = 2000; // how often the page hears that the selected track changed
  const KINDS = ["", "vessel", "aircraft", "contact", "base station", "aid to navigation", "rescue aircraft", "beacon", "tender"];
  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  const mercatorOf = (chart, event) => {
    const at = chart.map.mouseEventToLatLng(event);
    return watchfloor.mercator(at.lat, at.lng);
  };

  function describe(track) {
    const parts = [track.label || KINDS[track.kind]];
    if (track.speed !== null) parts.push(`${track.speed < 100 ? track.speed.toFixed(1) : Math.round(track.speed)} kn`);
    parts.push(`${watchfloor.span(watchfloor.serverNow() - track.t)} ago`);
    return parts.join(" · ");
  }

  function typing() {
    const at = document.activeElement;
    return at && (/^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) || at.isContentEditable);
  }

  /** A name at the pointer; one question to the worker at a time. */
  function hover(chart) {
    const container = chart.map.getContainer();
    const tip = document.createElement("div");
    tip.className = "track-tip";
    tip.setAttribute("aria-hidden", "true");
    container.appendChild(tip);
    chart.undo.push(() => tip.remove());
    let busy = false;
    let last = null;

    const hide = () => {
      tip.classList.remove("on");
      container.classList.remove("on-track");
    };
    const look = async () => {
      if (busy || !last) return;
      busy = true;
      const event = last;
      last = null;
      const [track] = await chart.ask({ t: "near", ...mercatorOf(chart, event), reach: REACH });
      busy = false;
      if (!track || chart.measuring) hide();
      else {
        const box = container.getBoundingClientRect();
        tip.textContent = describe(track);
        tip.classList.add("on");
        container.classList.add("on-track");
        const right = event.clientX - box.left + 16 + tip.offsetWidth > box.width;
        tip.style.left = `${event.clientX - box.left + (right ? -12 - tip.offsetWidth : 16)}px`;
        tip.style.top = `${event.clientY - box.top + 14}px`;
      }
      look();
    };
    chart.listen(container, "mousemove", (event) => {
      if (event.buttons || !event.target.closest(".leaflet-container")) {
        last = null;
        hide();
        return;
      }
      last = event;
      look();
    });
    chart.listen(container, "mouseleave", () => {
      last = null;
      hide();
    });
  }

  /** The nearest within reach; where several lie on each other, clicking again goes on to the next. */
  function click(chart) {
    let clickedAt = 0;
    const choose = async (event) => {
      if (chart.measuring) return;
      const again = performance.now() - clickedAt > CYCLE_MS;
      clickedAt = performance.now();
      const found = await chart.ask({ t: "near", ...watchfloor.mercator(event.latlng.lat, event.latlng.lng), reach: REACH });
      if (!found.length) return;
      const at = found.findIndex((track) => track.id === chart.selected);
      const track = at >= 0 && again ? found[(at + 1) % found.length] : at >= 0 ? found[at] : found[0];
      chart.select(track.id);
      watchfloor.announce(`Selected ${describe(track)}`);
    };
    chart.map.on("click", choose);
    chart.undo.push(() => chart.map.off("click", choose));
  }

  function keys(chart) {
    const container = chart.map.getContainer();
    container.setAttribute("aria-label", "Map. Shift with arrow keys goes from track to track, Escape lets go.");
    chart.listen(container, "keydown", async (event) => {
      const step = event.shiftKey && STEPS[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      const track = await chart.ask({ t: "step", dx: step[0], dy: step[1] });
      if (!track) return;
      chart.select(track.id);
      watchfloor.announce(`Selected ${describe(track)}`);
    }, { capture: true });
    chart.listen(document, "keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || chart.measuring || typing() || chart.selected === null) return;
      chart.select(null);
      watchfloor.announce("Nothing selected");
    });
  }

  /** The page hears of changes of the selected track, at most every two seconds; the last one always arrives. */
  function tellChanges(chart) {
    let ticks = 0;
    let toldAt = -TELL_MS;
    let later = null;
    const tell = () => {
      later = null;
      toldAt = performance.now();
      watchfloor.tell("selected-tick", { data: ++ticks });
    };
    chart.on("drawn", (message) => {
      if (!message.selectedChanged || later !== null || !message.selected) return;
      later = setTimeout(tell, Math.max(0, toldAt + TELL_MS - performance.now()));
    });
    chart.undo.push(() => clearTimeout(later));
  }

  function still(map) {
    for (const name of ["dragging", "touchZoom", "doubleClickZoom", "scrollWheelZoom", "boxZoom", "keyboard"]) {
      if (map[name]) map[name].disable();
    }
  }

  watchfloor.chartParts.push((chart) => {
    tellChanges(chart);
    if (chart.wall) {
      still(chart.map);
      return;
    }
    hover(chart);
    click(chart);
    keys(chart);
  });
})();
