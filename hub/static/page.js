/* What a page does that plain HTML and htmx do not. Loaded once; pages come and go beneath it, so nothing here remembers one.
 * Everything works without it, slower and unlit. ES2017, no eval, no inline handlers: the content policy forbids both. */
(function () {
  "use strict";

  const $ = selector => document.querySelector(selector);
  const all = selector => Array.prototype.slice.call(document.querySelectorAll(selector));
  const on = (name, act) => document.addEventListener(name, act);
  const within = (event, selector) => (event.target.closest ? event.target.closest(selector) : null);

  // --- arriving: at the first page, and at each that is put in its place ------------------------------------------------

  let answered = null;

  on("DOMContentLoaded", () => {
    arrive(false);
    sweep();
  });
  on("htmx:afterSettle", event => {
    const detail = event.detail;
    // It is told of each element that came, with the same request.
    if (detail.target !== document.body || detail.xhr === answered) return;
    answered = detail.xhr;
    arrive(true);
  });
  // The browser kept the page as it was left: what it shows is old, and its form was sent.
  window.addEventListener("pageshow", event => { if (event.persisted) location.reload(); });

  function arrive(swapped) {
    const first = $("[data-focus]") || (swapped ? $("h1") : null);
    if (first) first.focus();
    showNetwork(navigator.onLine === false);
    all("[data-all]").forEach(row => {
      row.hidden = false;
      showAll(row);
    });
    all("[data-print]").forEach(button => { button.hidden = false; });
    all("[data-position]").forEach(button => { button.hidden = !navigator.geolocation; });
    all("[data-most]").forEach(showLeft);
    rememberWho();
    showUnsent();
    live();
  }

  /* What pages keep on the phone goes when its time is over, whether or not they are opened again. */
  function sweep() {
    if (window.SealedStore && window.indexedDB) window.SealedStore.sweepAll(Date.now()).catch(() => undefined);
  }

  /* Pages that open without a network show what this person keeps on the phone, until somebody signs out or in, or such a page hears
   * from the hub at its opening that nobody is signed in. */
  function rememberWho() {
    const page = $(".page"), who = page && page.getAttribute("data-who");
    if (who) guarded(() => localStorage.setItem("hub.who." + page.getAttribute("data-app"), who));
  }

  /* What such a page keeps and has not sent is told on others too; it says how much, by a name of its own. */
  function showUnsent() {
    const who = $(".page") && $(".page").getAttribute("data-who");
    all("[data-unsent]").forEach(line => {
      const number = Number(guarded(() => localStorage.getItem("hub.unsent." + line.getAttribute("data-unsent") + "." + who)));
      line.hidden = !number;
      line.querySelector("b").textContent = number + line.getAttribute("data-says");
    });
  }

  document.addEventListener("submit", event => {
    const away = /^\/([a-z]+)\/(?:signin|out)(?:\?|$)/.exec(event.target.getAttribute("action") || "");
    if (away) guarded(() => localStorage.removeItem("hub.who." + away[1]));
  }, true);

  // --- the answers of htmx ----------------------------------------------------------------------------------------------

  // A part of a page is replaced by a part alone, never by a page that says why there is none.
  on("htmx:beforeSwap", event => {
    const detail = event.detail;
    if (detail.target === document.body) return;
    const whole = /^\s*<!doctype/i.test(detail.xhr.responseText) && !detail.elt.hasAttribute("hx-select");
    if (detail.xhr.status >= 400 || whole) detail.shouldSwap = false;
  });

  // --- network ----------------------------------------------------------------------------------------------------------

  window.addEventListener("offline", () => showNetwork(true));
  window.addEventListener("online", () => showNetwork(false));
  on("htmx:sendError", () => showNetwork(true));
  on("htmx:afterOnLoad", () => showNetwork(false));

  function showNetwork(gone) {
    const bar = $("#network");
    if (bar) bar.hidden = !gone;
  }

  // --- a form is sent once ----------------------------------------------------------------------------------------------

  document.addEventListener("submit", event => {
    const form = event.target;
    // What is answered with a file leaves the page as it is.
    if ((form.getAttribute("method") || "").toLowerCase() !== "post" || form.hasAttribute("data-saved")) return;
    if (form.hasAttribute("data-sent")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.setAttribute("data-sent", "");
    form.setAttribute("aria-busy", "true");
  }, true);
  on("htmx:afterRequest", event => {
    event.target.removeAttribute("data-sent");
    event.target.removeAttribute("aria-busy");
  });

  // --- controls ---------------------------------------------------------------------------------------------------------

  on("input", event => { if (event.target.hasAttribute("data-most")) showLeft(event.target); });
  on("change", event => {
    const row = within(event, "[data-all]");
    if (row) tickAll(row, event.target.checked);
    else all("[data-all]").forEach(showAll);
  });
  on("click", event => {
    if (within(event, "[data-print]")) window.print();
    const asks = within(event, "[data-position]");
    if (asks) sendPosition(asks);
    const open = $("details.menu[open]");
    if (open && !open.contains(event.target)) open.open = false;
  });
  on("keydown", event => {
    if (event.key === "Escape") close();
    else if (event.key === "Tab") stayInside(event);
  });

  /* Fills in where the phone is, once its owner has let it, and sends the form; who does not is told so. */
  function sendPosition(button) {
    const form = button.form, said = form.querySelector("[data-no-position]");
    said.hidden = true;
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(found => {
      form.elements.latitude.value = found.coords.latitude;
      form.elements.longitude.value = found.coords.longitude;
      button.disabled = false;
      if (form.requestSubmit) form.requestSubmit();
      else form.submit();
    }, () => {
      button.disabled = false;
      said.hidden = false;
    }, { timeout: 15000, maximumAge: 60000 });
  }

  /* How much more may be written, once there is little left. */
  function showLeft(area) {
    const line = $('[data-left="' + area.id + '"]');
    if (!line) return;
    const left = Number(area.getAttribute("data-most")) - Array.from(area.value).length;
    line.hidden = left > 50;
    line.textContent = left < 0 ? "多了" + -left + "字" : "还可写" + left + "字";
  }

  const boxesOf = row => all('input[type="checkbox"][name="' + row.getAttribute("data-all") + '"]');
  const mostOf = row => Number(row.getAttribute("data-most"));

  function tickAll(row, checked) {
    boxesOf(row).forEach((box, place) => { box.checked = checked && place < mostOf(row); });
  }

  /* Ticked while as many are as may be: the next press lets go of them, else it ticks what is missing. */
  function showAll(row) {
    const boxes = boxesOf(row), ticked = boxes.filter(box => box.checked);
    row.querySelector("input").checked = ticked.length === Math.min(boxes.length, mostOf(row));
  }

  /* What lies over the page: a sheet, a picture, a menu. */
  function close() {
    const sheet = $("[data-back]"), viewer = $(".viewer:target .close"), menu = $("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.firstElementChild.focus();
    } else if (viewer) viewer.click();
    else if (sheet) $(".shade").click();
  }

  function stayInside(event) {
    const over = $(".viewer:target") || $("[data-back]");
    if (!over) return;
    const stops = Array.prototype.slice.call(over.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea"));
    const end = event.shiftKey ? stops[0] : stops[stops.length - 1];
    if (document.activeElement !== end && over.contains(document.activeElement)) return;
    event.preventDefault();
    stops[event.shiftKey ? stops.length - 1 : 0].focus();
  }

  // --- live: what the hub says becomes an event of the page, `hub:<message>` --------------------------------------------

  let client = null, whose = "", topics = [];

  function live() {
    const page = $(".page");
    const here = page && page.hasAttribute("data-signed-in") ? page.getAttribute("data-app") + "." + page.getAttribute("data-who") : "";
    if (here !== whose) {
      if (client) client.stop();
      topics = [];
      whose = here;
      client = here && window.HubClient ? connect(page.getAttribute("data-app")) : null;
    }
    if (client) listen(page.getAttribute("data-live").split(" ").filter(name => name.indexOf(":") > 0));
  }

  function connect(app) {
    return new window.HubClient({
      url: location.origin.replace("http", "ws") + "/ws",
      ticket: () => ticket(app),
      storage: kept(whose),
      onMessage: frame => {
        tell("message", frame.entry);
        if (frame.entry.kind !== "withdrawn") tell(frame.entry.message, frame.entry);
      },
      onReset: lookAgain,
    }).start();
  }

  /* What came before this moment may be missing of the list: whether it is, is seen by looking once more. */
  function lookAgain(stream) {
    const pill = $("[data-arrived]"), names = pill ? $(".page").getAttribute("data-live").split(" ") : [];
    if (!names.some(name => name === stream || (stream === "inbox" && name && name.indexOf(":") < 0))) return null;
    return fetch(location.href, { credentials: "same-origin" }).then(answer => answer.text()).then(text => {
      if (listed(new DOMParser().parseFromString(text, "text/html")) !== listed(document)) tell("reset", null);
    }).catch(() => null); // The page is left, or the network has gone: the next connection looks again.
  }

  function listed(page) {
    const list = page.querySelector("#list") || page.querySelector("main");
    return list ? list.textContent : "";
  }

  /* The list stays where it is until its reader asks for what is new. A topic says that something changed, a message is one more. */
  function showArrived(name, what) {
    const pill = $("[data-arrived]"), heard = pill ? pill.getAttribute("data-arrived").split(" ") : [];
    if (name !== "reset" && heard.indexOf(name) < 0) return;
    if (!pill || (what && what.kind === "withdrawn")) return;
    const counts = pill.hasAttribute("data-number");
    const number = Number(pill.getAttribute("data-number")) + (counts && what && what.title ? 1 : 0);
    if (counts) pill.setAttribute("data-number", number);
    pill.hidden = false;
    pill.querySelector(".says").textContent = number ? "刚到" + number + "条，点这里显示" : "有更新，点这里显示";
  }

  function listen(wanted) {
    topics.filter(name => wanted.indexOf(name) < 0).forEach(name => client.unsubscribe(name));
    wanted.filter(name => topics.indexOf(name) < 0).forEach(name => {
      client.subscribe(name, frame => tell(name.slice(0, name.indexOf(":")), frame));
    });
    topics = wanted;
  }

  function tell(name, what) {
    showArrived(name, what);
    document.body.dispatchEvent(new CustomEvent("hub:" + name, { bubbles: true, detail: what }));
  }

  function ticket(app) {
    const headers = { "X-Hub-App": app, "X-Hub-CSRF": $(".page").getAttribute("data-csrf") };
    return fetch("/api/v1/me/ticket", { method: "POST", credentials: "same-origin", headers: headers })
      .then(answer => (answer.ok ? answer.json() : Promise.reject(answer)))
      .then(answer => answer.ticket);
  }

  /* Two apps of one tab, or two persons one after the other, must not skip each other's messages. */
  function kept(prefix) {
    const place = key => (key === "hub.device" ? ["localStorage", key] : ["sessionStorage", prefix + "." + key]);
    return {
      get: key => guarded(() => window[place(key)[0]].getItem(place(key)[1])),
      set: (key, text) => guarded(() => window[place(key)[0]].setItem(place(key)[1], text)),
    };
  }

  /* A browser may forbid to keep anything. */
  function guarded(act) {
    try { return act(); } catch (error) { return null; }
  }
})();
