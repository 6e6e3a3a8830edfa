/* The live stream of this page: frames to the map's worker, clocks, feeds and notices to the page.
 *
 * One WebSocket to /stream that reconnects for ever; a gap in the sequence asks for a full frame. Where WebSockets
 * do not get through, the same frames are fetched from /api/v1/picture. */
"use strict";

(() => {
  const watchfloor = (window.watchfloor = window.watchfloor || {});

  const FIRST_WAIT_MS = 500;
  const LONGEST_WAIT_MS = 15000;
  const SILENCE_MS = 15000; // the server says its clock every second: so long a silence is a dead line
  const FAILURES_BEFORE_POLLING = 3;
  const POLL_MS = 2000;
  const HEAD_BYTES = 48;
  const FORGET_MS = 60000;

  let socket = null;
  let failures = 0;
  let heardAt = 0; // performance.now() of the last message
  let have = 0; // sequence number that the worker's picture is complete to
  let picture = 0; // which picture database that number is of
  let consumer = null;
  let asking = false; // a full frame is asked for and under way
  let polling = null;
  const listeners = { clock: [], frame: [], link: [], notice: [] };

  /** Sets properties of a Dash component; waits for Dash, and gives up on components that never come. */
  const untold = new Map();
  let telling = null;
  watchfloor.tell = (id, properties) => {
    untold.set(id, { properties: { ...(untold.get(id) || {}).properties, ...properties }, tries: 0 });
    tellNow();
  };

  function tellNow() {
    clearTimeout(telling);
    for (const [id, what] of [...untold]) {
      try {
        window.dash_clientside.set_props(id, what.properties);
        untold.delete(id);
      } catch (error) { // no such component yet, or no Dash yet
        if (++what.tries > 40) untold.delete(id);
      }
    }
    if (untold.size) telling = setTimeout(tellNow, 500);
  }

  /** Dash keeps every property set from here for an undo that nobody is offered: on a desk that is never closed its
   * list would grow for ever, and is copied whole each time. */
  function forgetUndo() {
    for (const store of window.dash_stores || []) {
      const { history } = store.getState();
      if (history && history.past) history.past.length = 0;
    }
  }

  function emit(name, value) {
    for (const listener of listeners[name]) listener(value);
  }

  function address() {
    return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/stream`;
  }

  function connect() {
    const mine = new WebSocket(address());
    let spoke = false;
    socket = mine;
    mine.binaryType = "arraybuffer";
    mine.onopen = () => mine.send(JSON.stringify({ t: "hello", since: consumer ? have : 0, picture }));
    mine.onmessage = ({ data }) => {
      if (!spoke) {
        spoke = true;
        failures = 0;
        asking = false;
        stopPolling();
        emit("link", true);
      }
      heardAt = performance.now();
      if (typeof data === "string") hearText(JSON.parse(data));
      else hearFrame(data);
    };
    mine.onclose = () => {
      if (socket !== mine) return;
      socket = null;
      if (!spoke) failures++;
      emit("link", false);
      if (failures >= FAILURES_BEFORE_POLLING) startPolling();
      setTimeout(connect, waitBeforeRetry());
    };
  }

  /** Doubling with jitter, so that a restarted server is not met by all screens at once. */
  function waitBeforeRetry() {
    const wait = Math.min(FIRST_WAIT_MS * 2 ** Math.min(failures, 8), LONGEST_WAIT_MS);
    return wait * (0.5 + Math.random() / 2);
  }

  function hearText(message) {
    if (message.t === "clock") {
      emit("clock", message);
    } else if (message.t === "notice") {
      watchfloor.tell(`notice-${message.topic}`, { data: message.seq });
      emit("notice", message);
    }
  }

  /** Hands a frame to the worker when it follows on what the worker has; else asks for a full one. */
  function hearFrame(buffer) {
    if (!consumer || buffer.byteLength < HEAD_BYTES) return;
    const head = new DataView(buffer);
    const full = head.getUint8(4) === 0;
    const of = head.getUint32(44, true);
    if (!full && (head.getUint32(8, true) !== have || of !== picture)) {
      askForFull();
      return;
    }
    if (full) asking = false;
    picture = of;
    have = head.getUint32(12, true);
    emit("frame", { now: head.getFloat64(16, true), picture_at: head.getFloat64(24, true) });
    consumer(buffer);
  }

  function askForFull() {
    have = 0;
    if (asking || !socket || socket.readyState !== WebSocket.OPEN) return;
    asking = true;
    socket.send(JSON.stringify({ t: "full" }));
  }

  function startPolling() {
    if (polling) return;
    polling = true;
    poll();
  }

  function stopPolling() {
    clearTimeout(polling);
    polling = null;
  }

  async function poll() {
    try {
      const answer = await fetch(`/api/v1/picture?since=${have}&picture=${picture}`, {
        headers: { Accept: "application/octet-stream" }, cache: "no-store",
      });
      if (answer.ok && polling) {
        const buffer = await answer.arrayBuffer();
        heardAt = performance.now();
        hearFrame(buffer);
      }
    } catch (error) { // the server is away: the clock on screen says so, the next poll may find it
    }
    if (polling) polling = setTimeout(poll, POLL_MS);
  }

  /** A line that is open but silent is closed, so that it is opened anew. */
  function watchLine() {
    if (socket && socket.readyState === WebSocket.OPEN && heardAt && performance.now() - heardAt > SILENCE_MS) {
      heardAt = performance.now();
      socket.close();
      socket.onclose();
    }
  }

  watchfloor.stream = {
    /** `deliver(buffer)` gets every frame from now on, beginning with a full one. */
    attach(deliver) {
      consumer = deliver;
      askForFull();
    },
    /** Calls `listener` on every "clock", "frame", "link" or "notice"; gives back what undoes that. */
    on(name, listener) {
      listeners[name].push(listener);
      return () => { listeners[name] = listeners[name].filter((other) => other !== listener); };
    },
    seq: () => have,
    polling: () => polling !== null,
  };

  function start() {
    connect();
    setInterval(watchLine, 1000);
    setInterval(forgetUndo, FORGET_MS);
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
