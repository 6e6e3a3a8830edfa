/* The picture in the worker: one row per track, in columns, as frames bring it.
 *
 * A frame is laid out as picture/frames.py writes it (little-endian, columns padded to four bytes). Positions
 * are Web Mercator scaled to 2^32, so that a pixel at any zoom is a shift and a subtraction away. */
"use strict";

const WORLD = 4294967296; // width of the world in mercator units
const EARTH_NM = 21638.78; // circumference that Web Mercator uses, in nautical miles (2 pi 6378137 m)
const HEAD_BYTES = 48;
const NOT_KNOWN = 65535;

const KIND = { VESSEL: 1, AIRCRAFT: 2, CONTACT: 3, BASE_STATION: 4, AID: 5, RESCUE_AIRCRAFT: 6, BEACON: 7, TENDER: 8 };
const FLAG = {
  CONFLICT: 1, JUMP: 2, ON_GROUND: 4, DISTRESS: 8, OWN_SHIP: 16, VIRTUAL: 32, IDENTITY_CHANGED: 64, MERGED: 128,
  LOW_ACCURACY: 256, LANDED: 512,
};
const LAYERS = ["vessels", "aircraft", "contacts", "others"];
const LAYER_OF_KIND = [3, 0, 1, 2, 3, 3, 1, 3, 0]; // index into LAYERS by kind

const COLUMNS = {
  id: Uint32Array, x: Uint32Array, y: Uint32Array, t: Uint32Array,
  course: Uint16Array, heading: Uint16Array, speed: Uint16Array, flags: Uint16Array,
  kind: Uint8Array, shipClass: Uint8Array, status: Int8Array, hull: Uint8Array,
};

/** Views on the columns of one frame; throws on bytes that are no frame. */
function decodeFrame(buffer) {
  const head = new DataView(buffer);
  if (buffer.byteLength < HEAD_BYTES || head.getUint32(0, false) !== 0x57464631) throw new Error("not a frame");
  const n = head.getUint32(32, true);
  const removedCount = head.getUint32(36, true);
  const jsonBytes = head.getUint32(40, true);
  const frame = {
    full: head.getUint8(4) === 0, from: head.getUint32(8, true), to: head.getUint32(12, true),
    serverTime: head.getFloat64(16, true), pictureAt: head.getFloat64(24, true), n,
  };
  let at = HEAD_BYTES;
  for (const [name, Column] of Object.entries(COLUMNS)) {
    frame[name] = new Column(buffer, at, n);
    at += (n * Column.BYTES_PER_ELEMENT + 3) & ~3;
  }
  frame.removed = new Uint32Array(buffer, at, removedCount);
  at += removedCount * 4;
  frame.labels = jsonBytes ? JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, at, jsonBytes))).labels || {} : {};
  return frame;
}

/** Secant of the latitude at mercator height y: how much the projection stretches there. */
function stretchAt(y) {
  return Math.cosh(Math.PI * (1 - (2 * y) / WORLD));
}

class Picture {
  constructor() {
    this.columns = Object.keys(COLUMNS);
    this.rowOf = new Map();
    this.labels = new Map();
    this.seq = 0; // of the newest frame applied
    this.n = 0;
    this.capacity = 0;
    this.grow(4096);
  }

  grow(capacity) {
    for (const [name, Column] of Object.entries(COLUMNS)) {
      const wider = new Column(capacity);
      if (this[name]) wider.set(this[name].subarray(0, this.n));
      this[name] = wider;
    }
    for (const name of ["vx", "vy"]) { // mercator units per second, for dead reckoning
      const wider = new Float64Array(capacity);
      if (this[name]) wider.set(this[name].subarray(0, this.n));
      this[name] = wider;
    }
    this.capacity = capacity;
  }

  clear() {
    this.rowOf.clear();
    this.labels.clear();
    this.n = 0;
  }

  apply(frame) {
    if (frame.full) this.clear();
    this.seq = frame.to;
    for (let i = 0; i < frame.removed.length; i++) this.remove(frame.removed[i]);
    for (let i = 0; i < frame.n; i++) this.put(frame, i);
    for (const id in frame.labels) this.labels.set(Number(id), frame.labels[id]);
  }

  put(frame, i) {
    const id = frame.id[i];
    let row = this.rowOf.get(id);
    if (row === undefined) {
      if (this.n === this.capacity) this.grow(this.capacity * 2);
      row = this.n++;
      this.rowOf.set(id, row);
    }
    for (const name of this.columns) this[name][row] = frame[name][i];
    const speed = frame.speed[i];
    const course = frame.course[i];
    if (speed === NOT_KNOWN || course === NOT_KNOWN || this.still(row)) {
      this.vx[row] = this.vy[row] = 0;
    } else {
      const perSecond = ((speed / 10 / 3600) * stretchAt(frame.y[i]) * WORLD) / EARTH_NM;
      const angle = (course / 100) * (Math.PI / 180);
      this.vx[row] = perSecond * Math.sin(angle);
      this.vy[row] = -perSecond * Math.cos(angle);
    }
  }

  /** Moored, anchored, aground, landed: it is not expected to move. Says so by status, else by speed. */
  still(row) {
    const speed = this.speed[row];
    const kind = this.kind[row];
    if (kind === KIND.AIRCRAFT || kind === KIND.RESCUE_AIRCRAFT) {
      return (this.flags[row] & (FLAG.ON_GROUND | FLAG.LANDED)) !== 0;
    }
    if (kind !== KIND.VESSEL && kind !== KIND.TENDER) return speed === NOT_KNOWN || speed < 5;
    const status = this.status[row];
    if (status === 1 || status === 5 || status === 6) return speed === NOT_KNOWN || speed < 30;
    if (status === -1 || status === 15) return speed === NOT_KNOWN || speed < 5;
    return speed < 3; // says it is under way but lies still, as many at a berth do
  }

  remove(id) {
    const row = this.rowOf.get(id);
    if (row === undefined) return;
    const last = --this.n;
    if (row !== last) {
      for (const name of this.columns) this[name][row] = this[name][last];
      this.vx[row] = this.vx[last];
      this.vy[row] = this.vy[last];
      this.rowOf.set(this.id[row], row);
    }
    this.rowOf.delete(id);
    this.labels.delete(id);
  }

  label(row) {
    return this.labels.get(this.id[row]) || "";
  }
}

/* How long a thing may be silent, in seconds, before it is drawn as stale and then as LAST SEEN. The intervals
 * are some times the slowest reporting interval of ITU-R M.1371-5 table 1 (vessels) and of ADS-B. */
const QUIET = { LIVE: 0, STALE: 1, SILENT: 2 };
const STALE_UNDER_WAY = 600;
const STALE_YACHT = 900; // class B reports every three minutes at most and is heard less well
const STALE_STILL = 1800;
const SILENT_UNDER_WAY = 3600;
const STALE_AIRCRAFT = 60;
const SILENT_AIRCRAFT = 600;
const STALE_FIXED = 3600; // aids and shore stations
const KNOTS_OF_ANY_AIRCRAFT = 500; // when its own speed is not known
const RECKON_AT_MOST = 7200; // no dead reckoning beyond two hours
const SAIL_PLEASURE = 3; // picture.state.ShipClass

/** LIVE, STALE or SILENT, by the age of the position in seconds. */
function quietness(picture, row, age) {
  const kind = picture.kind[row];
  const still = picture.still(row);
  if (kind === KIND.AIRCRAFT || kind === KIND.RESCUE_AIRCRAFT) {
    if (still) return age > SILENT_AIRCRAFT ? QUIET.STALE : QUIET.LIVE;
    return age > SILENT_AIRCRAFT ? QUIET.SILENT : age > STALE_AIRCRAFT ? QUIET.STALE : QUIET.LIVE;
  }
  if (kind === KIND.VESSEL || kind === KIND.TENDER) {
    if (still) return age > STALE_STILL ? QUIET.STALE : QUIET.LIVE;
    const stale = picture.shipClass[row] === SAIL_PLEASURE ? STALE_YACHT : STALE_UNDER_WAY;
    return age > SILENT_UNDER_WAY ? QUIET.SILENT : age > stale ? QUIET.STALE : QUIET.LIVE;
  }
  return age > STALE_FIXED ? QUIET.STALE : QUIET.LIVE;
}

/** Seconds a position may be carried forward: a vessel two hours, an aircraft until it is LAST SEEN. */
function reckonedSeconds(picture, row, age) {
  if (age <= 0) return 0;
  const kind = picture.kind[row];
  const most = kind === KIND.AIRCRAFT || kind === KIND.RESCUE_AIRCRAFT ? SILENT_AIRCRAFT : RECKON_AT_MOST;
  return age > most ? 0 : age; // past that we only know where it was
}

/** Radius in nautical miles within which a silent thing may be: speed times silence. */
function uncertaintyNm(picture, row, age) {
  const kind = picture.kind[row];
  const flies = kind === KIND.AIRCRAFT || kind === KIND.RESCUE_AIRCRAFT;
  const knots = picture.speed[row] === NOT_KNOWN ? (flies ? KNOTS_OF_ANY_AIRCRAFT : 0) : picture.speed[row] / 10;
  return (Math.max(knots, flies ? 60 : 5) * age) / 3600;
}
