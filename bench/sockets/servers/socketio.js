/* Peer: Socket.IO 4, a room per person; with a Redis URL as argument, through its redis-streams adapter. */
"use strict";
const http = require("http");
const { Server } = require("socket.io");
const { orders, payload } = require("./orders.js");

async function start(redisUrl) {
  const server = http.createServer();
  const options = { transports: ["websocket"], perMessageDeflate: false, serveClient: false, pingInterval: 300000 };
  if (redisUrl) {
    const { createClient } = require("redis");
    const { createAdapter } = require("@socket.io/redis-streams-adapter");
    const client = createClient({ url: redisUrl });
    await client.connect();
    options.adapter = createAdapter(client);
  }
  const io = new Server(server, options);
  io.on("connection", socket => socket.join("p" + socket.handshake.auth.person));
  orders(server, {
    burst: count => { for (let at = 0; at < count; at++) io.emit("msg", payload(at)); },
    person: at => io.to("p" + at).emit("msg", payload(at)),
  });
}

start(process.argv[2]);
