/* What says how fresh the screen is: both clocks, the feed strip, ages that tick, PICTURE FROZEN.
 *
 * All times come from the server's clock, carried forward by this page's steady clock, so that a wrong clock in
 * the computer at the desk changes nothing. */
"use strict";

(() => {
  const watchfloor = (window.watchfloor = window.watchfloor || {});

  const FROZEN_AFTER_S = 10;
  const MOST_ENTRIES = 5; // more feeds than this are grouped by family
  const WORST_FIRST = ["dead", "late", "partial", "starting", "paused", "live"];
  const MARK = { live: "●", late: "▲", partial: "◐", dead: "■", paused: "‖", starting: "○" };

  const opened = performance.now() / 1000;
  let serverOffset = null; // server's epoch seconds less performance.now()
  let heardAt = null; // seconds of performance.now() of the newest message
  let pictureAt = 0; // epoch seconds of the newest tick in the picture
  let feeds = [];
  let why = ""; // what is wrong though the picture may be live, in plain words
  const stateOf = new Map(); // entry name -> state last announced

  /** Epoch seconds by the server's clock. */
  watchfloor.serverNow = () => (serverOffset === null ? Date.now() / 1000 : performance.now() / 1000 + serverOffset);

  const byId = (id) => document.getElementById(id);

  function write(element, text) {
    if (element && element.textContent !== text) element.textContent = text;
  }

  watchfloor.announce = (text) => write(byId("announce"), text);

  function hear(message) {
    heardAt = performance.now() / 1000;
    const offset = message.now - heardAt;
    if (serverOffset === null || Math.abs(offset - serverOffset) > 0.25) serverOffset = offset;
    if (message.picture_at) pictureAt = Math.max(pictureAt, message.picture_at);
    if (message.t === "clock") hearWhy(message.why || "");
    if (message.feeds) feeds = message.feeds;
    else if (message.last) feeds.forEach((feed, index) => { feed.last = message.last[index]; }); // in their order
  }

  /** Said once when it comes, once when it is over; the numbers in it change each second. */
  function hearWhy(words) {
    if (Boolean(words) !== Boolean(why)) watchfloor.announce(words || "History is written again");
    why = words;
  }

  // clocks

  const formats = new Map();

  function format(zone, options) {
    const key = zone + JSON.stringify(options);
    if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }));
    return formats.get(key);
  }

  const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const zoneNames = new Map();

  /** "NZDT": the abbreviation that some English-speaking country uses for the zone, else its offset. */
  function zoneName(zone, at) {
    const key = `${zone}${Math.floor(at / 3600000)}`;
    if (!zoneNames.has(key)) {
      zoneNames.clear();
      const names = ["en-NZ", "en-AU", "en-GB", "en-US", "en-CA", "en-ZA", "en-IN"].map((locale) =>
        new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: "short" }).formatToParts(at)
          .find((part) => part.type === "timeZoneName").value);
      zoneNames.set(key, names.find((name) => !/^(GMT|UTC)[+-]/.test(name)) || names[0]);
    }
    return zoneNames.get(key);
  }

  function tickClocks() {
    if (serverOffset === null) return;
    const at = watchfloor.serverNow() * 1000;
    const zone = ((watchfloor.config && watchfloor.config()) || {}).timezone || "UTC";
    const day = format("UTC", { weekday: "short", day: "numeric", month: "short" }).format(at).replace(",", "");
    write(byId("clock-utc"), format("UTC", { ...CLOCK, second: "2-digit" }).format(at));
    write(byId("clock-utc-date"), `UTC · ${day}`);
    write(byId("clock-local"), format(zone, CLOCK).format(at));
    write(byId("clock-local-date"), `${zoneName(zone, at)} · ${format(zone, { weekday: "short" }).format(at)}`);
  }

  // ages

  /** A span of seconds in the fewest words: "6 s", "4 min", "3 h 20 min", "2 d 4 h". */
  function span(seconds) {
    const s = Math.max(0, Math.floor(seconds));
    if (s < 60) return `${s} s`;
    if (s < 3600) return `${Math.floor(s / 60)} min`;
    if (s < 86400) return [`${Math.floor(s / 3600)} h`, s % 3600 >= 60 ? ` ${Math.floor((s % 3600) / 60)} min` : ""].join("");
    return [`${Math.floor(s / 86400)} d`, s % 86400 >= 3600 ? ` ${Math.floor((s % 86400) / 3600)} h` : ""].join("");
  }
  watchfloor.span = span;

  function tickAges() {
    const now = watchfloor.serverNow();
    for (const element of document.querySelectorAll("[data-age-since]")) {
      const since = Number(element.dataset.ageSince);
      if (since > 0) write(element, `${span(now - since)} ago`);
    }
  }

  // feeds

  const zulu = (epoch, length) => `${new Date(epoch * 1000).toISOString().slice(11, 11 + length)}Z`;

  /** One entry per feed; per family, in its worst state, when there are too many to read. */
  function entries() {
    if (feeds.length <= MOST_ENTRIES) return [...feeds];
    const families = new Map();
    for (const feed of feeds) {
      if (!families.has(feed.family)) families.set(feed.family, []);
      families.get(feed.family).push(feed);
    }
    return [...families].map(([name, members]) => together(name, members));
  }

  function together(name, members) {
    if (members.length === 1) return { ...members[0], name };
    const worst = WORST_FIRST.find((state) => members.some((feed) => feed.state === state)) || "live";
    const hearing = (feed) => (feed.state === "live" ? Math.max(feed.heard, 1) : feed.state === "partial" ? feed.heard : 0);
    const lasts = members.map((feed) => feed.last).filter(Boolean);
    const troubled = members.filter((feed) => feed.state !== "live");
    const allBad = troubled.length === members.length;
    return {
      name, state: allBad || worst === "live" ? worst : "partial", last: lasts.length ? Math.max(...lasts) : null,
      heard: members.reduce((sum, feed) => sum + hearing(feed), 0),
      expected: members.reduce((sum, feed) => sum + Math.max(feed.expected || 0, 1), 0),
      why: troubled.map((feed) => `${feed.name}: ${feed.state}${feed.why ? ` (${feed.why})` : ""}`).join("\n"),
    };
  }

  /** What stands beside the name. */
  function words(feed, now) {
    if (feed.trouble) return feed.trouble;
    const receivers = feed.expected > 1 ? ` · ${feed.heard}/${feed.expected}` : "";
    const age = feed.last ? span(now - feed.last) : "";
    switch (feed.state) {
      case "late": return ["late", age].filter(Boolean).join(" ");
      case "dead": return feed.last ? `dead since ${zulu(feed.last, 5)}` : "dead, nothing heard yet";
      case "paused": return "paused";
      case "starting": return "starting";
      case "partial": return `${age}${receivers || ` · ${feed.heard}/${feed.expected}`}`;
      default: return `${age}${receivers}`;
    }
  }

  function entryElement(strip, name) {
    for (const child of strip.children) if (child.dataset.feed === name) return child;
    const entry = document.createElement("span");
    entry.dataset.feed = name;
    for (const [tag, className] of [["span", "mark"], ["b", ""], ["span", "words"]]) {
      const part = document.createElement(tag);
      if (className) part.className = className;
      entry.appendChild(part);
    }
    entry.firstChild.setAttribute("aria-hidden", "true");
    return entry;
  }

  function tickFeeds() {
    const strip = byId("feed-strip");
    if (!strip) return;
    const now = watchfloor.serverNow();
    const wanted = entries();
    if (why) wanted.unshift({ name: "", state: "late", trouble: why, why });
    wanted.forEach((feed, index) => {
      const entry = entryElement(strip, feed.name);
      if (strip.children[index] !== entry) strip.insertBefore(entry, strip.children[index] || null);
      const state = MARK[feed.state] ? feed.state : "starting";
      if (entry.className !== `feed feed-${state}`) entry.className = `feed feed-${state}`;
      write(entry.children[0], MARK[state]);
      write(entry.children[1], feed.name);
      write(entry.children[2], words(feed, now));
      if (entry.title !== (feed.why || "")) entry.title = feed.why || "";
      if (!feed.trouble) sayOnce(feed, state, now);
    });
    while (strip.children.length > wanted.length) strip.lastChild.remove();
  }

  /** A feed that goes is said once, and once when it is back. */
  function sayOnce(feed, state, now) {
    const before = stateOf.get(feed.name);
    stateOf.set(feed.name, state);
    if (before === undefined || before === state) return;
    const bad = (what) => what === "late" || what === "dead";
    if (bad(state)) watchfloor.announce(`${feed.name} ${words(feed, now)}`);
    else if (bad(before)) watchfloor.announce(`${feed.name} is back`);
  }

  // frozen

  /** Since when the picture stands still, in epoch seconds; null while it lives, 0 when there was none yet. */
  function frozenSince() {
    const steady = performance.now() / 1000;
    const silent = steady - (heardAt === null ? opened : heardAt);
    const now = watchfloor.serverNow();
    if (silent > FROZEN_AFTER_S) return pictureAt || (heardAt === null ? 0 : now - silent);
    if (pictureAt && now - pictureAt > FROZEN_AFTER_S) return pictureAt;
    return !pictureAt && steady - opened > FROZEN_AFTER_S ? 0 : null;
  }

  function tickFrozen() {
    const overlay = byId("frozen");
    if (!overlay) return;
    const since = frozenSince();
    const on = since !== null;
    if (overlay.dataset.on === String(on)) {
      if (!on) return;
    } else {
      overlay.dataset.on = String(on);
      document.documentElement.classList.toggle("picture-frozen", on);
      if (!on) overlay.replaceChildren();
    }
    if (!on) return;
    if (!overlay.firstElementChild) overlay.appendChild(document.createElement("div")).className = "text";
    const text = since ? `PICTURE FROZEN since ${zulu(since, 8)}` : "PICTURE FROZEN · nothing received yet";
    write(overlay.firstElementChild, text);
  }

  function tick() {
    tickClocks();
    tickFrozen();
    setTimeout(tick, 1000 - ((watchfloor.serverNow() * 1000) % 1000) + 5); // just after the second turns
  }

  function tickSlowly() {
    tickAges();
    tickFeeds();
  }

  watchfloor.chartStatus = { frozenSince };
  const start = () => {
    watchfloor.stream.on("clock", (message) => {
      hear(message);
      tickFeeds();
    });
    watchfloor.stream.on("frame", hear);
    tick();
    setInterval(tickSlowly, 1000);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
