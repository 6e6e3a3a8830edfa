/* Many symbols at once: their few visible pixels are copied into one image, which is then put on the canvas.
 *
 * Copying some forty pixels costs far less than a call to drawImage. Where symbols overlap, the more opaque
 * pixel stays: at the sizes used when thousands are in view nobody can tell. */
"use strict";

const BLIT_FROM = 1200; // plain symbols in view from which this is the quicker way

/** The visible pixels of one heading of a sheet: their offsets in an image of this width, and what they are. */
function visiblePixels(sheet, turn, width) {
  if (!sheet.cuts || sheet.cutFor !== width) {
    sheet.cuts = new Array(sheet.turns);
    sheet.cutFor = width;
  }
  return sheet.cuts[turn] || (sheet.cuts[turn] = cutOut(sheet, turn, width));
}

function cutOut(sheet, turn, width) {
  const { side } = sheet;
  const half = side / 2;
  const image = sheet.canvas.getContext("2d").getImageData((turn % 8) * side, (turn >> 3) * side, side, side);
  const pixels = new Uint32Array(image.data.buffer);
  const offsets = [];
  const values = [];
  for (let i = 0; i < pixels.length; i++) {
    if (pixels[i] >>> 24 < 12) continue;
    offsets.push((Math.floor(i / side) - half) * width + (i % side) - half);
    values.push(pixels[i]);
  }
  return { offsets: Int32Array.from(offsets), values: Uint32Array.from(values) };
}

class Blitter {
  constructor() {
    this.image = null;
  }

  /** A clear image of the canvas's size; kept from drawing to drawing. */
  open(width, height) {
    if (!this.image || this.image.width !== width || this.image.height !== height) {
      this.image = new ImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
    } else this.pixels.fill(0);
    this.width = width;
    this.height = height;
  }

  /** One symbol; those that touch the edge of the bitmap are beyond what is shown and left out. */
  stamp(sheet, turn, x, y) {
    const half = sheet.side / 2;
    x = Math.round(x);
    y = Math.round(y);
    if (x < half || y < half || x >= this.width - half || y >= this.height - half) return;
    const { offsets, values } = visiblePixels(sheet, turn, this.width);
    const { pixels } = this;
    const at = y * this.width + x;
    for (let i = 0; i < offsets.length; i++) {
      const to = at + offsets[i];
      const value = values[i];
      if (value >>> 24 >= pixels[to] >>> 24) pixels[to] = value;
    }
  }
}
