/* The map's worker: keeps the picture, draws it, answers what is under the pointer.
 *
 * Takes frames (transferred bytes) and messages from assets/map/tracks.js; gives back one bitmap per drawing
 * together with the view it was drawn for. At most one drawing is asked for at a time. */
"use strict";

importScripts("worker_picture.js", "worker_sprites.js", "worker_blit.js", "worker_sketch.js", "worker_labels.js", "worker_draw.js");

const REDRAW_MS = 1000; // dead reckoning moves symbols even when nothing was heard
const chart = new Chart();
let clockOffset = null; // server's epoch seconds less this worker's performance clock
let due = null;
let hidden = false;
let lastSelected = "";
let frames = 0;

function now() {
  return clockOffset === null ? Date.now() / 1000 : performance.now() / 1000 + clockOffset;
}

/** A worker has no style sheets: the house's font is loaded by hand; without it labels use the next family. */
async function loadFonts(fonts) {
  await Promise.all(fonts.map(async ({ family, url, descriptors }) => {
    try {
      self.fonts.add(await new FontFace(family, `url(${url})`, descriptors).load());
    } catch (error) { // not there: the next family is legible too
      return;
    }
    chart.labels.forgetWidths();
    chart.canvas = new OffscreenCanvas(1, 1); // a context goes on with the font it resolved before this one came
    drawSoon(0);
  }));
}

/** Asks for a drawing soon; several askers get one. */
function drawSoon(delay) {
  if (due !== null) {
    if (delay >= due.delay) return;
    clearTimeout(due.timer);
  }
  due = { delay, timer: setTimeout(drawNow, delay) };
}

function drawNow() {
  due = null;
  if (!chart.view || !chart.look || hidden) return;
  const started = performance.now();
  const view = chart.view;
  const bitmap = chart.draw(now());
  const selected = chart.selected === null ? null : chart.find(chart.selected);
  chart.sketch.extend(selected);
  const followed = chart.followed === null ? null : chart.find(chart.followed);
  const state = selected ? [selected.id, selected.t, selected.lastX, selected.lastY, selected.speed, selected.flags].join() : "";
  const message = {
    t: "drawn", bitmap, view, counts: chart.counts, drawn: chart.drawnCount, total: chart.picture.n, seq: chart.picture.seq, selected, followed,
    selectedChanged: state !== lastSelected, ms: performance.now() - started,
  };
  lastSelected = state;
  postMessage(message, [bitmap]);
  drawSoon(REDRAW_MS);
}

const handlers = {
  fonts: ({ fonts }) => void loadFonts(fonts),
  look({ look }) {
    chart.dress(look);
    drawSoon(0);
  },
  frame({ buffer }) {
    const frame = decodeFrame(buffer);
    if (frame.serverTime > 0 && clockOffset === null) clockOffset = frame.serverTime - performance.now() / 1000;
    chart.picture.apply(frame);
    frames++;
    drawSoon(16);
  },
  clock({ now: server }) {
    const offset = server - performance.now() / 1000;
    if (clockOffset === null || Math.abs(offset - clockOffset) > 0.25) clockOffset = offset;
  },
  view({ view }) {
    chart.view = view;
    drawSoon(0);
  },
  layers({ layers }) {
    Object.assign(chart.layers, layers);
    drawSoon(0);
  },
  select({ id }) {
    chart.selected = id;
    lastSelected = "";
    if (chart.sketch.trail && chart.sketch.trail.id !== id) chart.sketch.trail = null;
    drawSoon(0);
  },
  follow({ id }) {
    chart.followed = id;
    drawSoon(0);
  },
  trail({ id, points }) {
    if (id !== chart.selected) return;
    chart.sketch.trail = { id, points };
    drawSoon(0);
  },
  trails({ trails }) {
    chart.sketch.trails = trails;
    drawSoon(0);
  },
  zones({ zones }) {
    chart.sketch.setZones(zones);
    drawSoon(0);
  },
  hidden({ hidden: away }) {
    hidden = away;
    if (!hidden) drawSoon(0);
  },
  near: ({ x, y, reach }) => chart.near(x, y, reach),
  step: ({ dx, dy }) => chart.step(dx, dy),
  find: ({ id }) => chart.find(id),
  probe() {
    const scale = chart.view ? chart.view.dpr : 1;
    const pad = chart.view ? chart.view.pad : 0;
    const box = ({ id, text, x, y, w, h }) => ({ id, text, x: x / scale - pad, y: y / scale - pad, w: w / scale, h: h / scale });
    const { inView: v, picture: p } = chart;
    const tracks = [];
    for (let i = 0; i < Math.min(v.n, 2000); i++) {
      const row = v.row[i];
      if (row >= p.n) continue;
      const [shape, style, colour] = symbolOf(p, row, v.quiet[i]);
      tracks.push({ id: p.id[row], x: v.sx[i] / scale - pad, y: v.sy[i] / scale - pad, quiet: v.quiet[i], shape, style, colour: COLOUR[colour] });
    }
    return {
      frames, total: p.n, drawn: v.n, counts: chart.counts, labels: chart.labels.placed.map(box), tracks,
      circles: chart.circled ? [...chart.circled.values()].filter(({ drawn }) => drawn).length : 0, trail: chart.sketch.trail ? chart.sketch.trail.points.length : 0,
      zones: chart.sketch.zones.length, selected: chart.selected, capacity: p.capacity,
      sheets: chart.sprites ? chart.sprites.sheets.size : 0,
    };
  },
};

onmessage = ({ data }) => {
  const answer = handlers[data.t](data);
  if (data.ask !== undefined) postMessage({ t: "answer", ask: data.ask, answer });
};
