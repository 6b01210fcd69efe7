/* What pages keep on the phone for one person: records in IndexedDB, each sealed with AES-GCM under a key of that person's that no
 * script can read out. Others on the same phone neither list nor open them.
 *
 *   const store = new SealedStore("survey", mark);             // mark: whose (GET /me, or data-who of a page)
 *   await store.put("task/1", { name: "…" }, Date.now() + DAY); // gone after that moment, see sweep
 *   await store.list("task/");                                  // [[name, record], …] by name
 *   await store.remove("task/1", "picture/1/");                 // and whatever begins so
 *   await SealedStore.sweep("survey", Date.now());              // what is past its moment, whosever it is
 *   await SealedStore.sweepAll(Date.now());                     // of all stores: every page does (page.js)
 *
 * Names stand there as they are: ids, never words. One plain file, ES2017, no eval. */
(function (root) {
  "use strict";

  const VERSION = 1, IV_BYTES = 12;
  const STORES = "hub.stores"; // their names: not every browser lists its databases
  const bytes = text => new TextEncoder().encode(text);
  const beginning = prefix => IDBKeyRange.bound(prefix, prefix + "\uffff");

  function opened(name) {
    return new Promise((resolve, reject) => {
      const asked = indexedDB.open("hub-" + name, VERSION);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore("keys", { keyPath: "id" });
        asked.result.createObjectStore("records", { keyPath: "id" }).createIndex("until", "until");
      };
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  }

  /* Do `work(objectStore)` in a transaction; resolves with the result of the request that it returns, once all is on the disk. A
   * connection for each: iOS breaks those that were open while a page slept. */
  async function within(name, mode, part, work) {
    const database = await opened(name);
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction(part, mode);
        const asked = work(transaction.objectStore(part));
        transaction.oncomplete = () => resolve(asked ? asked.result : undefined);
        transaction.onabort = transaction.onerror = () => reject(transaction.error || (asked && asked.error));
      });
    } finally {
      database.close();
    }
  }

  /* A browser may forbid to keep anything. */
  function names() {
    try { return (localStorage.getItem(STORES) || "").split(" ").filter(Boolean); } catch (error) { return []; }
  }

  function remember(name) {
    if (names().indexOf(name) >= 0) return;
    try { localStorage.setItem(STORES, names().concat(name).join(" ")); } catch (error) { /* then it is swept where it is opened */ }
  }

  class SealedStore {
    constructor(name, mark) {
      this._name = name;
      this._mark = mark;
      this._key = null;
      remember(name);
    }

    /* Raises what the browser says, such as QuotaExceededError where the phone is full. */
    async put(name, record, until) {
      const id = this._id(name), iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const sealed = await crypto.subtle.encrypt(this._how(id, iv), await this._opener(), bytes(JSON.stringify(record)));
      await within(this._name, "readwrite", "records", records => records.put({ id: id, until: until, iv: iv, sealed: sealed }));
    }

    async list(prefix) {
      const found = await within(this._name, "readonly", "records", records => records.getAll(beginning(this._id(prefix))));
      const own = this._id("").length;
      return Promise.all(found.map(async each => [each.id.slice(own), await this._unsealed(each)]));
    }

    async remove(...prefixes) {
      await within(this._name, "readwrite", "records", records => {
        prefixes.forEach(prefix => records.delete(beginning(this._id(prefix))));
      });
    }

    static async sweep(name, now) {
      await within(name, "readwrite", "records", records => {
        const past = records.index("until").openCursor(IDBKeyRange.upperBound(now));
        past.onsuccess = () => {
          if (!past.result) return;
          past.result.delete();
          past.result.continue();
        };
      });
    }

    static async sweepAll(now) {
      for (const name of names()) await SealedStore.sweep(name, now);
    }

    // --- sealing

    _id(name) {
      return this._mark + "/" + name;
    }

    /* What is sealed under one name opens under no other. */
    _how(id, iv) {
      return { name: "AES-GCM", iv: iv, additionalData: bytes(id) };
    }

    async _unsealed(kept) {
      const plain = await crypto.subtle.decrypt(this._how(kept.id, kept.iv), await this._opener(), kept.sealed);
      return JSON.parse(new TextDecoder().decode(plain));
    }

    _opener() {
      this._key = this._key || this._foundOrMade();
      return this._key;
    }

    async _foundOrMade() {
      const find = () => within(this._name, "readonly", "keys", keys => keys.get(this._mark));
      const known = await find();
      if (known) return known.key;
      const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
      // Of two pages that make one at once, the first one's stays.
      await within(this._name, "readwrite", "keys", keys => keys.add({ id: this._mark, key: key })).catch(() => undefined);
      return (await find()).key;
    }
  }

  root.SealedStore = SealedStore;
})(self);
