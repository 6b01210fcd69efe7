/* A stand-in for WeChat's `wx`, as far as hub-client.js uses it, over real sockets: node's net and RFC 6455 by hand.
 *
 * As on a phone: five sockets at most, data as text, a suspended app hears nothing, and its sockets die without onClose.
 */
"use strict";
const crypto = require("crypto");
const net = require("net");

const MOST_SOCKETS = 5;
const storage = {};
const shown = new Set();
let open = [];

function connectSocket({ url, fail }) {
  const task = new SocketTask(new URL(url));
  if (open.length >= MOST_SOCKETS) setTimeout(() => fail({ errMsg: "connectSocket:fail exceed max task count" }), 0);
  else task.dial();
  return task;
}

class SocketTask {
  constructor(url) {
    this.url = url;
    this.heard = { open: () => {}, message: () => {}, close: () => {}, error: () => {} };
    this.buffer = Buffer.alloc(0);
    this.upgraded = this.over = this.suspended = false;
  }

  onOpen(call) { this.heard.open = call; }
  onMessage(call) { this.heard.message = call; }
  onClose(call) { this.heard.close = call; }
  onError(call) { this.heard.error = call; }

  dial() {
    open.push(this);
    this.socket = net.connect({ host: this.url.hostname, port: Number(this.url.port) });
    this.socket.on("connect", () => this.socket.write(this.upgrade()));
    this.socket.on("data", data => this.take(data));
    this.socket.on("error", () => this.suspended || this.heard.error({ errMsg: "net" }));
    this.socket.on("close", () => this.end(1006));
  }

  upgrade() {
    const key = crypto.randomBytes(16).toString("base64");
    return `GET ${this.url.pathname} HTTP/1.1\r\nHost: ${this.url.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n` +
      "Referer: https://servicewechat.com/wx0000000000000000/1/page-frame.html\r\n\r\n";
  }

  send({ data, fail }) {
    if (this.over || !this.upgraded) return fail && fail({ errMsg: "sendSocketMessage:fail" });
    this.write(1, Buffer.from(data));
  }

  close() {
    if (this.over) return;
    this.write(8, Buffer.from([3, 232]));
    this.socket.end();
    this.end(1000);
  }

  write(opcode, payload) {
    const mask = crypto.randomBytes(4);
    const size = payload.length;
    const head = size < 126 ? Buffer.from([0x80 | opcode, 0x80 | size]) : Buffer.from([0x80 | opcode, 0xfe, size >> 8, size & 255]);
    this.socket.write(Buffer.concat([head, mask, payload.map((byte, at) => byte ^ mask[at & 3])]));
  }

  take(data) {
    if (this.suspended) return;
    this.buffer = Buffer.concat([this.buffer, data]);
    if (!this.upgraded) {
      const end = this.buffer.indexOf("\r\n\r\n");
      if (end < 0) return;
      if (!this.buffer.toString("latin1").startsWith("HTTP/1.1 101")) return this.socket.destroy();
      this.buffer = this.buffer.subarray(end + 4);
      this.upgraded = true;
      this.heard.open({});
    }
    while (this.frame());
  }

  frame() {
    const bytes = this.buffer;
    if (bytes.length < 2) return false;
    let size = bytes[1] & 127, at = 2;
    if (size === 126) { if (bytes.length < 4) return false; size = bytes.readUInt16BE(2); at = 4; }
    else if (size === 127) { if (bytes.length < 10) return false; size = Number(bytes.readBigUInt64BE(2)); at = 10; }
    if (bytes.length < at + size) return false;
    const payload = bytes.subarray(at, at + size);
    this.buffer = bytes.subarray(at + size);
    const opcode = bytes[0] & 15;
    if (opcode === 1) this.heard.message({ data: payload.toString() });
    else if (opcode === 8) this.end(size >= 2 ? payload.readUInt16BE(0) : 1005);
    else if (opcode === 9) this.write(10, payload);
    return true;
  }

  end(code) {
    if (this.over) return;
    this.over = true;
    open = open.filter(task => task !== this);
    this.socket.destroy();
    // A suspended app never hears of it.
    if (!this.suspended) this.heard.close({ code });
  }
}

module.exports = {
  wx: {
    connectSocket,
    getStorageSync: key => (key in storage ? storage[key] : ""),
    setStorageSync: (key, data) => { storage[key] = data; },
    onAppShow: call => shown.add(call),
    offAppShow: call => shown.delete(call),
  },
  storage,
  /* A tunnel. */
  cut: () => open.slice().forEach(task => task.socket.destroy()),
  /* The app goes to the background: its sockets die and nobody is told. */
  suspend: () => open.slice().forEach(task => { task.suspended = true; task.socket.destroy(); task.end(1006); }),
  /* And comes back. */
  show: () => shown.forEach(call => call({ scene: 1001 })),
};
