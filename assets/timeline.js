// The timeline's now line and span move here; its points come from the server as patches.
(function () {
  "use strict";
  const watchfloor = (window.watchfloor = window.watchfloor || {});
  const PAST_SHARE = 1 / 3; // layouts/parts/timeline.py
  const MOVE_EVERY = 5000; // ms: under a pixel at 8 h
  let hours = 24;

  const graph = () => document.querySelector("#timeline .js-plotly-plot");
  const now = () => (watchfloor.serverNow ? watchfloor.serverNow() * 1000 : Date.now());
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const iso = (milliseconds) => new Date(milliseconds).toISOString().slice(0, 19);

  function relayout() {
    const figure = graph();
    if (!figure || !window.Plotly || !figure.layout) return;
    const moment = now();
    const start = moment - hours * 3600000 * PAST_SHARE;
    // On a wall nothing is under 16 arc-minutes: 0.8 of its text size, which is 16 px times the scale.
    const size = Math.round(watchfloor.mode === "wall" ? 16 * (watchfloor.scale || 1) * 0.8 : 12);
    const update = {
      "xaxis.range": [iso(start), iso(start + hours * 3600000)],
      shapes: [{ type: "line", xref: "x", yref: "paper", x0: iso(moment), x1: iso(moment), y0: 0, y1: 1, line: { color: token("--text"), width: 1.5 } }],
      annotations: [{
        xref: "x", yref: "paper", x: iso(moment), y: 1, yanchor: "bottom", showarrow: false, borderpad: 2,
        text: "<b>" + new Date(moment).toISOString().slice(11, 16) + "Z</b>",
        bgcolor: token("--text"), font: { color: token("--ground"), size: size },
      }],
    };
    if (watchfloor.mode === "wall") {
      update["font.size"] = size;
      update["xaxis.tickfont.size"] = size;
      update["yaxis.tickfont.size"] = size;
      update["margin.l"] = size * 6.5;
      update["margin.t"] = size * 1.6;
      if (hours <= 24) update["xaxis.dtick"] = 3 * 3600000;
    }
    window.Plotly.relayout(figure, update);
    if (watchfloor.mode === "wall") growMarks(figure, size);
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

  function attach() {
    const figure = graph();
    if (!figure || figure.dataset.watched) return;
    figure.dataset.watched = "yes";
    figure.on("plotly_click", onClick);
    relayout();
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-hours]");
    if (!button) return;
    hours = Number(button.dataset.hours);
    for (const other of document.querySelectorAll("[data-hours]")) other.setAttribute("aria-pressed", String(other === button));
    const query = new URLSearchParams(window.location.search);
    query.set("hours", String(hours));
    window.history.replaceState(window.history.state, "", window.location.pathname + "?" + query);
    window.dash_clientside.set_props("timeline-hours", { data: hours });
    relayout();
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
  setInterval(relayout, MOVE_EVERY);
})();
