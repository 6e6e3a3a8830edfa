/* Symbols, drawn once per shape, style, colour and size in 64 headings, then copied.
 *
 * Shape tells the kind, rotation the heading; hollow is under way, dim is moored or anchored, dashes are stale.
 * Colour is kept for the abnormal. */
"use strict";

const HEADINGS = 64;
const SHAPE = { HULL: 0, DIAMOND: 1, PLANE: 2, DISC: 3, RING: 4, SQUARE: 5, PLUS: 6, BEACON: 7, RESCUE: 8, DOT: 9 };
const STYLE = { PLAIN: 0, DIM: 1, DASHED: 2, FILLED: 3 };
const COLOUR = ["track", "aircraft", "caution", "danger", "unit", "muted"];
const SIZES = [1, 0.78, 0.58]; // by how many are in view
const TURNS = new Set([SHAPE.HULL, SHAPE.PLANE, SHAPE.RESCUE]);
const REACH = [7.2, 5.2, 8.4, 3.4, 5.6, 3.2, 4.4, 7.6, 8.4, 2.4]; // css pixels from centre to tip, by shape

const PLANE_OUTLINE = [
  [0, -1], [0.13, -0.78], [0.14, -0.3], [0.98, 0.26], [0.98, 0.46], [0.14, 0.2], [0.1, 0.66], [0.4, 0.88],
  [0.4, 1.02], [0, 0.9],
];

function planePath(g, r) {
  g.beginPath();
  for (const [x, y] of PLANE_OUTLINE) g.lineTo(x * r, y * r);
  for (let i = PLANE_OUTLINE.length - 2; i > 0; i--) g.lineTo(-PLANE_OUTLINE[i][0] * r, PLANE_OUTLINE[i][1] * r);
  g.closePath();
}

function hullPath(g, r) {
  g.beginPath();
  g.moveTo(0, -r);
  g.lineTo(0.66 * r, 0.62 * r);
  g.quadraticCurveTo(0, 0.98 * r, -0.66 * r, 0.62 * r);
  g.closePath();
}

function polygonPath(g, points) {
  g.beginPath();
  for (const [x, y] of points) g.lineTo(x, y);
  g.closePath();
}

function circlePath(g, r) {
  g.beginPath();
  g.arc(0, 0, r, 0, 2 * Math.PI);
}

const PATHS = {
  [SHAPE.HULL]: hullPath,
  [SHAPE.DIAMOND]: (g, r) => polygonPath(g, [[0, -r], [0.8 * r, 0], [0, r], [-0.8 * r, 0]]),
  [SHAPE.PLANE]: planePath,
  [SHAPE.DISC]: circlePath,
  [SHAPE.RING]: circlePath,
  [SHAPE.SQUARE]: (g, r) => polygonPath(g, [[-r, -r], [r, -r], [r, r], [-r, r]]),
  [SHAPE.DOT]: circlePath,
};

function drawPlus(g, r) {
  g.beginPath();
  g.moveTo(-r, 0);
  g.lineTo(r, 0);
  g.moveTo(0, -r);
  g.lineTo(0, r);
  g.stroke();
}

function drawBeacon(g, r) {
  circlePath(g, r);
  g.stroke();
  circlePath(g, r * 0.42);
  g.fill();
}

function drawRescue(g, r) {
  planePath(g, r * 0.72);
  g.fill();
  circlePath(g, r);
  g.stroke();
}

/** One symbol at the origin, pointing north. */
function drawSymbol(g, shape, style, colour, r, line) {
  g.strokeStyle = g.fillStyle = colour;
  g.lineWidth = line;
  g.lineJoin = "round";
  g.setLineDash(style === STYLE.DASHED ? [line * 1.5, line * 1.4] : []);
  g.globalAlpha = style === STYLE.DIM ? 0.42 : shape === SHAPE.PLANE ? 0.86 : 1; // solid planes weigh more than hulls
  if (shape === SHAPE.PLUS) return drawPlus(g, r);
  if (shape === SHAPE.BEACON) return drawBeacon(g, r);
  if (shape === SHAPE.RESCUE) return drawRescue(g, r);
  PATHS[shape](g, r);
  const solid = shape === SHAPE.PLANE || shape === SHAPE.DISC || shape === SHAPE.DOT;
  if ((solid && style !== STYLE.DASHED) || style === STYLE.FILLED) g.fill();
  else g.stroke();
  return undefined;
}

/** All sprites of one theme and one scale; made when first needed, thrown away together. */
class Sprites {
  constructor(colours, pixelsPerUnit) {
    this.colours = colours;
    this.scale = pixelsPerUnit;
    this.sheets = new Map();
  }

  sheet(shape, style, colour, size) {
    const key = ((shape * 8 + style) * 8 + colour) * 4 + size;
    return this.sheets.get(key) || this.make(key, shape, style, colour, size);
  }

  make(key, shape, style, colour, size) {
    const unit = this.scale * SIZES[size];
    const radius = REACH[shape] * unit;
    const line = Math.max(1, 1.35 * this.scale * (size === 2 ? 0.8 : 1));
    const side = 2 * Math.ceil(radius * 1.08 + line + 1);
    const turns = TURNS.has(shape) ? HEADINGS : 1;
    const across = Math.min(turns, 8);
    const canvas = new OffscreenCanvas(side * across, side * Math.ceil(turns / across));
    const g = canvas.getContext("2d", { willReadFrequently: true });
    for (let turn = 0; turn < turns; turn++) {
      g.setTransform(1, 0, 0, 1, ((turn % 8) + 0.5) * side, (Math.floor(turn / 8) + 0.5) * side);
      g.rotate((turn / HEADINGS) * 2 * Math.PI);
      drawSymbol(g, shape, style, this.colours[COLOUR[colour]], radius, line);
    }
    const made = { canvas, side, turns };
    this.sheets.set(key, made);
    return made;
  }
}
