/* The hub's live session, for browsers (window.HubClient) and mini programs (require). Protocol: docs/live-protocol.md.
 *
 *   const client = new HubClient({
 *     url: "wss://hub.example/ws",
 *     ticket: () => post("/api/v1/me/ticket").then(answer => answer.ticket),
 *     onMessage: frame => show(frame.entry),       // each once, in order
 *     onReset: stream => loadTheInbox(),           // the history before this moment comes from the API
 *     onState: state => lamp.className = state,    // connecting, open, waiting, signed_out, outdated, stopped
 *   });
 *   client.start();
 *
 * One file without a build step, ES2017, no eval: it runs under a strict Content-Security-Policy. A page without it, or
 * without websocket, still works: what is pushed here is in the inbox API too.
 */
(function (root, make) {
  "use strict";
  if (typeof module === "object" && module.exports) module.exports = make();
  else root.HubClient = make();
})(typeof self !== "undefined" ? self : this, function () {
  "use strict";

  const VERSION = 1;
  const INBOX = "inbox";
  const FIRST_PAUSE = 1000, LONGEST_PAUSE = 30000;
  const CONNECT_WITHIN = 15000, PONG_WITHIN = 10000, PONG_ON_WAKE_WITHIN = 3000, COMMAND_WITHIN = 15000;
  const NOTE_AFTER = 300; // acknowledgements and positions are collected for so long
  const MOST_WAITING = 1000; // frames that a slow page has not dealt with yet
  const MOST_REFUSED = 3; // tickets in a row
  const CLOSE = { MOVED: 4001, NOT_SIGNED_IN: 4401, BEHIND: 4413 };

  // --- sockets: the two that exist, behind one face --------------------------------------------------------------------

  /* Both have onclose called exactly once, whatever went wrong. */
  function browserSocket(url) {
    const socket = new WebSocket(url);
    const face = { send: text => socket.send(text), close: () => socket.close(), onopen: null, onmessage: null, onclose: null };
    socket.onopen = () => face.onopen();
    socket.onmessage = event => face.onmessage(event.data);
    socket.onclose = event => face.onclose(event.code);
    return face;
  }

  function wxSocket(url) {
    let over = false, task = null;
    const face = { send: send, close: close, onopen: null, onmessage: null, onclose: null };
    function ended(code) {
      if (over) return;
      over = true;
      // Not before the caller has set its handlers.
      Promise.resolve().then(() => face.onclose(code));
    }
    function send(text) {
      task.send({ data: text, fail: () => ended(1006) });
    }
    function close() {
      // onClose may never come after the app was in the background.
      try { task.close({}); } catch (error) { /* it was dead already */ }
      ended(1000);
    }
    task = wx.connectSocket({ url: url, fail: () => ended(1006) });
    task.onOpen(() => face.onopen());
    task.onMessage(event => face.onmessage(event.data));
    task.onClose(event => ended((event && event.code) || 1006));
    task.onError(() => ended(1006));
    return face;
  }

  const inMiniProgram = () => typeof wx === "object" && wx !== null && typeof wx.connectSocket === "function";

  // --- storage: what survives --------------------------------------------------------------------------------------

  function memory() {
    const kept = {};
    return { get: key => (key in kept ? kept[key] : null), set: (key, text) => { kept[key] = text; } };
  }

  function guarded(get, set) {
    // Private windows and full disks throw; the session then simply starts from a snapshot.
    return {
      get: key => { try { return get(key) || null; } catch (error) { return null; } },
      set: (key, text) => { try { set(key, text); } catch (error) { /* see above */ } },
    };
  }

  function webStorage(name) {
    try {
      const storage = window[name];
      return guarded(key => storage.getItem(key), (key, text) => storage.setItem(key, text));
    } catch (error) {
      return memory();
    }
  }

  /* {positions, device}. Two tabs share localStorage: with their positions there, one tab would pass over what only the
   * other one has shown. */
  function defaultStorage() {
    if (inMiniProgram()) {
      const kept = guarded(key => wx.getStorageSync(key), (key, text) => wx.setStorageSync(key, text));
      return { positions: kept, device: kept };
    }
    if (typeof window === "object") return { positions: webStorage("sessionStorage"), device: webStorage("localStorage") };
    const kept = memory();
    return { positions: kept, device: kept };
  }

  function parsed(text, otherwise) {
    try { return JSON.parse(text) || otherwise; } catch (error) { return otherwise; }
  }

  function randomId() {
    let id = "";
    while (id.length < 16) id += Math.random().toString(36).slice(2);
    return id.slice(0, 16);
  }

  const nothing = () => undefined;

  class HubError extends Error {
    constructor(problem) {
      super(problem.message || problem.code);
      Object.assign(this, { code: problem.code, fields: problem.fields || {}, state: problem.state, requestId: problem.request_id });
    }
  }

  // --- the client ------------------------------------------------------------------------------------------------------

  class HubClient {
    /* options: url, ticket (required); onMessage, onReset, onState, onError; socket(url), storage {get, set}, random. */
    constructor(options) {
      this._options = options;
      this._connect = options.socket || (inMiniProgram() ? wxSocket : browserSocket);
      this._storage = options.storage ? { positions: options.storage, device: options.storage } : defaultStorage();
      this._random = options.random || Math.random;
      this._positions = parsed(this._storage.positions.get("hub.positions"), {});
      this._device = this._storage.device.get("hub.device") || randomId();
      this._storage.device.set("hub.device", this._device);
      this.state = "stopped";
      this._topics = {}; // name → listener
      this._commands = {}; // id → {resolve, reject, timer}
      this._toAcknowledge = {}; // stream → seq
      this._waiting = []; // frames that onMessage and onReset have not dealt with
      this._delivering = false;
      this._line = null; // the open connection
      this._attempts = this._refusals = this._lastCommand = 0;
      this._redial = this._moving = null; // timers
      this._retryAfter = null;
      this._wake = () => this.wake();
      this._left = () => this._note();
      this._seen = () => (document.hidden ? this._note() : this.wake());
    }

    start() {
      if (this.state !== "stopped" && this.state !== "signed_out") return this;
      this._attempts = this._refusals = 0;
      this._listenToTheDevice(true);
      this._dial();
      return this;
    }

    stop() {
      this._listenToTheDevice(false);
      this._end("stopped");
    }

    /* Tell a topic's messages to listener(frame); onReset(topic) says when to load anew. */
    subscribe(topic, listener) {
      this._topics[topic] = listener;
      if (this.state === "open") this._say({ t: "sub", topic: topic, since: this._positions[topic] || null });
    }

    unsubscribe(topic) {
      delete this._topics[topic];
      delete this._positions[topic];
      if (this.state === "open") this._say({ t: "unsub", topic: topic });
    }

    /* Run a plugin's command at a place; the promise is kept with its answer or broken with a HubError. */
    command(place, name, body) {
      if (this.state !== "open") return Promise.reject(new HubError({ code: "disconnected", message: "连接已断开，请稍后再试。" }));
      const id = String(++this._lastCommand);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => this._answered(id, { code: "timeout", message: "操作超时，请刷新后查看结果。" }), COMMAND_WITHIN);
        this._commands[id] = { resolve: resolve, reject: reject, timer: timer };
        this._say({ t: "cmd", id: id, place: place, name: name, body: body || {} });
      });
    }

    /* The app is in front again, or the network is back: find out at once whether the connection lives. */
    wake() {
      if (this.state === "waiting" && !this._patient) this._dial();
      else if (this.state === "open") this._ask(PONG_ON_WAKE_WITHIN);
    }

    // --- connecting ----------------------------------------------------------------------------------------------------

    _become(state) {
      if (this.state === state) return;
      this.state = state;
      this._tell("onState", state);
    }

    _dial() {
      clearTimeout(this._redial);
      clearTimeout(this._moving);
      this._moving = null;
      this._become("connecting");
      const attempt = this._attempt = {};
      Promise.resolve().then(() => this._options.ticket()).then(
        ticket => { if (this._attempt === attempt) this._open(ticket); },
        error => { if (this._attempt === attempt) this._noTicket(error); }
      );
    }

    _noTicket(error) {
      if (error && (error.signedOut || error.status === 401)) this._end("signed_out");
      else this._retry();
    }

    /* A connection of its own for each attempt: what a dead one says later is not heard. */
    _open(ticket) {
      const line = { socket: null, heardAt: Date.now() };
      try {
        line.socket = this._connect(this._options.url);
      } catch (error) {
        this._complain(error);
        if (!this._line) this._retry();
        return;
      }
      const late = setTimeout(() => this._lost(line, 1006), CONNECT_WITHIN);
      this._next = line;
      line.socket.onopen = () => line.socket.send(JSON.stringify(this._hello(ticket)));
      line.socket.onmessage = text => {
        clearTimeout(late);
        line.heardAt = Date.now();
        if (line === this._line || line === this._next) this._hear(line, parsed(text, {}));
      };
      line.socket.onclose = code => { clearTimeout(late); this._lost(line, code); };
    }

    _hello(ticket) {
      const resume = this._positions[INBOX] ? { [INBOX]: this._positions[INBOX] } : {};
      return { t: "hello", v: VERSION, ticket: ticket, device: this._device, resume: resume };
    }

    _welcomed(line, welcome) {
      const old = this._line;
      this._line = line;
      this._next = null;
      if (old) this._drop(old);
      this._attempts = this._refusals = 0;
      this._retryAfter = null;
      line.heartbeat = setInterval(() => this._ask(PONG_WITHIN), welcome.heartbeat * 1000);
      const here = welcome.streams[INBOX];
      // Without a position of our own the past comes as a snapshot, and the stream goes on behind the welcome.
      if (here && !this._positions[INBOX]) this._queue({ t: "reset", stream: INBOX, epoch: here.epoch, seq: here.seq });
      this._become("open");
      for (const topic of Object.keys(this._topics)) this._say({ t: "sub", topic: topic, since: this._positions[topic] || null });
    }

    /* The hub gave this client its moment and a ticket for it: it connects then, whether the old connection still stands. */
    _moveAfter(move) {
      clearTimeout(this._moving);
      this._moving = setTimeout(() => {
        this._moving = null;
        this._open(move.ticket);
      }, move.after_ms);
    }

    _lost(line, code) {
      if (!line) return;
      this._drop(line);
      if (line === this._next) this._next = null;
      else if (line === this._line) this._line = null;
      else return;
      // While moving to another node, losing either of the two is no loss yet.
      if (this._line || this._next) return;
      this._breakCommands();
      if (this._moving) this._become("waiting");
      else if (code === CLOSE.NOT_SIGNED_IN && ++this._refusals >= MOST_REFUSED) this._end("signed_out");
      else if (this.state !== "outdated") this._retry(code);
    }

    _drop(line) {
      clearInterval(line.heartbeat);
      clearTimeout(line.deadline);
      line.socket.onopen = line.socket.onmessage = line.socket.onclose = nothing;
      try { line.socket.close(); } catch (error) { /* it was closed already */ }
    }

    _retry(code) {
      this._become("waiting");
      this._redial = setTimeout(() => this._dial(), this._pause(code));
    }

    /* Milliseconds: what the hub asked for, else growing; never all clients at the same moment. */
    _pause(code) {
      const jitter = this._random();
      // What the hub asked for is not shortened by an app that comes to the front.
      this._patient = this._retryAfter !== null;
      if (this._patient) {
        const asked = this._retryAfter * 1000 * (1 + jitter / 5);
        this._retryAfter = null;
        return asked;
      }
      if (code === CLOSE.MOVED || code === CLOSE.BEHIND) return FIRST_PAUSE * jitter;
      return Math.min(LONGEST_PAUSE, FIRST_PAUSE * Math.pow(2, this._attempts++)) * (0.5 + jitter / 2);
    }

    _end(state) {
      clearTimeout(this._redial);
      clearTimeout(this._moving);
      this._attempt = this._moving = null;
      this._note();
      for (const line of [this._line, this._next]) if (line) this._drop(line);
      this._line = this._next = null;
      this._breakCommands();
      this._become(state);
    }

    // --- heartbeat -------------------------------------------------------------------------------------------------------

    /* A connection that says nothing for so long after a ping is dead, whatever its socket believes. */
    _ask(within) {
      const line = this._line;
      if (!line) return;
      const asked = Date.now();
      this._say({ t: "ping" });
      clearTimeout(line.deadline);
      line.deadline = setTimeout(() => { if (line.heardAt < asked) this._lost(line, 1006); }, within);
    }

    _listenToTheDevice(on) {
      if (inMiniProgram()) {
        for (const event of ["AppShow", "NetworkStatusChange"]) {
          const listen = (on ? "on" : "off") + event;
          if (wx[listen]) wx[listen](this._wake);
        }
      } else if (typeof document === "object") {
        const act = on ? "addEventListener" : "removeEventListener";
        document[act]("visibilitychange", this._seen);
        window[act]("pagehide", this._left);
        window[act]("online", this._wake);
      }
    }

    // --- hearing ---------------------------------------------------------------------------------------------------------

    _say(frame) {
      const line = this._line;
      if (!line) return;
      // A socket that is about to close throws; its end is heard by itself.
      try { line.socket.send(JSON.stringify(frame)); } catch (error) { this._lost(line, 1006); }
    }

    _hear(line, frame) {
      if (frame.t === "welcome") this._welcomed(line, frame);
      else if (frame.t === "msg" || frame.t === "reset") this._queue(frame);
      else if (frame.t === "joined") this._joined(frame);
      else if (frame.t === "reply") this._answered(frame.id, null, frame.body);
      else if (frame.t === "error") this._refused(frame);
      else if (frame.t === "move") this._moveAfter(frame);
    }

    _refused(frame) {
      const problem = frame.error;
      if (frame.id) return this._answered(frame.id, problem);
      if (problem.retry_after) this._retryAfter = problem.retry_after;
      if (problem.code === "unknown_version") this._end("outdated");
      return this._tell("onError", new HubError(problem));
    }

    _joined(frame) {
      const known = this._positions[frame.stream];
      if (!known || known.epoch !== frame.epoch) this._queue({ t: "reset", stream: frame.stream, epoch: frame.epoch, seq: frame.seq });
    }

    _answered(id, problem, body) {
      const command = this._commands[id];
      if (!command) return;
      delete this._commands[id];
      clearTimeout(command.timer);
      if (problem) command.reject(new HubError(problem));
      else command.resolve(body);
    }

    _breakCommands() {
      for (const id of Object.keys(this._commands)) this._answered(id, { code: "disconnected", message: "连接已断开，请刷新后查看结果。" });
    }

    // --- delivering: one after the other, also when the page takes its time ---------------------------------------------

    _queue(frame) {
      if (this._waiting.length >= MOST_WAITING) {
        // The hub has it all: come back for it when the page has caught up.
        this._lost(this._line, CLOSE.BEHIND);
        return;
      }
      this._waiting.push(frame);
      if (!this._delivering) this._deliver();
    }

    async _deliver() {
      this._delivering = true;
      while (this._waiting.length && this.state !== "stopped") {
        const frame = this._waiting[0];
        const handled = frame.t === "reset" ? this._reset(frame) : this._message(frame);
        // A page that answers at once is not made to wait for a turn of the loop.
        if (handled) await handled;
        this._waiting.shift();
      }
      this._waiting.length = 0;
      this._delivering = false;
    }

    _message(frame) {
      const known = this._positions[frame.stream];
      if (!known || frame.seq <= known.seq) return null;
      if (frame.stream === INBOX && frame.seq > known.seq + 1) return this._gap(known);
      const listener = frame.stream === INBOX ? "onMessage" : this._topics[frame.stream];
      const handled = this._tell(listener, frame);
      return handled ? handled.then(() => this._has(frame), () => this._has(frame)) : this._has(frame);
    }

    /* Cannot be, so it is worth asking once: the answer begins where we stand. */
    _gap(known) {
      if (known.asked === known.seq) return;
      known.asked = known.seq;
      this._say({ t: "resume", stream: INBOX, epoch: known.epoch, seq: known.seq });
    }

    _has(frame) {
      const known = this._positions[frame.stream];
      // Unsubscribed while it was being shown.
      if (!known) return;
      known.seq = frame.seq;
      if (frame.stream === INBOX) this._toAcknowledge[INBOX] = frame.seq;
      if (!this._noting) this._noting = setTimeout(() => this._note(), NOTE_AFTER);
    }

    /* The position counts once the page has its snapshot; if it cannot get one, everything starts again. */
    _reset(frame) {
      const taken = () => {
        this._positions[frame.stream] = { epoch: frame.epoch, seq: frame.seq };
        if (frame.stream === INBOX) this._toAcknowledge[INBOX] = frame.seq;
        this._note();
      };
      delete this._positions[frame.stream];
      const handled = this._tell("onReset", frame.stream, true);
      return handled ? handled.then(taken, () => this._lost(this._line, 1006)) : taken();
    }

    /* Remember the positions, and let the hub know what this device has. */
    _note() {
      clearTimeout(this._noting);
      this._noting = null;
      const kept = {};
      for (const stream of Object.keys(this._positions)) {
        kept[stream] = { epoch: this._positions[stream].epoch, seq: this._positions[stream].seq };
      }
      this._storage.positions.set("hub.positions", JSON.stringify(kept));
      if (this.state !== "open") return;
      for (const stream of Object.keys(this._toAcknowledge)) this._say({ t: "ack", stream: stream, seq: this._toAcknowledge[stream] });
      this._toAcknowledge = {};
    }

    /* Call the page. Its mistakes are its own: they must not stop the stream. Returns a promise only if it did. */
    _tell(listener, argument, failureCounts) {
      const call = typeof listener === "string" ? this._options[listener] : listener;
      if (!call) return null;
      let answer = null;
      try {
        answer = call(argument);
      } catch (error) {
        this._complain(error);
        return failureCounts ? Promise.reject(error) : null;
      }
      if (!answer || typeof answer.then !== "function") return null;
      return answer.then(nothing, error => {
        this._complain(error);
        if (failureCounts) throw error;
      });
    }

    _complain(error) {
      if (typeof console === "object") console.error("HubClient: the page failed on a message", error);
    }
  }

  HubClient.HubError = HubError;
  return HubClient;
});
