/* The ground under the tracks: sea, land, coast, borders, graticule, names, scale bar. No internet, no eval, no worker.

   window.watchfloor.basemap(map, {tileUrl}) draws it and returns
     { layer, restyle(), labelBoxes(), remove() }
   restyle(): read the colour tokens again (after a change of theme). labelBoxes(): rectangles of the names on screen as
   {x, y, w, h, name} in container pixels, so that track labels can keep clear of them; name is how a place is written,
   so that it can be written again above symbols that hide it.

   Dash loads assets/map before assets/vendor, so nothing here touches Leaflet or protomaps-leaflet until it is called. */
(function () {
  "use strict";
  const watchfloor = (window.watchfloor = window.watchfloor || {});
  const ASSETS = new URL("../", (document.currentScript || {}).src || new URL("/assets/map/", location.href));
  const TILES = new URL("basemap/world.pmtiles", ASSETS).href;
  const PLACES = new URL("basemap/places.json", ASSETS).href;
  const DATA_ZOOM = 7; // deepest zoom in the file; the library scales it up beyond
  const PANE = "watchfloor-chart";
  const STEPS = [30, 10, 5, 2, 1, 1 / 2, 1 / 6, 1 / 12, 1 / 60]; // degrees between lines of the graticule
  const LEAST_STEP = 100; // pixels
  const NAUTICAL_MILE = 1852; // metres
  const LONGEST_BAR = 150; // pixels, at the base text size

  function tokens() {
    const style = getComputedStyle(document.documentElement);
    const read = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
    return {
      sea: read("--sea", "#131c23"),
      land: read("--land", "#222e37"),
      line: read("--line", "#2a3640"),
      muted: read("--muted", "#a6b3be"),
      font: read("--font", "Inter, system-ui, sans-serif"),
      scale: (parseFloat(style.fontSize) || 16) / 16, // the wall sizes text by viewing distance
    };
  }

  function paintRules(colour) {
    const { PolygonSymbolizer, LineSymbolizer } = window.protomapsL;
    return [
      { dataLayer: "land", symbolizer: new PolygonSymbolizer({ fill: () => colour.land }) },
      {
        dataLayer: "borders",
        symbolizer: new LineSymbolizer({ color: () => colour.muted, width: 1, opacity: 0.28 }),
      },
      {
        dataLayer: "coast",
        symbolizer: new LineSymbolizer({ color: () => colour.muted, width: (z) => (z < 5 ? 0.5 : 0.8), opacity: 0.22 }),
      },
    ];
  }

  /* How each kind of name is set: c country, s sea, p port, t town, a airport. Sizes in pixels at the base text size. */
  const KINDS = {
    c: { size: 12.5, weight: 500, alpha: 0.62, spacing: 1.6, upper: true },
    s: { size: 12, weight: 400, alpha: 0.5, spacing: 1, italic: true },
    p: { size: 12.5, weight: 400, alpha: 1, mark: true },
    t: { size: 12, weight: 400, alpha: 0.72, mark: false },
    a: { size: 11, weight: 400, alpha: 0.8, mark: true, spacing: 0.4 },
  };

  function prepared(rows) {
    return rows.map(([kind, name, lon, lat, from, to]) => {
      const sin = Math.sin((lat * Math.PI) / 180);
      return {
        kind,
        name: KINDS[kind].upper ? name.toUpperCase() : name,
        x: (lon + 180) / 360,
        y: 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI),
        from,
        to,
      };
    });
  }

  function fontOf(kind, colour) {
    const set = KINDS[kind];
    return `${set.italic ? "italic " : ""}${set.weight} ${set.size * colour.scale}px ${colour.font}`;
  }

  function drawMark(ctx, kind, x, y, scale) {
    ctx.beginPath();
    if (kind === "p") {
      ctx.arc(x, y, 2.6 * scale, 0, 2 * Math.PI);
      ctx.stroke();
    } else {
      ctx.moveTo(x - 3.5 * scale, y);
      ctx.lineTo(x + 3.5 * scale, y);
      ctx.moveTo(x, y - 3.5 * scale);
      ctx.lineTo(x, y + 3.5 * scale);
      ctx.stroke();
    }
  }

  /* Where a name may stand: beside its mark (right, left, above, below) or centred on its spot. */
  function spots(label, width, height, scale) {
    if (!KINDS[label.kind].mark) return [[-width / 2, -height / 2]];
    const gap = 6 * scale;
    return [
      [gap, -height / 2],
      [-gap - width, -height / 2],
      [-width / 2, -gap - height],
      [-width / 2, gap],
    ];
  }

  const apart = (a, b) => a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;

  /* Places the names by importance; what would overprint a name already placed is left out. */
  function placeLabels(ctx, labels, view, colour) {
    const placed = [];
    const marks = [];
    const world = 256 * 2 ** view.zoom;
    const margin = 90 * colour.scale;
    for (const label of labels) {
      if (view.zoom + 0.01 < label.from || view.zoom >= label.to) continue;
      const y = label.y * world - view.top;
      if (y < -margin || y > view.height + margin) continue;
      const first = Math.ceil((view.left - margin - label.x * world) / world);
      const last = Math.floor((view.left + view.width + margin - label.x * world) / world);
      for (let turn = first; turn <= last; turn++) {
        const x = (label.x + turn) * world - view.left;
        ctx.font = fontOf(label.kind, colour);
        ctx.letterSpacing = `${(KINDS[label.kind].spacing || 0) * colour.scale}px`;
        const width = ctx.measureText(label.name).width;
        const height = KINDS[label.kind].size * colour.scale * 1.15;
        for (const [dx, dy] of spots(label, width, height, colour.scale)) {
          const box = { x: x + dx - 2, y: y + dy - 1, w: width + 4, h: height + 2 };
          const mark = { x: x - 3, y: y - 3, w: 6, h: 6 };
          const free = (one) => placed.every((other) => apart(one, other.box));
          if (free(box) && (!KINDS[label.kind].mark || free(mark)) && marks.every((other) => apart(box, other))) {
            placed.push({ label, box, x, y, textX: x + dx, textY: y + dy + height / 2 });
            if (KINDS[label.kind].mark) marks.push(mark);
            break;
          }
        }
      }
    }
    return placed;
  }

  function drawLabels(ctx, placed, colour) {
    ctx.textBaseline = "middle";
    ctx.lineJoin = "round";
    for (const { label, x, y, textX, textY } of placed) {
      const set = KINDS[label.kind];
      ctx.font = fontOf(label.kind, colour);
      ctx.letterSpacing = `${(set.spacing || 0) * colour.scale}px`;
      ctx.globalAlpha = 0.55 * set.alpha;
      ctx.strokeStyle = colour.sea;
      ctx.lineWidth = 3 * colour.scale;
      ctx.strokeText(label.name, textX, textY);
      ctx.globalAlpha = set.alpha;
      ctx.fillStyle = colour.muted;
      ctx.fillText(label.name, textX, textY);
      if (set.mark) {
        ctx.globalAlpha = set.alpha * 0.7;
        ctx.strokeStyle = colour.muted;
        ctx.lineWidth = 1.1 * colour.scale;
        drawMark(ctx, label.kind, x, y, colour.scale);
      }
    }
    ctx.globalAlpha = 1;
  }

  function drawGraticule(ctx, view, colour) {
    const world = 256 * 2 ** view.zoom;
    const step = STEPS.filter((degrees) => (degrees / 360) * world >= LEAST_STEP * colour.scale).pop() || STEPS[0];
    ctx.strokeStyle = colour.line;
    ctx.globalAlpha = 0.5;
    ctx.lineWidth = 1;
    ctx.beginPath();
    const west = (view.left / world) * 360 - 180;
    const east = ((view.left + view.width) / world) * 360 - 180;
    for (let n = Math.ceil(west / step); n * step <= east; n++) {
      const x = Math.round(((n * step + 180) / 360) * world - view.left) + 0.5;
      ctx.moveTo(x, 0);
      ctx.lineTo(x, view.height);
    }
    for (let n = Math.ceil(-85 / step); n * step <= 85; n++) {
      const sin = Math.sin((n * step * Math.PI) / 180);
      const y = Math.round((0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * world - view.top) + 0.5;
      if (y < 0 || y > view.height) continue;
      ctx.moveTo(0, y);
      ctx.lineTo(view.width, y);
    }
    ctx.stroke();
    ctx.globalAlpha = 1;
  }

  /* One canvas for graticule and names, redrawn when the view comes to rest, carried along while it moves. */
  function chartLayer(colour, labels) {
    const Chart = L.Renderer.extend({
      options: { pane: PANE, padding: 0.2 },
      _initContainer() {
        this._container = document.createElement("canvas");
        this._container.style.pointerEvents = "none";
        this._context = this._container.getContext("2d");
      },
      _destroyContainer() {
        this._container.remove();
        delete this._container;
        delete this._context;
      },
      getEvents() {
        return { ...L.Renderer.prototype.getEvents.call(this), move: this._follow };
      },
      /* A long drag runs off the edge of what is drawn before the map comes to rest. */
      _follow() {
        if (!this._bounds || this._map._animatingZoom) return;
        const corner = this._map.containerPointToLayerPoint([0, 0]);
        if (!this._bounds.contains(L.bounds(corner, corner.add(this._map.getSize())))) this._update();
      },
      _updatePaths() {},
      _onZoomEnd() {},
      _update() {
        if (this._map._animatingZoom && this._bounds) return;
        L.Renderer.prototype._update.call(this);
        const size = this._bounds.getSize();
        const ratio = window.devicePixelRatio || 1;
        this._container.width = Math.round(size.x * ratio);
        this._container.height = Math.round(size.y * ratio);
        this._container.style.width = `${size.x}px`;
        this._container.style.height = `${size.y}px`;
        L.DomUtil.setPosition(this._container, this._bounds.min);
        const corner = this._bounds.min.add(this._map.getPixelOrigin());
        this.view = { left: corner.x, top: corner.y, width: size.x, height: size.y, zoom: this._map.getZoom() };
        this._context.setTransform(ratio, 0, 0, ratio, 0, 0);
        drawGraticule(this._context, this.view, colour.now);
        this.placed = placeLabels(this._context, labels.now, this.view, colour.now);
        drawLabels(this._context, this.placed, colour.now);
      },
      redraw() {
        if (this._map) this._update();
      },
      boxes() {
        if (!this._map || !this.view) return [];
        const shift = this._map.layerPointToContainerPoint(this._bounds.min);
        return (this.placed || []).map(({ label, box, textX, textY }) => {
          const { mark, spacing } = KINDS[label.kind];
          const name = mark
            ? { text: label.name, font: fontOf(label.kind, colour.now), spacing: (spacing || 0) * colour.now.scale,
                x: textX + shift.x, y: textY + shift.y } : null;
          return { x: box.x + shift.x, y: box.y + shift.y, w: box.w, h: box.h, name };
        });
      },
    });
    return new Chart();
  }

  /* Scale bar in nautical miles, true at the middle of the map. */
  function scaleBar(map) {
    const Bar = L.Control.extend({
      options: { position: "bottomleft" },
      onAdd() {
        const box = L.DomUtil.create("div", "map-scale");
        this._bar = L.DomUtil.create("div", "map-scale-bar", box);
        this._text = L.DomUtil.create("div", "map-scale-text", box);
        map.on("move zoomend resize", this._show, this);
        this._show();
        return box;
      },
      onRemove() {
        map.off("move zoomend resize", this._show, this);
      },
      _show() {
        const middle = map.getSize().divideBy(2);
        const metres = map.distance(
          map.containerPointToLatLng(middle.subtract([50, 0])),
          map.containerPointToLatLng(middle.add([50, 0])),
        );
        if (!metres) return;
        const perPixel = metres / 100 / NAUTICAL_MILE;
        const most = perPixel * LONGEST_BAR;
        const power = 10 ** Math.floor(Math.log10(most));
        const length = [5, 2, 1].map((n) => n * power).find((n) => n <= most) || power;
        this._bar.style.width = `${Math.round(length / perPixel)}px`;
        this._text.textContent = `${Number(length.toPrecision(1)).toLocaleString("en")} nm`;
      },
    });
    return new Bar();
  }

  watchfloor.basemap = function (map, options = {}) {
    const colour = { now: tokens() };
    const labels = { now: [] };
    const layer = window.protomapsL.leafletLayer({
      url: TILES,
      maxDataZoom: DATA_ZOOM,
      paintRules: paintRules(new Proxy({}, { get: (_, name) => colour.now[name] })),
      labelRules: [],
      backgroundColor: colour.now.sea,
      attribution: "Natural Earth · GeoNames",
      keepBuffer: 1,
    }).addTo(map);
    const own = options.tileUrl ? L.tileLayer(options.tileUrl, { maxZoom: 22 }).addTo(map) : null;

    const pane = map.getPane(PANE) || map.createPane(PANE);
    pane.style.zIndex = 250; // above tiles (200), below everything that moves (400)
    pane.style.pointerEvents = "none";
    const chart = chartLayer(colour, labels).addTo(map);
    const bar = scaleBar(map).addTo(map);
    if (map.attributionControl) map.attributionControl.setPrefix(false);

    fetch(PLACES)
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`${PLACES}: ${answer.status}`))))
      .then((places) => {
        labels.now = prepared(places.labels);
        chart.redraw();
      })
      .catch((wrong) => console.warn("The map has no names:", wrong.message));
    document.fonts?.load(fontOf("p", colour.now)).then(() => chart.redraw());

    return {
      layer,
      restyle() {
        colour.now = tokens();
        layer.backgroundColor = colour.now.sea;
        layer.rerenderTiles();
        chart.redraw();
      },
      labelBoxes: () => chart.boxes(),
      remove() {
        for (const part of [layer, own, chart, bar]) if (part) part.remove();
      },
    };
  };
})();
