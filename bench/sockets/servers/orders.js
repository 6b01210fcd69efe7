/* What all JavaScript peers share: the payload, and orders from the load side, one per line on stdin. */
"use strict";
const readline = require("readline");

exports.payload = number => ({ number, title: "新的待办", text: "MARK" + "x".repeat(180), at: "2026-11-23T01:00:00Z" });

exports.orders = (server, { burst, person }) => {
  server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => console.log("ready " + server.address().port));
  readline.createInterface({ input: process.stdin }).on("line", async line => {
    const [order, first, last] = line.split(" ");
    if (order === "burst") burst(Number(first));
    else if (order === "persons") {
      for (let at = Number(first); at < Number(last); at++) {
        person(at);
        if (at % 100 === 99) await new Promise(setImmediate);
      }
    } else process.exit(0);
  }).on("close", () => process.exit(0));
};
