// What the desk does by hand beside the map: selecting from lists, the search by keyboard, letting go.
(function () {
  "use strict";
  const watchfloor = (window.watchfloor = window.watchfloor || {});
  const props = (id, data) => window.dash_clientside.set_props(id, data);
  const results = () => Array.from(document.querySelectorAll("#search-results [role=option]"));

  function select(id) {
    if (watchfloor.select) watchfloor.select(id, { reveal: true });
    else props("selected-track", { data: id });
  }

  const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;

  /** Emptied as if by hand: a value set through Dash comes later, over what was typed meanwhile. */
  function closeSearch() {
    const input = document.getElementById("search");
    if (input && input.value) {
      setValue.call(input, "");
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }
    props("search-results", { children: [] });
    if (input) input.blur();
  }

  /** Dash puts the caret back a moment after each key, which under quick fingers is before the newest letter. */
  document.addEventListener("focusin", function ({ target }) {
    if (target.id === "search") target.setSelectionRange = () => {};
  });

  function choose(row) {
    if (row.dataset.track) select(Number(row.dataset.track));
    if (row.dataset.goto && watchfloor.goTo) watchfloor.goTo(...row.dataset.goto.split(",").map(Number));
    if (row.closest("#search-results")) closeSearch();
  }

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-deselect]")) return void select(null);
    const act = event.target.closest("[data-act]");
    if (act && act.dataset.act === "centre" && watchfloor.centreOnSelected) return void watchfloor.centreOnSelected();
    if (act && act.dataset.act === "measure" && watchfloor.measure) return void watchfloor.measure();
    const row = event.target.closest("button[data-track], button[data-goto]");
    if (row) choose(row);
  });

  document.addEventListener("keydown", function (event) {
    const input = document.getElementById("search");
    if (!input || watchfloor.mode === "wall") return;
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName) || document.activeElement.isContentEditable;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      input.focus();
      input.select();
      return;
    }
    if (document.activeElement !== input) return;
    const rows = results();
    const at = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = Math.min(rows.length - 1, Math.max(0, at + (event.key === "ArrowDown" ? 1 : -1)));
      rows.forEach((row, number) => row.setAttribute("aria-selected", String(number === next)));
      if (rows[next]) rows[next].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && rows.length) {
      choose(rows[Math.max(0, at)]);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      closeSearch();
    }
  }, true);
})();
