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

  /* One cache for each page: what an older version of it had loaded goes. */
  async function keep() {
    const page = new Request(here, { cache: "reload", credentials: "same-origin" });
    if (!("caches" in window && "serviceWorker" in navigator)) return fetch(page);
    await navigator.serviceWorker.register(own.worker, { scope: here });
    const cache = await caches.open("kept " + here), wanted = loaded().map(url => new URL(url, location.href).href);
    await cache.addAll([page].concat(wanted));
    const known = await cache.keys();
    const old = known.filter(request => request.url !== page.url && wanted.indexOf(request.url) < 0);
    return Promise.all(old.map(request => cache.delete(request)));
  }

  // A browser may forbid to keep anything; the page works for as long as it is open.
  const tryKeeping = () => { if (navigator.onLine !== false) keep().catch(() => undefined); };
  tryKeeping();
  window.addEventListener("online", tryKeeping);
})();
