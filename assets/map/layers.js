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
    if (Math.abs(lat) <= 85 && Number.isFinite(lon)) {
      chart.map.setView([lat, lon], zoom >= 0 && zoom <= 20 ? zoom : chart.map.getZoom(), { animate: false });
    }
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

  function point(lon, lat, at) {
    const { x, y } = watchfloor.mercator(lat, lon);
    return [x, y, typeof at === "number" ? at : Date.parse(at) / 1000];
  }

  /** Points [x, y, t] of a track's history that moved it: late and implausible ones stay on record only. */
  function trailPoints({ properties: p }) {
    const points = [];
    for (let i = 0; i < p.lon.length; i++) {
      if (!p.late[i] && !p.implausible[i]) points.push(point(p.lon[i], p.lat[i], p.observed_at[i]));
    }
    return points;
  }

  function selectedTrail(chart) {
    const load = async () => {
      const id = chart.selected;
      if (id === null) return;
      const asked = Number(new URLSearchParams(location.search).get("hours")) || MOST_TRAIL_HOURS;
      const end = watchfloor.serverNow();
      const points = [];
      let from = new Date((end - Math.min(asked, MOST_TRAIL_HOURS) * 3600) * 1000).toISOString();
      const to = new Date(end * 1000).toISOString();
      for (let page = 0; from && page < MOST_TRAIL_PAGES; page++) {
        const geojson = await fetchJson(`/api/v1/tracks/${id}/history?from=${from}&to=${to}&limit=5000`);
        if (!geojson || id !== chart.selected) break;
        points.push(...trailPoints(geojson));
        from = geojson.properties.next;
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
      const answer = await fetchJson(`/api/v1/trails?bbox=${bbox}&minutes=${TRAILS_MINUTES}`);
      if (!answer) return;
      const trails = answer.trails.map((trail) => ({ points: trail.points.map(([lon, lat, at]) => point(lon, lat, at)) }));
      chart.send({ t: "trails", trails: trails.filter(({ points }) => points.length > 1) });
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
        name: /approximate/.test(p.authority || "") && !/approximate/.test(p.name) ? `${p.name} (approximate)` : p.name,
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
