/* What the scripts of 无网络时填写 share: the templates of offline.html as pieces, and what the fields of the form are. ES2017, no eval. */
(function (root) {
  "use strict";

  const said = document.currentScript.dataset;
  const bare = name => name.replace(/^form\./, "");
  const names = text => text.split(" ").map(bare).filter(Boolean);
  const all = (within, selector) => Array.prototype.slice.call(within.querySelectorAll(selector));
  const piece = id => document.importNode(document.getElementById(id).content, true);

  /* By name: those that must be filled in whatever the project, those of one entry a line, of a moment, of pictures. */
  const fields = {
    always: names(said.always),
    lines: names(said.lines),
    moments: names(said.moments),
    pictures: all(document.getElementById("filling").content, "[data-pictures]").map(each => bare(each.dataset.pictures)),
  };

  /* A line over the page; `kind` is a template: says, gone (the network), leads (to the sign-in). */
  function bar(kind, tone, text) {
    const made = piece(kind), line = made.querySelector(".bar");
    line.className = "bar " + tone;
    line.querySelector("span").textContent = text;
    return made;
  }

  /* Facts side by side in the place of those of the template. */
  function dots(within, facts) {
    const line = within.querySelector(".dots");
    line.textContent = "";
    facts.filter(Boolean).forEach(fact => { line.appendChild(document.createElement("span")).textContent = fact; });
  }

  /* A version 7 UUID, as the hub makes them. */
  function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    for (let time = Date.now(), at = 5; at >= 0; at -= 1, time = Math.floor(time / 256)) bytes[at] = time % 256;
    bytes[6] = 0x70 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    const hex = Array.from(bytes, byte => (256 + byte).toString(16).slice(1)).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  /* A moment as a form shows it: Shanghai's, to the minute. */
  const minute = time => new Date(time + 8 * 3600000).toISOString().slice(0, 16);

  root.Survey = { all: all, bar: bar, bare: bare, dots: dots, fields: fields, minute: minute, newId: newId, piece: piece };
})(self);
