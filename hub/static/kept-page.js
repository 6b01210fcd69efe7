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

  /* What a version of the page loads, as addresses. */
  function loadedBy(page) {
    const named = (selector, name) => Array.from(page.querySelectorAll(selector), element => element.getAttribute(name));
    const paths = named("script[src]", "src").concat(named("link[rel=stylesheet]", "href"), named("script[data-also]", "data-also"));
    return paths.map(path => new URL(path, location.href).href);
  }

  /* What the newest version loads comes first, then the page: one without the other would not open. */
  async function keep() {
    const page = new Request(here, { cache: "reload", credentials: "same-origin" }), answer = await fetch(page);
    if (!answer.ok) throw new Error("the page was answered with " + answer.status);
    const newest = new DOMParser().parseFromString(await answer.clone().text(), "text/html"), wanted = loadedBy(newest);
    showAs(newest.documentElement.dataset);
    if (!("caches" in window && "serviceWorker" in navigator)) {
      await Promise.all(wanted.map(url => fetch(url)));
      return;
    }
    await navigator.serviceWorker.register(own.worker, { scope: here });
    await navigator.serviceWorker.ready;
    const cache = await caches.open("kept " + here);
    await cache.addAll(wanted);
    await cache.put(page, answer);
    const used = wanted.concat(loadedBy(document), page.url);
    const old = (await cache.keys()).filter(request => used.indexOf(request.url) < 0);
    await Promise.all(old.map(request => cache.delete(request)));
  }

  /* 字号 and 长辈版 may have been changed since the page was kept. */
  function showAs(now) {
    const shown = document.documentElement.dataset;
    ["size", "elder", "large"].forEach(name => {
      if (name in now) shown[name] = now[name];
      else delete shown[name];
    });
  }

  /* Whether an older version opens, where the newest was not to be had. A browser without workers does not say. */
  async function isKept() {
    if (!("caches" in window && "serviceWorker" in navigator)) return false;
    return Boolean(await caches.match(here, { ignoreVary: true, ignoreSearch: true }));
  }

  /* Whether it would open now, for the page to say: data-kept is "", yes or no, and the event `kept` tells of a change. */
  function tell(kept) {
    document.documentElement.dataset.kept = kept;
    document.dispatchEvent(new Event("kept"));
  }

  // A browser may forbid to keep anything; the page works for as long as it is open.
  const tryKeeping = () => {
    if (navigator.onLine === false) return;
    keep().then(() => true, isKept).then(kept => tell(kept ? "yes" : "no"), () => tell("no"));
  };
  // A worker alone opens nothing: whoever left too early has it without the page.
  document.documentElement.dataset.kept = "";
  isKept().then(kept => { if (kept) tell("yes"); }, () => undefined);
  tryKeeping();
  window.addEventListener("online", tryKeeping);
})();
