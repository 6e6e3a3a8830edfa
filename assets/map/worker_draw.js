/* Drawing one view of the picture into a bitmap: zones and trails below, symbols, then labels above all. */
"use strict";

const FAR_OUT = { DENSE: 900, CROWDED: 4000 }; // tracks in view from which symbols shrink
const CIRCLES_AT_ONCE = 24; // uncertainty circles beyond those would hide the map
const WIDEST_CIRCLE_NM = 150; // beyond that the label says how far: a circle over half the map tells nobody more
const VECTOR_ZOOM = 10; // every moving track shows its speed vector from here
const VECTOR_VESSEL_S = 360; // a vector is six minutes of a vessel's way
const VECTOR_AIRCRAFT_S = 60; // and one of an aircraft's
const GREAT = { PLAIN: 1, ABNORMAL: 2, CHOSEN: 3 }; // order of drawing: later is above

/** Tracks of one view: rows and where they fall, in device pixels of the bitmap. */
class InView {
  constructor() {
    this.n = 0;
    this.reserve(4096);
  }

  reserve(capacity) {
    this.row = new Int32Array(capacity);
    this.id = new Uint32Array(capacity); // rows move when others leave: who it was when drawn
    this.sx = new Float32Array(capacity);
    this.sy = new Float32Array(capacity);
    this.quiet = new Uint8Array(capacity);
    this.rank = new Uint8Array(capacity);
    this.capacity = capacity;
  }
}

class Chart {
  constructor() {
    this.picture = new Picture();
    this.inView = new InView();
    this.view = null;
    this.layers = { vessels: true, aircraft: true, contacts: true, others: true, labels: true, trails: false, zones: false };
    this.selected = null;
    this.followed = null;
    this.sketch = new Sketch();
    this.labels = new Labels();
    this.blitter = new Blitter();
    this.counts = null;
    this.drawnCount = 0;
    this.canvas = new OffscreenCanvas(1, 1);
  }

  dress(look) {
    this.look = look; // { colours, font, scale, wall }
    this.sprites = null;
    this.sketch.forgetRendering();
    this.labels.forgetWidths();
  }

  /** Draws everything for `view` as of `now` (epoch seconds) and hands the bitmap over. */
  draw(now) {
    const view = this.view;
    const width = Math.round((view.w + 2 * view.pad) * view.dpr);
    const height = Math.round((view.h + 2 * view.pad) * view.dpr);
    if (this.canvas.width !== width || this.canvas.height !== height) this.canvas = new OffscreenCanvas(width, height);
    const unit = this.look.symbols * view.dpr;
    if (!this.sprites || this.sprites.scale !== unit) this.sprites = new Sprites(this.look.colours, unit);
    const g = (this.g = this.canvas.getContext("2d"));
    this.unit = unit; // one css pixel of symbols and lines
    this.textUnit = this.look.scale * view.dpr; // and of text
    this.now = now;
    this.k = (256 * 2 ** view.zoom * view.dpr) / WORLD;
    this.cx = ((view.cx % WORLD) + WORLD) % WORLD;
    this.left = width / 2;
    this.top = height / 2;
    this.findInView(width, height);
    const lowest = this.drawPlainAtOnce(width, height);
    g.globalCompositeOperation = "destination-over"; // below the symbols that are there already
    this.sketch.draw(this);
    g.globalCompositeOperation = "source-over";
    this.drawCircles();
    this.drawVectors();
    this.drawSymbols(lowest);
    this.labels.draw(this);
    return this.canvas.transferToImageBitmap();
  }

  /** Where a mercator position falls on the bitmap, at the copy of the world nearest to the view's centre. */
  place(x, y) {
    let dx = x - this.cx;
    if (dx > WORLD / 2) dx -= WORLD;
    else if (dx < -WORLD / 2) dx += WORLD;
    return [dx * this.k + this.left, (y - this.view.cy) * this.k + this.top];
  }

  /** One pass over all rows: which are in view, where, how quiet, and the counts of the chips. */
  findInView(width, height) {
    const { picture: p, inView: v, k, cx, left, top, now } = this;
    const cy = this.view.cy;
    const pad = this.view.pad * this.view.dpr;
    const shown = LAYERS.map((name) => this.layers[name]);
    const all = [0, 0, 0, 0];
    const here = [0, 0, 0, 0];
    if (v.capacity < p.n) v.reserve(p.capacity);
    v.n = 0;
    for (let row = 0; row < p.n; row++) {
      const layer = LAYER_OF_KIND[p.kind[row]];
      all[layer]++;
      const age = now - p.t[row];
      const ahead = p.vx[row] === 0 && p.vy[row] === 0 ? 0 : reckonedSeconds(p, row, age);
      let dx = p.x[row] + p.vx[row] * ahead - cx;
      if (dx > WORLD / 2) dx -= WORLD;
      else if (dx < -WORLD / 2) dx += WORLD;
      const sx = dx * k + left;
      const sy = (p.y[row] + p.vy[row] * ahead - cy) * k + top;
      if (sx < 0 || sy < 0 || sx > width || sy > height) continue;
      if (sx >= pad && sy >= pad && sx <= width - pad && sy <= height - pad) here[layer]++;
      const flags = p.flags[row];
      const id = p.id[row];
      if (!shown[layer] && id !== this.selected && !(flags & FLAG.DISTRESS)) continue;
      const quiet = quietness(p, row, age);
      v.row[v.n] = row;
      v.id[v.n] = id;
      v.sx[v.n] = sx;
      v.sy[v.n] = sy;
      v.quiet[v.n] = quiet;
      v.rank[v.n] = id === this.selected ? GREAT.CHOSEN
        : flags & (FLAG.DISTRESS | FLAG.CONFLICT) || quiet === QUIET.SILENT || p.kind[row] === KIND.BEACON ? GREAT.ABNORMAL
          : p.still(row) ? 0 : GREAT.PLAIN;
      v.n++;
    }
    this.drawnCount = v.n;
    this.counts = Object.fromEntries(LAYERS.map((name, i) => [name, [here[i], all[i]]]));
    this.size = this.sizeFor(v.n);
  }

  /** Index into SIZES, with slack so that symbols do not flicker between two. */
  sizeFor(n) {
    const eager = this.size || 0;
    if (n > FAR_OUT.CROWDED * (eager === 2 ? 0.85 : 1)) return 2;
    return n > FAR_OUT.DENSE * (eager === 1 ? 0.85 : 1) || this.view.zoom < 5 ? 1 : 0;
  }

  /** Silent tracks: a dotted circle around the last known position, in which it may be by now; in words when that is
   * wider than a circle can show. */
  drawCircles() {
    const { picture: p, inView: v, g } = this;
    const silent = [];
    for (let i = 0; i < v.n; i++) if (v.quiet[i] === QUIET.SILENT) silent.push(i);
    silent.sort((a, b) => (v.rank[b] - v.rank[a]) || (p.t[v.row[b]] - p.t[v.row[a]])); // freshest loss first
    this.circled = new Map();
    g.strokeStyle = this.look.colours.caution;
    g.lineWidth = 1.5 * this.unit;
    g.setLineDash([2.2 * this.unit, 3 * this.unit]);
    for (const i of silent.slice(0, CIRCLES_AT_ONCE)) {
      const row = v.row[i];
      const [x, y] = this.place(p.x[row], p.y[row]);
      const nm = uncertaintyNm(p, row, this.now - p.t[row]);
      const radius = Math.max((nm / EARTH_NM) * WORLD * stretchAt(p.y[row]) * this.k, 9 * this.unit);
      const drawn = nm <= WIDEST_CIRCLE_NM && radius <= Math.max(this.left, this.top);
      this.circled.set(i, { x, y, radius, nm, drawn });
      if (!drawn) continue;
      g.globalAlpha = v.rank[i] === GREAT.CHOSEN ? 1 : 0.8;
      g.beginPath();
      g.arc(x, y, radius, 0, 2 * Math.PI);
      g.stroke();
    }
    g.setLineDash([]);
    g.globalAlpha = 1;
  }

  /** Where it will be in a while: of the selected one always, of all when near. */
  drawVectors() {
    const { picture: p, inView: v, g, k } = this;
    const everyone = this.view.zoom >= VECTOR_ZOOM && v.n < 3000;
    g.strokeStyle = this.look.colours.track;
    g.lineWidth = 1.1 * this.unit;
    for (let i = 0; i < v.n; i++) {
      const row = v.row[i];
      const chosen = v.rank[i] === GREAT.CHOSEN;
      if (!(chosen || everyone) || v.quiet[i] === QUIET.SILENT || (p.vx[row] === 0 && p.vy[row] === 0)) continue;
      const seconds = p.kind[row] === KIND.AIRCRAFT ? VECTOR_AIRCRAFT_S : VECTOR_VESSEL_S;
      g.globalAlpha = chosen ? 0.95 : 0.5;
      g.beginPath();
      g.moveTo(v.sx[i], v.sy[i]);
      g.lineTo(v.sx[i] + p.vx[row] * seconds * k, v.sy[i] + p.vy[row] * seconds * k);
      g.stroke();
    }
    g.globalAlpha = 1;
  }

  /** When very many are in view: the plain ones as one image. Gives the lowest rank that is left to draw. */
  drawPlainAtOnce(width, height) {
    const { inView: v, blitter } = this;
    if (v.n < BLIT_FROM) return 0;
    blitter.open(width, height);
    for (let rank = 0; rank <= GREAT.PLAIN; rank++) {
      for (let i = 0; i < v.n; i++) {
        if (v.rank[i] !== rank) continue;
        const [sheet, turn] = this.spriteOf(i, rank);
        blitter.stamp(sheet, turn, v.sx[i], v.sy[i]);
      }
    }
    this.g.putImageData(blitter.image, 0, 0);
    return GREAT.ABNORMAL;
  }

  drawSymbols(lowest) {
    const { inView: v } = this;
    for (let rank = lowest; rank <= GREAT.CHOSEN; rank++) {
      if (rank === GREAT.ABNORMAL) this.labels.drawPlaces(this);
      for (let i = 0; i < v.n; i++) if (v.rank[i] === rank) this.drawSymbol(i, rank);
    }
  }

  /** Sheet of one track's symbol, and which of its headings. */
  spriteOf(i, rank) {
    const { picture: p, inView: v } = this;
    const row = v.row[i];
    const [shape, said, colour] = symbolOf(p, row, v.quiet[i]);
    const style = rank === GREAT.CHOSEN && said === STYLE.DIM ? STYLE.PLAIN : said;
    const sheet = this.sprites.sheet(shape, style, colour, rank >= GREAT.ABNORMAL ? 0 : this.size);
    if (sheet.turns === 1) return [sheet, 0];
    const angle = p.heading[row] !== NOT_KNOWN ? p.heading[row] : p.course[row] !== NOT_KNOWN ? p.course[row] : 0;
    return [sheet, Math.round((angle / 36000) * HEADINGS) % HEADINGS];
  }

  drawSymbol(i, rank) {
    const { inView: v } = this;
    const [{ canvas, side }, turn] = this.spriteOf(i, rank);
    const x = Math.round(v.sx[i] - side / 2);
    const y = Math.round(v.sy[i] - side / 2);
    if (rank === GREAT.CHOSEN) this.clearGround(v.sx[i], v.sy[i]);
    this.g.drawImage(canvas, (turn % 8) * side, (turn >> 3) * side, side, side, x, y, side, side);
    if (rank === GREAT.CHOSEN) this.ring(v.sx[i], v.sy[i]);
  }

  /** Ground under the selected symbol: nothing that lies there is mixed up with it. */
  clearGround(x, y) {
    const g = this.g;
    g.fillStyle = this.look.colours.ground;
    g.globalAlpha = 0.8;
    g.beginPath();
    g.arc(x, y, 13 * this.unit, 0, 2 * Math.PI);
    g.fill();
    g.globalAlpha = 1;
  }

  ring(x, y) {
    const g = this.g;
    g.strokeStyle = this.look.colours.text;
    g.lineWidth = 1.8 * this.unit;
    g.beginPath();
    g.arc(x, y, 15 * this.unit, 0, 2 * Math.PI);
    g.stroke();
  }

  /** What is drawn within `reach` css pixels of a mercator position, nearest first. */
  near(x, y, reach) {
    const { picture: p, inView: v } = this;
    if (!this.view || this.k === undefined) return [];
    const [px, py] = this.place(((x % WORLD) + WORLD) % WORLD, y);
    const limit = (reach * this.unit) ** 2;
    const found = [];
    for (let i = 0; i < v.n; i++) {
      const apart = (v.sx[i] - px) ** 2 + (v.sy[i] - py) ** 2;
      if (apart <= limit && p.rowOf.has(v.id[i])) found.push({ i, apart });
    }
    return found.sort((a, b) => a.apart - b.apart).map(({ i }) => this.find(v.id[i]));
  }

  /** The next track in view from the selected one (or the centre) in a direction of the screen. */
  step(dx, dy) {
    const { picture: p, inView: v } = this;
    let fromX = this.left;
    let fromY = this.top;
    for (let i = 0; i < v.n; i++) if (v.id[i] === this.selected) [fromX, fromY] = [v.sx[i], v.sy[i]];
    let best = null;
    let least = Infinity;
    for (let i = 0; i < v.n; i++) {
      if (v.id[i] === this.selected || !p.rowOf.has(v.id[i])) continue;
      const along = (v.sx[i] - fromX) * dx + (v.sy[i] - fromY) * dy;
      const aside = Math.abs((v.sx[i] - fromX) * dy) + Math.abs((v.sy[i] - fromY) * dx);
      if (along <= 0 || along + 2 * aside >= least) continue;
      least = along + 2 * aside;
      best = v.id[i];
    }
    return best === null ? null : this.find(best);
  }

  /** What the main thread may want to know of one row: position now and as reported, motion, name. */
  describe(row) {
    const p = this.picture;
    const age = this.now === undefined ? 0 : this.now - p.t[row];
    const ahead = reckonedSeconds(p, row, age);
    return {
      id: p.id[row], label: p.label(row), kind: p.kind[row], t: p.t[row], quiet: quietness(p, row, age),
      x: p.x[row] + p.vx[row] * ahead, y: p.y[row] + p.vy[row] * ahead, lastX: p.x[row], lastY: p.y[row],
      speed: p.speed[row] === NOT_KNOWN ? null : p.speed[row] / 10,
      course: p.course[row] === NOT_KNOWN ? null : p.course[row] / 100,
      heading: p.heading[row] === NOT_KNOWN ? null : p.heading[row] / 100, flags: p.flags[row],
    };
  }

  find(id) {
    const row = this.picture.rowOf.get(id);
    return row === undefined ? null : this.describe(row);
  }
}

/** Shape, style and colour index of one track. */
function symbolOf(p, row, quiet) {
  const kind = p.kind[row];
  const flags = p.flags[row];
  const still = p.still(row);
  const warned = flags & FLAG.DISTRESS ? 3 : flags & FLAG.CONFLICT || quiet === QUIET.SILENT ? 2 : -1;
  const style = quiet !== QUIET.LIVE ? STYLE.DASHED : still ? STYLE.DIM : STYLE.PLAIN;
  const colour = (plain) => (warned >= 0 ? warned : flags & FLAG.OWN_SHIP ? 4 : plain);
  const headed = p.heading[row] !== NOT_KNOWN || p.course[row] !== NOT_KNOWN;
  switch (kind) {
    case KIND.AIRCRAFT: return [headed ? SHAPE.PLANE : SHAPE.DISC, style, colour(1)];
    case KIND.RESCUE_AIRCRAFT: return [SHAPE.RESCUE, style, colour(1)];
    case KIND.CONTACT: return [SHAPE.RING, quiet === QUIET.LIVE ? STYLE.PLAIN : STYLE.DASHED, colour(0)];
    case KIND.BASE_STATION: return [SHAPE.SQUARE, STYLE.DIM, colour(5)];
    case KIND.AID: return [SHAPE.PLUS, flags & FLAG.VIRTUAL ? STYLE.DASHED : STYLE.DIM, colour(5)];
    case KIND.BEACON: return [SHAPE.BEACON, STYLE.PLAIN, colour(2)];
    default: break;
  }
  if (!headed) return [still && quiet === QUIET.LIVE ? SHAPE.DOT : SHAPE.DIAMOND, style, colour(0)];
  if (still && p.heading[row] === NOT_KNOWN) return [SHAPE.DOT, style === STYLE.DASHED ? STYLE.DIM : style, colour(0)];
  return [SHAPE.HULL, style, colour(0)];
}
