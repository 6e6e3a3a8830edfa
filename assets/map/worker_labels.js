/* Labels that never overprint each other: placed by priority on a grid of taken cells. */
"use strict";

const CELL = 6; // css pixels of one grid cell
const MOST_LABELS = 140;
const NAMES_ZOOM = 9; // from here every track may show its name
const FEW = 40; // so may they when no more than this many are in view
const TAKEN = { SYMBOL: 1, LABEL: 2, NAME: 4 }; // NAME: a name of the base map
const PRIORITY = { CHOSEN: 0, DISTRESS: 1, SILENT: 2, CONFLICT: 3, REST: 4 };

/** "16:58Z", with the day when it was not today. */
function zulu(seconds, now) {
  const at = new Date(seconds * 1000).toISOString();
  const clock = `${at.slice(11, 16)}Z`;
  if (now - seconds < 20 * 3600) return clock;
  const month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  return `${clock} ${Number(at.slice(8, 10))} ${month[Number(at.slice(5, 7)) - 1]}`;
}

/** A radius in nautical miles, rounded up: to tens, to hundreds from a thousand. */
function within(nm) {
  const step = nm < 1000 ? 10 : 100;
  return (Math.ceil(nm / step) * step).toLocaleString("en-US");
}

class Labels {
  constructor() {
    this.widths = new Map();
    this.placed = [];
    this.grid = new Uint8Array(0);
  }

  forgetWidths() {
    this.widths.clear();
  }

  /** Width of a text in the font that is set on `g`, remembered. */
  width(g, text) {
    const key = `${g.font}|${text}`;
    let width = this.widths.get(key);
    if (width === undefined) {
      if (this.widths.size > 8000) this.widths.clear();
      width = g.measureText(text).width;
      this.widths.set(key, width);
    }
    return width;
  }

  draw(chart) {
    const { g, textUnit: unit, look } = chart;
    this.placed = [];
    g.textBaseline = "middle";
    g.lineJoin = "round";
    for (const wanted of this.wanted(chart)) {
      const bold = wanted.priority < PRIORITY.REST;
      const size = bold || look.wall ? 13 : 11.5; // on the wall nothing below 16 arc-minutes, of 20 at 16
      g.font = `${bold ? 700 : 500} ${Math.round(size * unit)}px ${look.font}`;
      const width = this.width(g, wanted.text) + 2 * unit;
      const box = this.room(chart, wanted, width, 15 * unit);
      if (!box) continue;
      this.take(box, TAKEN.LABEL);
      this.write(g, chart, wanted, box);
      this.placed.push({ id: wanted.id, text: wanted.text, ...box });
      if (this.placed.length >= MOST_LABELS) break;
    }
    chart.sketch.drawNames(chart, this);
  }

  /** Names of places that symbols overprint, once more above the plain symbols; free ones stay as the base map has them. */
  drawPlaces(chart) {
    const { g, view, look } = chart;
    this.open(chart);
    g.textBaseline = "middle";
    g.lineJoin = "round";
    for (const { x, y, w, h, name } of view.names || []) {
      const d = view.dpr;
      const box = { x: (x + view.pad) * d, y: (y + view.pad) * d, w: w * d, h: h * d };
      if (!name || this.free(box, TAKEN.SYMBOL)) continue;
      g.font = name.font.replace(/([\d.]+)px/, (_, size) => `${size * d}px`);
      g.letterSpacing = `${name.spacing * d}px`;
      const [left, middle] = [(name.x + view.pad) * d, (name.y + view.pad) * d];
      g.globalAlpha = 0.85;
      g.strokeStyle = look.colours.ground;
      g.lineWidth = 4 * chart.textUnit;
      g.strokeText(name.text, left, middle);
      g.globalAlpha = 1;
      g.fillStyle = look.colours.muted;
      g.fillText(name.text, left, middle);
    }
    g.letterSpacing = "0px";
  }

  /** Candidates in order of priority; the rest in an order that does not change from draw to draw. */
  wanted(chart) {
    const { picture: p, inView: v, layers } = chart;
    const names = layers.labels && (chart.view.zoom >= NAMES_ZOOM || v.n <= FEW);
    const list = [];
    for (let i = 0; i < v.n; i++) {
      const row = v.row[i];
      const flags = p.flags[row];
      const priority = p.id[row] === chart.selected ? PRIORITY.CHOSEN : flags & FLAG.DISTRESS ? PRIORITY.DISTRESS
        : v.quiet[i] === QUIET.SILENT ? PRIORITY.SILENT
          : flags & FLAG.CONFLICT || p.kind[row] === KIND.BEACON ? PRIORITY.CONFLICT : PRIORITY.REST;
      if (priority === PRIORITY.REST && !(names && p.kind[row] !== KIND.BASE_STATION)) continue;
      if (priority === PRIORITY.SILENT && !chart.circled.has(i)) continue;
      const circle = chart.circled.get(i);
      const text = this.text(chart, row, v.quiet[i], circle);
      if (!text) continue;
      const order = (priority * 4 + (p.still(row) ? 2 : 0)) * 2 ** 32 + p.id[row];
      list.push({ id: p.id[row], text, priority, order, circle, x: v.sx[i], y: v.sy[i], colour: this.colour(p, row, v.quiet[i], priority) });
    }
    return list.sort((a, b) => a.order - b.order);
  }

  colour(p, row, quiet, priority) {
    if (p.flags[row] & FLAG.DISTRESS) return "dangerText";
    if (quiet === QUIET.SILENT || p.flags[row] & FLAG.CONFLICT || p.kind[row] === KIND.BEACON) return "caution";
    return priority === PRIORITY.CHOSEN ? "text" : "muted";
  }

  text(chart, row, quiet, circle) {
    const p = chart.picture;
    const parts = [p.label(row)];
    if (p.kind[row] === KIND.BEACON) parts.push("BEACON");
    if (p.flags[row] & FLAG.DISTRESS) parts.push("DISTRESS");
    if (p.flags[row] & FLAG.CONFLICT) parts.push("CONFLICT");
    if (quiet === QUIET.SILENT) parts.push(`LAST SEEN ${zulu(p.t[row], chart.now)}`);
    if (circle && !circle.drawn) parts.push(`within ${within(circle.nm)} nm`);
    return parts.filter(Boolean).join(" · ");
  }

  /** A clean grid with the symbols in it: names do not cover their neighbours when there is another way. */
  open(chart) {
    const cell = CELL * chart.textUnit;
    this.cell = cell;
    this.across = Math.ceil(chart.canvas.width / cell);
    this.down = Math.ceil(chart.canvas.height / cell);
    if (this.grid.length !== this.across * this.down) this.grid = new Uint8Array(this.across * this.down);
    else this.grid.fill(0);
    const { inView: v, view } = chart;
    for (const { x, y, w, h } of view.names || []) {
      const d = view.dpr;
      this.take({ x: (x + view.pad) * d, y: (y + view.pad) * d, w: w * d, h: h * d }, TAKEN.NAME);
    }
    const reach = v.n > 3000 ? 0 : 5 * chart.unit; // a cell each when very many: enough for the names of places
    for (let i = 0; i < v.n; i++) {
      this.take({ x: v.sx[i] - reach, y: v.sy[i] - reach, w: 2 * reach, h: 2 * reach }, TAKEN.SYMBOL);
    }
  }

  take(box, what) {
    this.over(box, (index) => {
      this.grid[index] |= what;
      return true;
    });
  }

  free(box, what) {
    return this.over(box, (index) => (this.grid[index] & what) === 0);
  }

  /** Calls `visit` for every cell under the box until it says false; cells outside the bitmap are skipped. */
  over(box, visit) {
    const x0 = Math.max(0, Math.floor(box.x / this.cell));
    const y0 = Math.max(0, Math.floor(box.y / this.cell));
    const x1 = Math.min(this.across - 1, Math.floor((box.x + box.w) / this.cell));
    const y1 = Math.min(this.down - 1, Math.floor((box.y + box.h) / this.cell));
    for (let y = y0; y <= y1; y++) {
      for (let x = x0; x <= x1; x++) if (!visit(y * this.across + x)) return false;
    }
    return true;
  }

  /** The first place beside the symbol that is free, or null. */
  room(chart, wanted, w, h) {
    const { x, y, circle, priority } = wanted;
    const off = (priority === PRIORITY.CHOSEN ? 20 : 11) * chart.unit;
    const places = [[x + off, y - h / 2], [x - off - w, y - h / 2], [x - w / 2, y + off], [x - w / 2, y - off - h]];
    if (circle && circle.drawn && circle.radius < 220 * chart.unit) {
      places.unshift([circle.x - w / 2, circle.y + circle.radius + 4 * chart.unit],
        [circle.x - w / 2, circle.y - circle.radius - h - 4 * chart.unit]);
    }
    const clear = TAKEN.SYMBOL | TAKEN.LABEL | TAKEN.NAME;
    for (const what of priority < PRIORITY.REST ? [clear, TAKEN.LABEL | TAKEN.NAME, TAKEN.LABEL] : [clear]) {
      for (const [bx, by] of places) {
        const box = { x: bx, y: by, w, h };
        if (this.shown(chart, box, wanted) && this.free(box, what)) return box;
      }
    }
    return null;
  }

  /** Whole on screen, unless the symbol itself is beyond the edge: then nobody reads either. */
  shown(chart, box, { x, y }) {
    const pad = chart.view.pad * chart.view.dpr;
    const [right, bottom] = [chart.canvas.width - pad, chart.canvas.height - pad];
    const within = (x0, y0, x1, y1) => x0 >= pad && y0 >= pad && x1 <= right && y1 <= bottom;
    return !within(x, y, x, y) || within(box.x, box.y, box.x + box.w, box.y + box.h);
  }

  write(g, chart, wanted, box) {
    const { colours } = chart.look;
    const y = box.y + box.h / 2;
    g.fillStyle = colours[wanted.colour];
    g.strokeStyle = colours.ground;
    g.globalAlpha = 0.85;
    g.lineWidth = 3 * chart.textUnit;
    g.strokeText(wanted.text, box.x, y);
    g.globalAlpha = 1;
    g.fillText(wanted.text, box.x, y);
  }
}
