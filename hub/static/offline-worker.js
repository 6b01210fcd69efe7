/* Opens a kept page (hub/static/kept-page.js) where there is no network, also after the phone was started anew. It is registered for
 * that page's own address: no other page passes through it, nor does what is asked of the API. ES2017, no eval. */
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", event => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", event => {
  const request = event.request, opening = request.mode === "navigate";
  // When the page looks for what is newer, it gets that or nothing.
  const newest = request.cache === "reload" && !opening;
  if (request.method !== "GET" || newest || new URL(request.url).pathname.startsWith("/api/")) return;
  // What was kept comes first: with one bar of signal the network may take minutes to fail.
  const kept = caches.match(request, { ignoreVary: true, ignoreSearch: opening });
  event.respondWith(kept.then(found => found || fetch(request)));
});
