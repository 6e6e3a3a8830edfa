// The timeline's now line and span move here; its points come from the server as patches.
(function () {
  "use strict";
  const watchfloor = (window.watchfloor = window.watchfloor || {});
  const PAST_SHARE = 1 / 3; // layouts/parts/timeline.py
  const PIXELS = 1500; // of its width, about: it moves when now is half a pixel on, and when the minute turns
  const HOUR = 3600000; // ms
  let hours = 24;
  let away = null; // epoch ms where the span begins after the officer dragged it; null while it goes along with now
  let held = false; // a button is down on it: nothing is moved under the hand
  let drawn = ""; // range as last asked for
  let moved = 0; // epoch ms of the now line as drawn

  const graph = () => document.querySelector("#timeline .js-plotly-plot");
  const now = () => (watchfloor.serverNow ? watchfloor.serverNow() * 1000 : Date.now());
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const iso = (milliseconds) => new Date(milliseconds).toISOString().slice(0, 19);
  const epoch = (text) => Date.parse(`${String(text).slice(0, 23).replace(" ", "T")}Z`); // Plotly's dates are UTC

  /** Where the span begins; points are at hand for as many hours before and after now as the span has. */
  function start(moment) {
    const live = moment - hours * HOUR * PAST_SHARE;
    return away === null ? live : Math.min(Math.max(away, moment - hours * HOUR), moment);
  }

  function relayout() {
    const figure = graph();
    if (!figure || !window.Plotly || !figure.layout || held) return;
    const moment = now();
    const from = start(moment);
    // On a wall nothing is under 16 arc-minutes: 0.8 of its text size, which is 16 px times the scale.
    const size = Math.round(watchfloor.mode === "wall" ? 16 * (watchfloor.scale || 1) * 0.8 : 12);
    const update = {
      "xaxis.range": [iso(from), iso(from + hours * HOUR)],
      shapes: [{ type: "line", xref: "x", yref: "paper", x0: iso(moment), x1: iso(moment), y0: 0, y1: 1, line: { color: token("--text"), width: 1.5 } }],
      annotations: moment < from || moment > from + hours * HOUR ? [] : [{
        xref: "x", yref: "paper", x: iso(moment), y: 1, yanchor: "bottom", showarrow: false, borderpad: 2,
        text: "<b>" + new Date(moment).toISOString().slice(11, 16) + "Z</b>",
        bgcolor: token("--text"), font: { color: token("--ground"), size: size },
      }],
    };
    drawn = rangeOf(update["xaxis.range"]);
    moved = moment;
    if (watchfloor.mode === "wall") {
      update["font.size"] = size;
      update["xaxis.tickfont.size"] = size;
      update["yaxis.tickfont.size"] = size;
      update["margin.l"] = size * 6.5;
      update["margin.t"] = size * 1.6;
      if (hours <= 24) update["xaxis.dtick"] = 3 * HOUR;
    }
    window.Plotly.relayout(figure, update);
    if (watchfloor.mode === "wall") growMarks(figure, size);
  }

  const rangeOf = (range) => range.map((edge) => Math.round(epoch(edge) / 1000)).join();

  /** Moving it costs a drawing of the figure: not before it can be seen. */
  function moveOn() {
    const moment = now();
    const minute = (at) => Math.floor(at / 60000);
    if (minute(moment) !== minute(moved) || Math.abs(moment - moved) > (hours * HOUR) / PIXELS / 2) relayout();
  }

  /** New points bring the figure back as the server made it: its range and now line are put back at once. */
  function restore() {
    const figure = graph();
    if (!drawn || !figure || !figure.layout.xaxis || !figure.layout.xaxis.range) return;
    if (rangeOf(figure.layout.xaxis.range) !== drawn || !(figure.layout.shapes || []).length) relayout();
  }

  /** Marks of the timeline in proportion to its text; the server's patches leave their size alone. */
  function growMarks(figure, size) {
    const wanted = Math.round(size * 0.45);
    if (figure.data.every((trace) => trace.marker.size === wanted)) return;
    window.Plotly.restyle(figure, {
      "marker.size": wanted,
      "marker.line.width": figure.data.map((trace) => (/-open$/.test(trace.marker.symbol) ? size * 0.07 : 0)),
    });
  }

  function onClick(event) {
    const point = event.points && event.points[0];
    if (point && point.customdata != null) watchfloor.select ? watchfloor.select(point.customdata) : window.dash_clientside.set_props("selected-track", { data: point.customdata });
  }

  /** Only a drag tells the edges of the range one by one; what is set here tells it whole. */
  function onRelayout(change) {
    if (change["xaxis.range[0]"] === undefined) return;
    away = epoch(change["xaxis.range[0]"]);
    away = start(now()); // not past the points at hand
    showLive();
    setTimeout(relayout, 0);
  }

  function backToNow() {
    away = null;
    showLive();
    relayout();
  }

  /** The chip that says LIVE, or takes the officer back. */
  function showLive() {
    const button = document.querySelector("[data-live]");
    if (!button) return;
    button.dataset.live = String(away === null);
    button.textContent = away === null ? "LIVE" : "Back to now";
    button.classList.toggle("live", away === null);
  }

  function attach() {
    const figure = graph();
    if (!figure || figure.dataset.watched) return;
    figure.dataset.watched = "yes";
    figure.on("plotly_click", onClick);
    figure.on("plotly_relayout", onRelayout);
    figure.on("plotly_react", restore);
    figure.addEventListener("pointerdown", () => { held = true; }, true);
    for (const end of ["pointerup", "pointercancel", "blur"]) window.addEventListener(end, () => { held = false; }, true);
    relayout();
  }

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-live]")) return void backToNow();
    const button = event.target.closest("[data-hours]");
    if (!button) return;
    hours = Number(button.dataset.hours);
    for (const other of document.querySelectorAll("[data-hours]")) other.setAttribute("aria-pressed", String(other === button));
    const query = new URLSearchParams(window.location.search);
    query.set("hours", String(hours));
    window.history.replaceState(window.history.state, "", window.location.pathname + "?" + query);
    window.dash_clientside.set_props("timeline-hours", { data: hours });
    backToNow();
  });

  const asked = Number(new URLSearchParams(window.location.search).get("hours"));
  if ([8, 24, 168].includes(asked)) {
    hours = asked;
    const started = setInterval(function () {
      const button = document.querySelector('[data-hours="' + asked + '"]');
      if (!button || !window.dash_clientside || !window.dash_clientside.set_props) return;
      clearInterval(started);
      button.click();
    }, 200);
  }
  watchfloor.redrawTimeline = relayout;
  setInterval(attach, 1000);
  setInterval(moveOn, 1000);
})();
