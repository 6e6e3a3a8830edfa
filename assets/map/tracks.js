/* Tracks on the map: one canvas above the base map, drawn by a worker.
 *
 * `watchfloor.attachTracks` is the `add` handler of the empty layer group in the shell's map. Every drawing comes
 * back as a bitmap with the view it was drawn for; both are swapped together, and in between Leaflet moves and
 * scales the old one. Other files add to the map by pushing a function to `watchfloor.chartParts`. */
"use strict";

(() => {
  const watchfloor = (window.watchfloor = window.watchfloor || {});
  watchfloor.chartParts = watchfloor.chartParts || [];

  const WORLD = 4294967296; // mercator units around the world, as in worker_picture.js
  const PAD = 80; // css pixels drawn beyond the view, so that a pan has something to show
  const WALL_SYMBOLS = 0.5;
  const NAMES_MS = 2000; // how often the base map's names are looked at: they come late, with the font
  const WORKER_URL = new URL("worker.js", document.currentScript.src);
  const COLOURS = { // token: what it is when the page sets none
    ground: "#10161b", text: "#d9e1e7", muted: "#a6b3be", track: "#8fa3b1", aircraft: "#b9b7a4", unit: "#5cc8ec",
    danger: "#ff5d5d", dangerText: "#ff8a8a", caution: "#e9d15b", line: "#2a3640", target: "#f0a63a",
  };

  let early = new Worker(WORKER_URL); // loads its scripts while Dash builds the page

  watchfloor.mercator = (lat, lon) => ({
    x: ((lon + 180) / 360) * WORLD,
    y: (0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI)) * WORLD,
  });
  watchfloor.latLon = (x, y) => ({
    lat: (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / WORLD))) * 180) / Math.PI, lon: (x / WORLD) * 360 - 180,
  });

  /** Settings that the shell gives to scripts, with what holds where it says nothing. */
  function settings() {
    return { mode: "desk", scale: 1, ...(watchfloor.config ? watchfloor.config() : {}) };
  }

  function readLook(config) {
    const style = getComputedStyle(document.documentElement);
    const colours = {};
    for (const [name, fallback] of Object.entries(COLOURS)) {
      const token = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      colours[name] = style.getPropertyValue(token).trim() || fallback;
    }
    const font = getComputedStyle(document.body).fontFamily || "sans-serif";
    const scale = config.scale || 1;
    // Text on a wall follows the rule of its viewing distance; symbols need less than that to be told apart.
    return { colours, font, scale, symbols: config.mode === "wall" ? 1 + (scale - 1) * WALL_SYMBOLS : scale, wall: config.mode === "wall" };
  }

  /** The fonts that the page's own style sheets bring, for the worker, which sees no style sheets. */
  function pageFonts() {
    const fonts = [];
    for (const sheet of document.styleSheets) {
      if (sheet.href && new URL(sheet.href).origin !== location.origin) continue;
      for (const rule of sheet.cssRules) {
        const url = rule instanceof CSSFontFaceRule && /url\(["']?([^"')]+)/.exec(rule.style.getPropertyValue("src"));
        if (!url) continue;
        const said = (name) => rule.style.getPropertyValue(name) || undefined;
        fonts.push({
          family: said("font-family").replace(/["']/g, ""), url: new URL(url[1], sheet.href || location.href).href,
          descriptors: { weight: said("font-weight"), style: said("font-style"), unicodeRange: said("unicode-range") },
        });
      }
    }
    return fonts;
  }

  class TrackChart {
    constructor(map) {
      this.map = map;
      this.config = settings();
      this.wall = this.config.mode === "wall";
      this.listeners = {};
      this.questions = new Map();
      this.asked = 0;
      this.viewNumber = 0;
      this.selected = null;
      this.stats = { swaps: 0, mainMs: [], workerMs: [] };
      this.undo = [];
      this.openCanvas();
      this.openWorker();
      this.watchMap();
    }

    on(name, listener) {
      (this.listeners[name] = this.listeners[name] || []).push(listener);
    }

    emit(name, value) {
      for (const listener of this.listeners[name] || []) listener(value);
    }

    /** Adds an event listener that goes when the map goes. */
    listen(target, name, listener, options) {
      target.addEventListener(name, listener, options);
      this.undo.push(() => target.removeEventListener(name, listener, options));
    }

    every(milliseconds, run) {
      const timer = setInterval(run, milliseconds);
      this.undo.push(() => clearInterval(timer));
    }

    openCanvas() {
      const pane = this.map.getPane("tracks") || this.map.createPane("tracks");
      pane.style.zIndex = 450;
      pane.style.pointerEvents = "none";
      this.canvas = document.createElement("canvas");
      this.canvas.className = "tracks leaflet-zoom-animated";
      this.canvas.style.transformOrigin = "0 0";
      this.canvas.setAttribute("aria-hidden", "true");
      pane.appendChild(this.canvas);
      this.surface = this.canvas.getContext("bitmaprenderer");
      this.undo.push(() => this.canvas.remove());
    }

    openWorker() {
      this.worker = early || new Worker(WORKER_URL);
      early = null;
      this.worker.onmessage = ({ data }) => this.hear(data);
      this.undo.push(() => this.worker.terminate());
      this.send({ t: "fonts", fonts: pageFonts() });
      this.dress();
      const themed = new MutationObserver(() => this.dress());
      themed.observe(document.documentElement, { attributes: true, attributeFilter: ["class", "data-theme", "style"] });
      this.undo.push(() => themed.disconnect());
    }

    /** The base map, where it is shipped; tracks are drawn without it too. */
    drawGround() {
      if (!watchfloor.basemap || !window.protomapsL) return;
      this.ground = watchfloor.basemap(this.map, { tileUrl: this.config.tile_url || "" });
      this.undo.push(() => this.ground.remove());
    }

    /** Colours, font and size as the page has them now; nothing happens when they are as before. */
    dress() {
      this.config = settings();
      const look = readLook(this.config);
      const known = JSON.stringify(look);
      if (known === this.knownLook) return;
      this.knownLook = known;
      if (this.ground) this.ground.restyle();
      this.send({ t: "look", look });
    }

    send(message, transfer) {
      this.worker.postMessage(message, transfer || []);
    }

    /** A question to the worker; resolves to its answer. */
    ask(message) {
      const ask = ++this.asked;
      return new Promise((resolve) => {
        this.questions.set(ask, resolve);
        this.send({ ...message, ask });
      });
    }

    hear(message) {
      if (message.t === "drawn") this.show(message);
      else if (message.t === "answer") {
        this.questions.get(message.ask)(message.answer);
        this.questions.delete(message.ask);
      }
    }

    watchMap() {
      const { map } = this;
      const handlers = {
        move: () => this.askForView(),
        moveend: () => setTimeout(() => this.askForView(), 0), // when the base map has placed its names
        resize: () => this.askForView(),
        zoom: () => { if (!this.animating) this.put(); },
        viewreset: () => { if (!this.animating) this.put(); },
        zoomanim: (event) => this.animate(event),
        zoomend: () => this.settle(),
      };
      map.on(handlers);
      this.undo.push(() => map.off(handlers));
      const sized = new ResizeObserver(() => map.invalidateSize({ pan: false }));
      sized.observe(map.getContainer());
      this.undo.push(() => sized.disconnect());
      this.listen(window, "watchfloor:scale", () => this.dress());
      this.listen(document, "visibilitychange", () => this.send({ t: "hidden", hidden: document.hidden }));
      this.every(NAMES_MS, () => {
        if (this.namesKey(this.names()) !== this.knownNames) this.askForView();
      });
      this.askForView();
    }

    /** Names of the base map and tools above the map, in css pixels of the view: labels keep clear of them. */
    names() {
      const room = this.map.getContainer().getBoundingClientRect();
      const tools = [...document.querySelectorAll(".map-tools > *")].map((tool) => tool.getBoundingClientRect())
        .map((box) => ({ x: box.x - room.x, y: box.y - room.y, w: box.width, h: box.height }));
      return [...tools, ...(this.ground ? this.ground.labelBoxes() : [])];
    }

    namesKey(boxes) {
      return boxes.map(({ x, y }) => `${Math.round(x)},${Math.round(y)}`).join(" ");
    }

    viewAt(centre, zoom) {
      const size = this.map.getSize();
      const { x, y } = watchfloor.mercator(centre.lat, centre.lng);
      return { n: ++this.viewNumber, cx: x, cy: y, zoom, w: size.x, h: size.y, pad: PAD, dpr: window.devicePixelRatio || 1 };
    }

    /** Asks for a drawing of the view as it is; while one is under way, for one more after it. */
    askForView() {
      if (this.animating) return;
      if (this.waitingFor) {
        this.more = true;
        return;
      }
      const view = this.viewAt(this.map.getCenter(), this.map.getZoom());
      if (!view.w || !view.h) return;
      view.names = this.names();
      this.knownNames = this.namesKey(view.names);
      this.request(view);
    }

    request(view) {
      this.waitingFor = view.n;
      this.more = false;
      this.send({ t: "view", view });
    }

    show(message) {
      const started = performance.now();
      if (message.view.n === this.waitingFor) {
        this.waitingFor = null;
        if (this.more) this.askForView();
      }
      if (this.animating) {
        if (this.stash) this.stash.bitmap.close();
        this.stash = message;
      } else this.swap(message);
      this.emit("drawn", message);
      this.stats.swaps++;
      this.note(this.stats.mainMs, performance.now() - started);
      this.note(this.stats.workerMs, message.ms);
    }

    note(series, value) {
      series.push(value);
      if (series.length > 600) series.shift();
    }

    /** Bitmap and the view it was drawn for change in the same task, hence in the same paint. */
    swap({ bitmap, view }) {
      if (this.canvas.width !== bitmap.width || this.canvas.height !== bitmap.height) {
        this.canvas.width = bitmap.width;
        this.canvas.height = bitmap.height;
        this.canvas.style.width = `${view.w + 2 * view.pad}px`;
        this.canvas.style.height = `${view.h + 2 * view.pad}px`;
      }
      this.surface.transferFromImageBitmap(bitmap);
      this.drawnView = view;
      this.put();
    }

    corner() {
      const view = this.drawnView;
      const k = (256 * 2 ** view.zoom) / WORLD;
      return [view.cx - (view.w / 2 + view.pad) / k, view.cy - (view.h / 2 + view.pad) / k];
    }

    /** Puts the bitmap where its view belongs in the map as it is now. */
    put() {
      if (!this.drawnView) return;
      const [x, y] = this.corner();
      const zoom = this.map.getZoom();
      const k = (256 * 2 ** zoom) / WORLD;
      const point = window.L.point(x * k, y * k).subtract(this.map.getPixelOrigin());
      const scale = 2 ** (zoom - this.drawnView.zoom);
      window.L.DomUtil.setTransform(this.canvas, scale === 1 ? point.round() : point, scale);
    }

    /** Leaflet begins a zoom: the old bitmap goes along by transition, the new view is drawn meanwhile. */
    animate({ center, zoom }) {
      this.animating = true;
      if (this.drawnView) {
        const [x, y] = this.corner();
        const { lat, lon } = watchfloor.latLon(x, y);
        const point = this.map._latLngToNewLayerPoint(window.L.latLng(lat, lon), zoom, center);
        window.L.DomUtil.setTransform(this.canvas, point, 2 ** (zoom - this.drawnView.zoom));
      }
      this.request(this.viewAt(center, zoom));
    }

    settle() {
      this.animating = false;
      if (this.stash) {
        const stash = this.stash;
        this.stash = null;
        this.swap(stash);
      } else this.put();
      this.askForView();
    }

    /** Chooses a track (or none, null): rings it, says so to the page. */
    select(id) {
      if (id === this.selected) return;
      this.selected = id;
      this.send({ t: "select", id });
      this.emit("selected", id);
      watchfloor.tell("selected-track", { data: id });
    }

    close() {
      for (const undo of this.undo.reverse()) undo();
      this.listeners = {};
    }
  }

  let chart = null;

  watchfloor.attachTracks = (event) => {
    const map = event.target._map;
    if (chart && chart.map === map) return;
    if (chart) chart.close();
    chart = new TrackChart(map);
    watchfloor.chart = chart;
    chart.drawGround();
    for (const part of watchfloor.chartParts) part(chart);
    watchfloor.stream.attach((buffer) => chart.send({ t: "frame", buffer }, [buffer]));
    if (watchfloor.wanted !== undefined) {
      watchfloor.select(watchfloor.wanted.id, watchfloor.wanted.options);
      delete watchfloor.wanted;
    }
  };

  /** Selects a track from elsewhere on the page; with `reveal` the map goes there if it is out of view. */
  watchfloor.select = async (id, options = {}) => {
    if (!chart) {
      watchfloor.wanted = { id, options };
      return;
    }
    chart.select(id);
    if (options.reveal && id !== null) await centreOn(id, false);
  };

  watchfloor.centreOnSelected = () => (chart && chart.selected !== null ? centreOn(chart.selected, true) : undefined);

  /** Moves the map to a place, on the copy of the world that is on screen. */
  watchfloor.goTo = (lat, lon, zoom) => {
    const centre = chart.map.getCenter();
    const near = lon + 360 * Math.round((centre.lng - lon) / 360);
    chart.map.setView([lat, near], zoom || chart.map.getZoom());
  };

  async function centreOn(id, always) {
    const track = await chart.ask({ t: "find", id });
    if (!track) return;
    const { lat, lon } = watchfloor.latLon(track.x, track.y);
    const centre = chart.map.getCenter();
    const near = lon + 360 * Math.round((centre.lng - lon) / 360);
    if (always || !chart.map.getBounds().pad(-0.1).contains([lat, near])) watchfloor.goTo(lat, lon, chart.map.getZoom());
  }

  /** What is on the map now, for tests, benchmarks and support. */
  watchfloor.probe = async () => {
    if (!chart) return null;
    const centre = chart.map.getCenter();
    return {
      ...(await chart.ask({ t: "probe" })), stats: chart.stats, seq: watchfloor.stream.seq(),
      view: { lat: centre.lat, lon: centre.lng, zoom: chart.map.getZoom(), drawn: chart.drawnView || null },
    };
  };
})();
