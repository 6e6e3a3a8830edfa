/* What is shown: layer chips with their counts, the view in the address, and what is fetched for the map. */
"use strict";

(() => {
  const watchfloor = (window.watchfloor = window.watchfloor || {});
  watchfloor.chartParts = watchfloor.chartParts || [];

  const PLACES = ["/", "/wall"]; // addresses that show the map
  const TRAIL_AGAIN_MS = 120000; // the live end grows by itself; late points come with the next fetch
  const TRAILS_AGAIN_MS = 30000;
  const TRAILS_MINUTES = 60;
  const MOST_TRAIL_HOURS = 24;
  const MOST_TRAIL_PAGES = 10;
  const DESK_MAP_HEIGHT_PX = 800; // its height there
  const DESK_MAP_PX = 1540; // width of the map at a desk of 1920 pixels
  const ZONES_AGAIN_MS = 30000; // when they did not come
  const chips = () => document.querySelectorAll("button[data-layer]");
  const number = new Intl.NumberFormat("en-US"); // thousands with a comma, as the design has it

  async function fetchJson(url) {
    try {
      const answer = await fetch(url, { headers: { Accept: "application/geo+json, application/json" } });
      return answer.ok ? await answer.json() : null;
    } catch (error) { // the server is away: what is drawn stays, the screen says it is frozen
      return null;
    }
  }

  // chips

  function layerChips(chart) {
    const apply = () => {
      const layers = {};
      for (const chip of chips()) layers[chip.dataset.layer] = chip.getAttribute("aria-pressed") === "true";
      chart.layers = layers;
      chart.send({ t: "layers", layers });
      chart.emit("layers", layers);
    };
    const asked = new URLSearchParams(location.search).get("layers");
    if (asked !== null) {
      const on = new Set(asked.split(","));
      for (const chip of chips()) chip.setAttribute("aria-pressed", String(on.has(chip.dataset.layer)));
    }
    if (!chart.wall) {
      chart.listen(document, "click", (event) => {
        const chip = event.target.closest("button[data-layer]");
        if (!chip) return;
        chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
        apply();
      });
    }
    chart.on("drawn", ({ counts }) => {
      for (const chip of chips()) {
        const count = chip.querySelector(".count");
        if (!count || !counts[chip.dataset.layer]) continue;
        const [here, all] = counts[chip.dataset.layer];
        const text = `${number.format(here)} of ${number.format(all)}`;
        if (count.textContent !== text) count.textContent = text;
      }
    });
    apply();
  }

  // address

  function viewInAddress(chart) {
    const asked = new URLSearchParams(location.search);
    const [lat, lon, zoom] = ["lat", "lon", "z"].map((name) => (asked.has(name) ? Number(asked.get(name)) : NaN));
    const show = () => {
      if (chart.wall && !asked.has("z")) fillWall(chart);
      if (Math.abs(lat) <= 85 && Number.isFinite(lon)) {
        chart.map.setView([lat, lon], zoom >= 0 && zoom <= 20 ? zoom : chart.map.getZoom(), { animate: false });
      } else if (zoom >= 0 && zoom <= 20) chart.map.setZoom(zoom, { animate: false });
    };
    const later = setTimeout(show, 0); // right after its children are there dl.Map goes back to its own view
    chart.undo.push(() => clearTimeout(later));
    const selected = Number(asked.get("sel"));
    if (Number.isInteger(selected) && selected > 0) chart.select(selected);
    let timer = null;
    const write = () => {
      clearTimeout(timer);
      timer = setTimeout(() => writeAddress(chart), 300);
    };
    chart.map.on("moveend", write);
    chart.undo.push(() => chart.map.off("moveend", write));
    chart.on("selected", write);
    chart.on("layers", write);
    chart.listen(window, "popstate", write);
    chart.listen(window, "_dashprivate_pushstate", write);
  }

  /** A wall has more pixels than the desk that the zoom is meant for: it shows no fewer waters, larger where it can. */
  function fillWall(chart) {
    chart.map.invalidateSize({ animate: false });
    const { x, y } = chart.map.getSize();
    const closer = Math.max(0, Math.floor(Math.log2(Math.min(x / DESK_MAP_PX, y / DESK_MAP_HEIGHT_PX))));
    chart.map.setView(chart.config.centre, chart.config.zoom + closer, { animate: false });
  }

  function writeAddress(chart) {
    if (!PLACES.includes(location.pathname.replace(/(.)\/+$/, "$1"))) return;
    const query = new URLSearchParams(location.search);
    const centre = chart.map.getCenter();
    const places = Math.max(2, Math.round(chart.map.getZoom() / 3));
    query.set("lat", centre.lat.toFixed(places));
    query.set("lon", centre.lng.toFixed(places));
    query.set("z", String(Math.round(chart.map.getZoom() * 100) / 100));
    if (chart.selected === null) query.delete("sel");
    else query.set("sel", String(chart.selected));
    query.set("layers", Object.keys(chart.layers || {}).filter((name) => chart.layers[name]).join(","));
    const address = `${location.pathname}?${query.toString().replace(/%2C/g, ",")}${location.hash}`;
    if (address !== location.pathname + location.search + location.hash) history.replaceState(history.state, "", address);
  }

  // the trail of the selected track

  /** Points [x, y, t] of one leg of a path; late and implausible ones stay on record only. */
  function legPoints({ geometry, properties: p }) {
    const places = !geometry ? [] : geometry.type === "Point" ? [geometry.coordinates] : geometry.coordinates;
    const good = (_, i) => !(p.late && p.late[i]) && !(p.implausible && p.implausible[i]);
    return places.map(([lon, lat], i) => {
      const { x, y } = watchfloor.mercator(lat, lon);
      return [x, y, p.times[i]];
    }).filter(good);
  }

  function selectedTrail(chart) {
    const load = async () => {
      const id = chart.selected;
      if (id === null) return;
      const asked = Number(new URLSearchParams(location.search).get("hours")) || MOST_TRAIL_HOURS;
      const end = watchfloor.serverNow();
      const [from, to] = [end - Math.min(asked, MOST_TRAIL_HOURS) * 3600, end].map((at) => new Date(at * 1000).toISOString());
      const points = [];
      let url = `/api/v1/tracks/${id}/history?start=${from}&end=${to}&limit=5000`;
      for (let page = 0; url && page < MOST_TRAIL_PAGES; page++) {
        const geojson = await fetchJson(url);
        if (!geojson || id !== chart.selected) break;
        points.push(...geojson.features.flatMap(legPoints));
        url = geojson.next;
      }
      if (id === chart.selected && points.length) chart.send({ t: "trail", id, points });
    };
    chart.on("selected", load);
    chart.every(TRAIL_AGAIN_MS, load);
    load();
  }

  // the trails of all in view

  function allTrails(chart) {
    let timer = null;
    const load = async () => {
      if (!chart.layers || !chart.layers.trails) return;
      const box = chart.map.getBounds();
      const wrap = (lon) => ((((lon + 180) % 360) + 360) % 360) - 180;
      const wide = box.getEast() - box.getWest() >= 360;
      const [west, east] = wide ? [-180, 180] : [wrap(box.getWest()), wrap(box.getEast())];
      const bbox = [west, Math.max(box.getSouth(), -85), east, Math.min(box.getNorth(), 85)].map((edge) => edge.toFixed(4));
      const geojson = await fetchJson(`/api/v1/trails?bbox=${bbox}&minutes=${TRAILS_MINUTES}`);
      if (!geojson) return;
      const trails = geojson.features.map((leg) => ({ points: legPoints(leg) })).filter(({ points }) => points.length > 1);
      chart.send({ t: "trails", trails });
    };
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(load, 400);
    };
    chart.on("layers", soon);
    chart.map.on("moveend", soon);
    chart.undo.push(() => chart.map.off("moveend", soon), () => clearTimeout(timer));
    chart.every(TRAILS_AGAIN_MS, load);
    soon();
  }

  // zones

  function ringsOf(geometry) {
    switch (geometry && geometry.type) {
      case "Polygon": return geometry.coordinates;
      case "MultiPolygon": return geometry.coordinates.flat();
      case "LineString": return [geometry.coordinates];
      case "MultiLineString": return geometry.coordinates;
      case "GeometryCollection": return geometry.geometries.flatMap(ringsOf);
      default: return [];
    }
  }

  function ring(coordinates) {
    const x = new Float64Array(coordinates.length);
    const y = new Float64Array(coordinates.length);
    coordinates.forEach(([lon, lat], i) => ({ x: x[i], y: y[i] } = watchfloor.mercator(lat, lon)));
    return { x, y };
  }

  /** As written beside its line; a port needs none, the base map names it. */
  function zoneName({ name, kind, authority }) {
    if (kind === "port") return "";
    return /approximate/.test(authority || "") && !/approximate/.test(name) ? `${name} (approximate)` : name;
  }

  function zones(chart) {
    let timer = null;
    let wait = ZONES_AGAIN_MS;
    const load = async () => {
      clearTimeout(timer);
      const geojson = await fetchJson("/api/v1/zones");
      if (!geojson) {
        timer = setTimeout(load, wait);
        wait = Math.min(wait * 2, 20 * ZONES_AGAIN_MS);
        return;
      }
      wait = ZONES_AGAIN_MS;
      const shapes = (geojson.features || []).map(({ geometry, properties: p }) => ({
        name: zoneName(p),
        kind: p.kind, rings: ringsOf(geometry).map(ring),
      }));
      chart.send({ t: "zones", zones: shapes });
    };
    chart.undo.push(watchfloor.stream.on("notice", ({ topic }) => {
      if (topic === "zones") load();
    }), () => clearTimeout(timer));
    load();
  }

  watchfloor.chartParts.push((chart) => {
    layerChips(chart);
    viewInAddress(chart);
    selectedTrail(chart);
    allTrails(chart);
    zones(chart);
  });
})();
