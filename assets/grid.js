// Functions that the grids name: the content security policy allows no expressions in strings.
(function () {
  "use strict";
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});

  /** Style of a feed's state: its mark and words are in the text, the colour only repeats them. */
  functions.stateClass = function (params) {
    const state = String(params.value || "").split(" ")[1];
    return { live: "ok", late: "caution", partial: "caution", dead: "danger" }[state] || "muted";
  };
})();
