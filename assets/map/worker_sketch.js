/* What lies under the tracks: zones, the trail of the selected track, the trails of all in view. */
"use strict";

const GAP_S = 1800; // a trail is dashed where nothing was heard for longer
const CLEAR_PX = 18; // css pixels around the selected track where its trail is faintest
const FULL_PX = 90; // and from where it is drawn in full
const TAIL_MOST = 4000; // points that live movement may add to the selected trail

class Sketch {
  constructor() {
    this.zones = []; // { name, rings: [{ x: Float64Array, y: Float64Array, open: Uint8Array }] }
    this.trails = []; // { points: [[x, y, t], ...] } of all in view
    this.trail = null; // the selected track's
    this.cache = null;
  }

  forgetRendering() {
    this.cache = null;
  }

  setZones(zones) {
    this.zones = zones;
    this.cache = null;
  }

  /** The selected track moved: its trail grows with it, within bounds. */
  extend(track) {
    const trail = this.trail;
    if (!trail || !track || trail.id !== track.id) return;
    const last = trail.points[trail.points.length - 1];
    if (last && (track.t <= last[2] || (track.lastX === last[0] && track.lastY === last[1]))) return;
    if (trail.points.length >= TAIL_MOST) trail.points.splice(0, TAIL_MOST / 4);
    trail.points.push([track.lastX, track.lastY, track.t]);
  }

  draw(chart) {
    if (chart.layers.zones && this.zones.length) this.drawZones(chart);
    const { g, look, unit } = chart;
    if (chart.layers.trails) {
      g.strokeStyle = look.colours.track;
      g.lineWidth = unit;
      g.globalAlpha = 0.3;
      for (const trail of this.trails) this.line(chart, trail.points);
    }
    if (this.trail && this.trail.id === chart.selected) {
      const track = chart.find(chart.selected);
      g.strokeStyle = track ? this.fading(chart, track) : look.colours.text;
      g.lineWidth = 1.5 * unit;
      g.globalAlpha = 0.7;
      this.line(chart, track ? [...this.trail.points, [track.x, track.y, chart.now]] : this.trail.points);
    }
    g.globalAlpha = 1;
    g.setLineDash([]);
  }

  /** The trail's colour, faint near its track: what turns on the spot would be a scribble over the symbol. */
  fading(chart, track) {
    const { g, unit, look } = chart;
    const [x, y] = chart.place(track.x, track.y);
    const ink = g.createRadialGradient(x, y, CLEAR_PX * unit, x, y, FULL_PX * unit);
    ink.addColorStop(0, `color-mix(in srgb, ${look.colours.text} 22%, transparent)`);
    ink.addColorStop(1, look.colours.text);
    return ink;
  }

  /** One trail: solid where it was heard, dashed over gaps; never across the whole map at the antimeridian. */
  line(chart, points) {
    const { g, unit } = chart;
    const gaps = [];
    let x = 0;
    let y = 0;
    g.setLineDash([]);
    g.beginPath();
    for (let i = 0; i < points.length; i++) {
      const [mx, my, t] = points[i];
      const [px, py] = chart.place(mx, my);
      const starts = i === 0 || Math.abs(px - x) > (chart.k * WORLD) / 2;
      const gap = !starts && t - points[i - 1][2] > GAP_S;
      if (gap) gaps.push([x, y, px, py]);
      if (starts || gap) g.moveTo(px, py);
      else g.lineTo(px, py);
      x = px;
      y = py;
    }
    g.stroke();
    if (!gaps.length) return;
    g.setLineDash([3 * unit, 5 * unit]);
    g.beginPath();
    for (const [x0, y0, x1, y1] of gaps) {
      g.moveTo(x0, y0);
      g.lineTo(x1, y1);
    }
    g.stroke();
    g.setLineDash([]);
  }

  /** Zones change rarely: they are rendered once for a view and copied while it stays. */
  drawZones(chart) {
    const { view, canvas } = chart;
    const key = [view.cx, view.cy, view.zoom, canvas.width, canvas.height].join();
    if (!this.cache || this.cache.key !== key) {
      const sheet = this.cache && this.cache.sheet.width === canvas.width && this.cache.sheet.height === canvas.height
        ? this.cache.sheet : new OffscreenCanvas(canvas.width, canvas.height);
      this.cache = { key, sheet };
      this.renderZones(chart, sheet.getContext("2d"));
    }
    chart.g.drawImage(this.cache.sheet, 0, 0);
  }

  renderZones(chart, g) {
    g.clearRect(0, 0, chart.canvas.width, chart.canvas.height);
    g.strokeStyle = chart.look.colours.muted;
    g.lineWidth = chart.unit;
    this.anchors = [];
    for (const zone of this.zones) {
      g.globalAlpha = zone.kind === "vigilance" ? 0.75 : 0.34;
      g.setLineDash([6 * chart.unit, 5 * chart.unit]);
      for (const ring of zone.rings) this.renderRing(chart, g, zone, ring);
    }
    g.globalAlpha = 1;
  }

  /** Points less than a pixel apart are left out; so is the seam where a ring was cut at 180 degrees. */
  renderRing(chart, g, zone, ring) {
    const { x, y } = ring;
    const half = (chart.k * WORLD) / 2;
    const cut = !goesPast(x); // a ring that goes on past 180 degrees was not cut there
    let lastX = 0;
    let lastY = 0;
    let pen = false;
    g.beginPath();
    for (let i = 0; i < x.length; i++) {
      const [px, py] = chart.place(x[i], y[i]);
      const seam = cut && i > 0 && atSeam(x[i]) && atSeam(x[i - 1]);
      if (!pen || seam || Math.abs(px - lastX) > half) g.moveTo(px, py);
      else if (i < x.length - 1 && (px - lastX) ** 2 + (py - lastY) ** 2 < 2) continue;
      else g.lineTo(px, py);
      pen = true;
      lastX = px;
      lastY = py;
      if (i % 16 === 0 && zone.name) this.anchors.push([zone.name, px, py]);
    }
    g.stroke();
  }

  /** A zone's name once, at a fixed point of its line that is in view and free. */
  drawNames(chart, labels) {
    if (!chart.layers.zones || !this.anchors) return;
    const { g, textUnit: unit, look } = chart;
    const named = new Set();
    g.font = `400 ${Math.round(10.5 * unit)}px ${look.font}`;
    g.fillStyle = look.colours.muted;
    for (const [name, x, y] of this.anchors) {
      if (named.has(name) || x < 0 || y < 0 || x > chart.canvas.width || y > chart.canvas.height) continue;
      const box = { x: x + 4 * unit, y: y - 14 * unit, w: labels.width(g, name) + 2 * unit, h: 13 * unit };
      const margin = (chart.view.pad + 8) * chart.view.dpr;
      if (box.x < margin || box.y < margin || box.x + box.w > chart.canvas.width - margin ||
          box.y + box.h > chart.canvas.height - margin || !labels.free(box, TAKEN.SYMBOL | TAKEN.LABEL | TAKEN.NAME)) continue;
      labels.take(box, TAKEN.LABEL);
      g.globalAlpha = 0.8;
      g.fillText(name, box.x, box.y + box.h / 2);
      named.add(name);
    }
    g.globalAlpha = 1;
  }
}

const SEAM = 64; // mercator units, about half a metre

function atSeam(x) {
  return Math.abs(x) < SEAM || Math.abs(x - WORLD) < SEAM;
}

/** Longitudes of zones may go on beyond 180 degrees, so that a zone there is in one piece. */
function goesPast(x) {
  return x.some((at) => at < -SEAM || at > WORLD + SEAM);
}
