// Which display this is, before anything is drawn: a desk, or a wall sized by who must read it from where.
(function () {
  "use strict";
  const watchfloor = (window.watchfloor = window.watchfloor || {});
  watchfloor.mode = window.location.pathname.replace(/\/+$/, "") === "/wall" ? "wall" : "desk";

  // Cap height of the font as a share of its size (Inter, OS/2 table: 1490 of 2048 units).
  const CAP_HEIGHT = 0.727;
  // 20 arc-minutes at the farthest viewer: cap height = distance x 0.0058.
  const TWENTY_ARC_MINUTES = 0.0058;

  /** The text size in CSS pixels for a viewer `distance` metres from a panel `width` millimetres wide. */
  watchfloor.wallTextSize = function (distance, width, pixels) {
    return (distance * 1000 * TWENTY_ARC_MINUTES * (pixels / width)) / CAP_HEIGHT;
  };

  /** Settings of this installation and this display, read once the shell is there; null before. */
  watchfloor.config = function () {
    const element = document.getElementById("config");
    if (!element) return null;
    const config = JSON.parse(element.dataset.config);
    config.mode = watchfloor.mode;
    config.scale = watchfloor.scale || 1;
    return config;
  };

  function sizeWall(config) {
    const query = new URLSearchParams(window.location.search);
    const told = (name, lowest, highest, otherwise) => {
      const value = Number.parseFloat(query.get(name));
      return value >= lowest && value <= highest ? value : otherwise;
    };
    const distance = told("distance", 0.5, 30, config.wall_distance_m);
    const width = told("width", 200, 20000, config.wall_panel_width_mm);
    const size = watchfloor.wallTextSize(distance, width, window.innerWidth);
    document.documentElement.style.fontSize = size.toFixed(1) + "px";
    watchfloor.scale = size / 16;
  }

  if (watchfloor.mode === "wall") {
    document.documentElement.classList.add("wall");
    document.addEventListener("DOMContentLoaded", function () {
      const root = document.getElementById("react-entry-point");
      if (root) root.inert = true; // nobody has a hand on a wall: no focus, no pointer, no cursor
    });
    const wait = new MutationObserver(function () {
      const config = watchfloor.config();
      if (!config) return;
      wait.disconnect();
      sizeWall(config);
      window.addEventListener("resize", function () {
        sizeWall(config);
        window.dispatchEvent(new CustomEvent("watchfloor:scale"));
      });
    });
    wait.observe(document.documentElement, { childList: true, subtree: true });
  }
})();
