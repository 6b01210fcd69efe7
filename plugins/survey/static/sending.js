/* Hands in what was filled without a network: pictures, then the draft, then the record. Each step may be sent again after an answer was
 * lost: pictures and the record by a key that is fixed on the phone, the draft by its id and revision. ES2017, no eval. */
(function (root) {
  "use strict";

  const WITHIN = 90000; // milliseconds for one answer: a picture over a village's 2G
  const MOST_ROUNDS = 3; // of uploading the same pictures, after the hub had let go of them
  const { fields } = root.Survey;

  /* No, in words for the handler, who has to do something: said by the hub (its HTTP status), or here (0). */
  class Refused extends Error {
    constructor(status, problem) {
      super(problem.message || "");
      Object.assign(this, { status: status, code: problem.code || "", fields: problem.fields || {} });
    }

    /* Whoever it is for is not signed in, or anew, with another token: nothing is said about what was sent. */
    get ofSignIn() {
      return this.status === 401 || this.code === "cross_site";
    }
  }

  /* No network, too much at once, a hub that restarts: nothing is wrong, it is tried again. */
  class Later extends Error {}

  class Sender {
    /* mark, store: the person's, and their SealedStore; told(task, done) is called before each picture. */
    constructor(app, mark, store, told) {
      Object.assign(this, { csrf: "", _app: app, _mark: mark, _store: store, _told: told });
    }

    /* As asked, below. A token ends with its sign-in: after another one of the same person it goes on with the new token; for nobody
     * else, so that what one has filled in is never sent as another. */
    async ask(method, path, body, key) {
      const once = () => asked(this._app, this.csrf, method, path, body, key);
      try {
        return await once();
      } catch (error) {
        const me = error.code === "cross_site" ? await whoIs(this._app) : null;
        if (!me || me.mark !== this._mark) throw error;
        this.csrf = me.csrf;
        return once();
      }
    }

    /* Everything of one survey; it lies on the phone until the hub has said that it has it. */
    async send(task) {
      while (!(await this._sent(task))) {
        task.round += 1;
        task.files = Object.assign({}, task.there);
      }
      await this._store.remove("task/" + task.id, "picture/" + task.id + "/");
    }

    /* False where the hub has let go of pictures meanwhile: what is uploaded and not filed within a day is gone. */
    async _sent(task) {
      await this._upload(task);
      try {
        await this._file(task);
      } catch (error) {
        if (error.status === 422 && error.fields.files && task.round < MOST_ROUNDS) return false;
        throw error;
      }
      return true;
    }

    async _upload(task) {
      for (const id of task.pictures.filter(each => !task.files[each])) {
        this._told(task, task.pictures.indexOf(id));
        const [[, kept]] = await this._store.list("picture/" + task.id + "/" + id);
        const form = new FormData();
        form.append("file", blobOf(kept.jpeg), id + ".jpg");
        task.files[id] = (await this.ask("POST", "/files", form, id + "-" + task.round)).id;
        await this._store.put("task/" + task.id, task, task.until);
      }
    }

    async _file(task) {
      const one = "/" + task.place + "/survey/surveys/" + task.id;
      const saved = { revision: task.revision, saved_at: new Date(task.saved).toISOString(), form: formOf(task) };
      await this.ask("PUT", one + "/drafts/" + task.draft, saved);
      const key = task.draft + "-" + task.revision;
      await this.ask("POST", one + "/submit", { draft: task.draft, revision: task.revision }, key);
    }
  }

  /* Whoever is signed in: mark, csrf. Refused with 401 when nobody is, with 403 before a first password is changed. */
  async function whoIs(app) {
    const me = await asked(app, "", "GET", "/me");
    if (me.must_change_password) throw new Refused(403, { code: "password", message: "请先修改初始密码。" });
    return me;
  }

  /* The answer as JSON; null for an empty one. */
  async function asked(app, csrf, method, path, body, key) {
    const headers = { "X-Hub-App": app, "X-Hub-CSRF": csrf };
    if (key) headers["Idempotency-Key"] = key;
    if (body && !(body instanceof FormData)) {
      headers["Content-Type"] = "application/json";
      body = JSON.stringify(body);
    }
    const how = { method: method, headers: headers, body: body, credentials: "same-origin" };
    const given = await fetched("/api/v1" + path, how);
    if (given.status < 300) return given.answer;
    const problem = (given.answer && given.answer.error) || {};
    if (given.status === 429 || given.status >= 500 || problem.code === "in_progress") throw new Later(problem.message);
    throw new Refused(given.status, problem);
  }

  /* {status, answer}; whatever else comes, such as the page of a hotel's network, is no answer of the hub's. */
  async function fetched(url, how) {
    const stop = new AbortController();
    const late = setTimeout(() => stop.abort(), WITHIN);
    try {
      const answer = await fetch(url, Object.assign({ signal: stop.signal }, how));
      const text = await answer.text();
      return { status: answer.status, answer: text ? JSON.parse(text) : null };
    } catch (error) {
      throw new Later(error.message);
    } finally {
      clearTimeout(late);
    }
  }

  /* What was typed as the hub reads it: moments with their zone, uploaded files in the place of pictures, nothing empty. */
  function formOf(task) {
    const form = {};
    Object.keys(task.typed).filter(name => task.typed[name] !== "").forEach(name => {
      const value = task.typed[name];
      if (fields.pictures.indexOf(name) >= 0) form[name] = value.map(id => task.files[id]);
      else form[name] = fields.moments.indexOf(name) < 0 ? value : value.slice(0, 16) + ":00+08:00";
    });
    return form;
  }

  function blobOf(url) {
    const raw = atob(url.slice(url.indexOf(",") + 1)), bytes = new Uint8Array(raw.length);
    for (let place = 0; place < raw.length; place += 1) bytes[place] = raw.charCodeAt(place);
    return new Blob([bytes], { type: "image/jpeg" });
  }

  Object.assign(root.Survey, { whoIs: whoIs, Sender: Sender, Refused: Refused, Later: Later });
})(self);
