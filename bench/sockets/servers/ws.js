/* Peer: `ws` 8, the plain library: a Map from person to socket, the payload encoded once per message. */
"use strict";
const http = require("http");
const { WebSocketServer } = require("ws");
const { orders, payload } = require("./orders.js");

const server = http.createServer();
const sockets = new WebSocketServer({ server, path: "/ws", perMessageDeflate: false });
const persons = new Map();

sockets.on("connection", (socket, request) => {
  const person = new URL(request.url, "http://x").searchParams.get("person");
  persons.set(person, socket);
  socket.on("close", () => persons.delete(person));
  socket.on("error", () => {});
});

orders(server, {
  burst: count => {
    for (let at = 0; at < count; at++) {
      const text = JSON.stringify(payload(at));
      for (const socket of sockets.clients) socket.send(text);
    }
  },
  person: at => persons.get(String(at)).send(JSON.stringify(payload(at))),
});
