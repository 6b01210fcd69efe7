/* Keeps the page that it stands on, with all that it loads, so that it opens without a network: in the cache of a service worker, and,
 * where a browser has none (WeChat on iOS), in the browser's own cache by what the server said. With a network it is looked for anew
 * each time and shown at the next opening. Its element names the worker and what the page loads beside its scripts and styles:
 *
 *   <script src="kept-page.js" data-worker="/static/offline-worker.js" data-also="/static/made/icons.svg" defer></script>
 *
 * Plain ES2017, no eval. */
(function () {
  "use strict";

  const own = document.currentScript.dataset;
  const here = location.pathname;

  function loaded() {
    const found = Array.prototype.slice.call(document.querySelectorAll("script[src], link[rel=stylesheet]"));
    return found.map(element => element.src || element.href).concat(own.also.split(" "));
  }

  async function keep() {
    const page = new Request(here, { cache: "reload", credentials: "same-origin" }), answer = await fetch(page);
    if (!answer.ok) return;
    showAs(await answer.clone().text());
    if (!("caches" in window && "serviceWorker" in navigator)) return;
    await navigator.serviceWorker.register(own.worker, { scope: here });
    const cache = await caches.open("kept " + here), wanted = loaded().map(url => new URL(url, location.href).href);
    await cache.addAll(wanted);
    await cache.put(page, answer);
    // What an older version had loaded, and this one does not, goes at the opening after.
    const old = (await cache.keys()).filter(request => request.url !== page.url && wanted.indexOf(request.url) < 0);
    await Promise.all(old.map(request => cache.delete(request)));
  }

  /* 字号 and 长辈版 may have been changed since the page was kept. */
  function showAs(text) {
    const now = new DOMParser().parseFromString(text, "text/html").documentElement.dataset, shown = document.documentElement.dataset;
    ["size", "elder", "large"].forEach(name => {
      if (name in now) shown[name] = now[name];
      else delete shown[name];
    });
  }

  // A browser may forbid to keep anything; the page works for as long as it is open.
  const tryKeeping = () => { if (navigator.onLine !== false) keep().catch(() => undefined); };
  tryKeeping();
  window.addEventListener("online", tryKeeping);
})();
