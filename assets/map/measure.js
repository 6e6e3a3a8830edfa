/* Range and bearing between two points, or from a moving track.
 *
 * Distances and bearings are geodesic on WGS84 (Vincenty's inverse formula, good to a millimetre; near the
 * antipode, where it does not converge, the sphere's). M or the button begins, Escape ends, Shift with drag is
 * quicker. */
"use strict";

(() => {
  const watchfloor = (window.watchfloor = window.watchfloor || {});
  watchfloor.chartParts = watchfloor.chartParts || [];

  const A = 6378137; // metres, WGS84
  const F = 1 / 298.257223563;
  const B = A * (1 - F);
  const METRES_PER_NM = 1852;
  const EARTH_NM = 21638.78; // around the sphere of Web Mercator
  const REACH = 14; // css pixels around a track that count as on it
  const radians = (degrees) => (degrees * Math.PI) / 180;
  const degrees = (angle) => ((angle * 180) / Math.PI + 360) % 360;

  /** { nm, bearing } from one place to another; bearing is initial and true. */
  watchfloor.rangeAndBearing = (from, to) => {
    const l = radians(to.lon - from.lon);
    const u1 = Math.atan((1 - F) * Math.tan(radians(from.lat)));
    const u2 = Math.atan((1 - F) * Math.tan(radians(to.lat)));
    const [s1, c1, s2, c2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
    let lambda = l;
    for (let turn = 0; turn < 100; turn++) {
      const sl = Math.sin(lambda);
      const cl = Math.cos(lambda);
      const sinSigma = Math.hypot(c2 * sl, c1 * s2 - s1 * c2 * cl);
      if (sinSigma === 0) return { nm: 0, bearing: 0 };
      const cosSigma = s1 * s2 + c1 * c2 * cl;
      const sigma = Math.atan2(sinSigma, cosSigma);
      const sinAlpha = (c1 * c2 * sl) / sinSigma;
      const cos2Alpha = 1 - sinAlpha ** 2;
      const cos2M = cos2Alpha === 0 ? 0 : cosSigma - (2 * s1 * s2) / cos2Alpha;
      const c = (F / 16) * cos2Alpha * (4 + F * (4 - 3 * cos2Alpha));
      const next = l + (1 - c) * F * sinAlpha * (sigma + c * sinSigma * (cos2M + c * cosSigma * (2 * cos2M ** 2 - 1)));
      if (Math.abs(next - lambda) < 1e-12) {
        const metres = arcLength(cos2Alpha, sinSigma, cosSigma, cos2M, sigma);
        return { nm: metres / METRES_PER_NM, bearing: degrees(Math.atan2(c2 * sl, c1 * s2 - s1 * c2 * cl)) };
      }
      lambda = next;
    }
    return onSphere(from, to);
  };

  function arcLength(cos2Alpha, sinSigma, cosSigma, cos2M, sigma) {
    const k = (cos2Alpha * (A ** 2 - B ** 2)) / B ** 2;
    const a = 1 + (k / 16384) * (4096 + k * (-768 + k * (320 - 175 * k)));
    const b = (k / 1024) * (256 + k * (-128 + k * (74 - 47 * k)));
    const last = (b / 6) * cos2M * (4 * sinSigma ** 2 - 3) * (4 * cos2M ** 2 - 3);
    return B * a * (sigma - b * sinSigma * (cos2M + (b / 4) * (cosSigma * (2 * cos2M ** 2 - 1) - last)));
  }

  function onSphere(from, to) {
    const [p1, p2, dl] = [radians(from.lat), radians(to.lat), radians(to.lon - from.lon)];
    const h = Math.sin((p2 - p1) / 2) ** 2 + Math.cos(p1) * Math.cos(p2) * Math.sin(dl / 2) ** 2;
    const bearing = Math.atan2(Math.sin(dl) * Math.cos(p2), Math.cos(p1) * Math.sin(p2) - Math.sin(p1) * Math.cos(p2) * Math.cos(dl));
    return { nm: ((2 * Math.asin(Math.min(1, Math.sqrt(h)))) / (2 * Math.PI)) * EARTH_NM, bearing: degrees(bearing) };
  }

  /** Points of the great circle, on the copies of the world on which its ends are. */
  function greatCircle(from, to, steps) {
    const vector = ({ lat, lon }) => {
      const [p, l] = [radians(lat), radians(lon)];
      return [Math.cos(p) * Math.cos(l), Math.cos(p) * Math.sin(l), Math.sin(p)];
    };
    const [a, b] = [vector(from), vector(to)];
    const angle = Math.acos(Math.min(1, Math.max(-1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])));
    const points = [[from.lat, from.lon]];
    for (let i = 1; i < steps && angle > 1e-9; i++) {
      const [wa, wb] = [Math.sin(angle * (1 - i / steps)) / Math.sin(angle), Math.sin((angle * i) / steps) / Math.sin(angle)];
      const [x, y, z] = a.map((value, axis) => value * wa + b[axis] * wb);
      const lon = (Math.atan2(y, x) * 180) / Math.PI;
      const before = points[points.length - 1][1];
      points.push([(Math.asin(z) * 180) / Math.PI, lon + 360 * Math.round((before - lon) / 360)]);
    }
    return [...points, [to.lat, to.lon]];
  }

  const miles = (nm) => (nm < 10 ? nm.toFixed(2) : nm < 100 ? nm.toFixed(1) : Math.round(nm).toLocaleString("en-US"));
  const compass = (bearing) => `${String(Math.round(bearing) % 360).padStart(3, "0")}°`;

  class Ruler {
    constructor(chart) {
      this.chart = chart;
      this.map = chart.map;
      this.container = chart.map.getContainer();
      if (this.map.boxZoom) this.map.boxZoom.disable(); // Shift with drag measures here
      const pane = this.map.getPane("measure") || this.map.createPane("measure");
      pane.style.zIndex = 460;
      pane.style.pointerEvents = "none";
      const renderer = window.L.svg({ pane: "measure" });
      this.line = window.L.polyline([], { pane: "measure", renderer, interactive: false, className: "measure-line" });
      this.flag = window.L.tooltip({ pane: "measure", permanent: true, direction: "right", offset: [12, 0], className: "measure-flag" });
      this.reset();
      this.watch();
    }

    reset() {
      this.from = this.to = this.anchor = null;
      this.fixed = false;
    }

    watch() {
      const { chart, map } = this;
      const handlers = { click: (event) => this.click(event), mousemove: (event) => this.move(event) };
      map.on(handlers);
      chart.undo.push(() => map.off(handlers), () => this.end());
      chart.on("drawn", (message) => this.follow(message.followed));
      chart.listen(document, "keydown", (event) => this.key(event));
      chart.listen(document, "click", (event) => {
        if (event.target.closest("#tool-measure")) this.toggle();
      });
      chart.listen(this.container, "mousedown", (event) => this.press(event), { capture: true });
      chart.listen(document, "mouseup", () => this.release());
    }

    key(event) {
      if (event.key === "Escape" && this.chart.measuring) {
        event.preventDefault();
        this.end();
        return;
      }
      const at = document.activeElement;
      const typing = at && (/^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) || at.isContentEditable);
      if (typing || event.ctrlKey || event.metaKey || event.altKey || event.key.toLowerCase() !== "m") return;
      this.toggle();
    }

    toggle() {
      if (this.chart.measuring) this.end();
      else this.begin(this.chart.selected);
    }

    mark(on) {
      this.chart.measuring = on;
      this.container.classList.toggle("measuring", on);
      const button = document.getElementById("tool-measure");
      if (button) button.setAttribute("aria-pressed", String(on));
    }

    /** Starts; from a track when one is given, else from the next click. */
    async begin(trackId) {
      this.mark(true);
      const track = trackId === null || trackId === undefined ? null : await this.chart.ask({ t: "find", id: trackId });
      if (track) this.anchorTo(track);
      watchfloor.announce(track ? `Measuring from ${track.label || "the selected track"}` : "Measuring: choose the first point");
    }

    end() {
      this.reset();
      this.line.remove();
      this.flag.remove();
      this.chart.send({ t: "follow", id: null });
      if (this.chart.measuring) watchfloor.announce("Measuring ended");
      this.mark(false);
    }

    /** The first point is a track and moves with it. */
    anchorTo(track) {
      this.anchor = track;
      this.chart.send({ t: "follow", id: track.id });
      this.from = this.near(watchfloor.latLon(track.x, track.y));
    }

    near({ lat, lon }) {
      return { lat, lon: lon + 360 * Math.round((this.map.getCenter().lng - lon) / 360) };
    }

    follow(track) {
      if (!this.anchor || !track || track.id !== this.anchor.id) return;
      this.anchor = track;
      this.from = this.near(watchfloor.latLon(track.x, track.y));
      this.draw();
    }

    async click({ latlng }) {
      if (!this.chart.measuring) return;
      if (this.skipClick) {
        this.skipClick = false;
        return;
      }
      const at = { lat: latlng.lat, lon: latlng.lng };
      if (this.from && !this.fixed) {
        this.to = at;
        this.fix();
        return;
      }
      this.reset();
      this.from = at;
      this.chart.send({ t: "follow", id: null });
      const [track] = await this.chart.ask({ t: "near", ...watchfloor.mercator(at.lat, at.lon), reach: REACH });
      if (track) this.anchorTo(track);
    }

    fix() {
      this.fixed = true;
      this.draw();
      const { nm, bearing } = watchfloor.rangeAndBearing(this.from, this.to);
      watchfloor.announce(`${miles(nm)} nautical miles, bearing ${Math.round(bearing) % 360} degrees true`);
    }

    move({ latlng }) {
      if (!this.from || this.fixed) return;
      this.to = { lat: latlng.lat, lon: latlng.lng };
      this.draw();
    }

    press(event) {
      this.skipClick = false;
      if (!event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      this.mark(true);
      this.reset();
      const at = this.map.mouseEventToLatLng(event);
      this.from = { lat: at.lat, lon: at.lng };
      this.dragging = true;
      this.skipClick = true;
    }

    release() {
      if (!this.dragging) return;
      this.dragging = false;
      if (this.to) this.fix();
    }

    draw() {
      if (!this.from || !this.to) return;
      const { nm, bearing } = watchfloor.rangeAndBearing(this.from, this.to);
      const parts = [`${miles(nm)} nm`, `${compass(bearing)} true`];
      const knots = this.anchor && this.anchor.speed;
      if (knots > 0.5) parts.push(`${watchfloor.span((nm / knots) * 3600)} at ${knots.toFixed(1)} kn`);
      this.line.setLatLngs(greatCircle(this.from, this.to, 48)).addTo(this.map);
      this.flag.setContent(parts.join(" · ")).setLatLng([this.to.lat, this.to.lon]).addTo(this.map);
    }
  }

  watchfloor.chartParts.push((chart) => {
    if (chart.wall) return;
    const ruler = new Ruler(chart);
    watchfloor.measure = () => ruler.begin(chart.selected);
  });
})();
