/* hub-client.js in a mini program, driven by a test: one JSON per line on stdin and stdout. */
"use strict";
const readline = require("readline");
const device = require("./wx.js");

global.wx = device.wx;
const HubClient = require("../../../hub/static/hub-client.js");

const [url, kept, ...flags] = process.argv.slice(2);
Object.assign(device.storage, JSON.parse(kept));
const tell = event => process.stdout.write(JSON.stringify(event) + "\n");
let ticketWanted = null;
let snapshotWanted = null;

const client = new HubClient({
  url,
  ticket: () => new Promise((resolve, reject) => { ticketWanted = { resolve, reject }; tell({ ask: "ticket", at: performance.now() }); }),
  onMessage: frame => {
    tell({ heard: frame.seq });
    if (flags.includes("failing")) throw new Error("the page is broken");
    return flags.includes("slow") ? new Promise(done => setTimeout(done, 1)) : undefined;
  },
  onReset: stream => {
    tell({ reset: stream });
    if (flags.includes("snapshots")) return new Promise((resolve, reject) => { snapshotWanted = { resolve, reject }; });
  },
  onState: state => tell({ state }),
  onError: error => tell({ error: error.code, at: performance.now() }),
  // Pauses as short as jitter makes them.
  random: () => 0,
});

const orders = {
  ticket: ticket => ticketWanted.resolve(ticket),
  refuse: error => ticketWanted.reject(error),
  snapshot: good => (good ? snapshotWanted.resolve() : snapshotWanted.reject(new Error("no snapshot"))),
  cut: device.cut,
  suspend: device.suspend,
  show: device.show,
  stop: () => client.stop(),
  start: () => client.start(),
  storage: () => tell({ storage: device.storage }),
  subscribe: topic => client.subscribe(topic, frame => tell({ topic: frame.body, seq: frame.seq })),
  unsubscribe: topic => client.unsubscribe(topic),
  command: ([place, name, body]) => client.command(place, name, body).then(
    answer => tell({ answer }), error => tell({ broken: error.code, state: error.state, message: error.message })),
};

if (flags.includes("failing")) console.error = () => {};
readline.createInterface({ input: process.stdin }).on("line", line => {
  const [order, argument] = JSON.parse(line);
  orders[order](argument);
}).on("close", () => process.exit(0));
client.start();
