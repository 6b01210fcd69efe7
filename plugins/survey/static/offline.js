/* 入户调查 without a network: what was taken along, filled in on the phone, and sent when the network is back (sending.js). What is shown
 * stands as templates in offline.html; the fields are those of the online form. Plain ES2017, no eval.
 *
 * A task on the phone, sealed: whom and what it is about, `typed` by field, `pictures` (ids of pictures, whose JPEGs are sealed apart),
 * `files` (picture → uploaded file), `there` (those that the hub had before), draft, revision, and its `state`: taken, draft, ready
 * (to be sent), trouble (refused: `problem`). */
(function () {
  "use strict";

  const DAY = 86400000, UNTOUCHED = 7 * DAY, UNSENT = 30 * DAY;
  const WHO_WITHIN = 4000, AGAIN_AFTER = 60000, PAUSE = 300; // milliseconds
  const LONGEST_SIDE = 1600, QUALITY = 0.8;
  const MOST_TASKS = 30, MOST_LETTERS = 200e6; // of all pictures together
  const STATES = {
    taken: ["未填写", "mute"], draft: ["草稿", "info"], ready: ["待发送", "wait"], trouble: ["有问题", "bad"], sent: ["已送达", "ok"],
  };
  const FULL = "手机存储已满，刚才的没有存下。请先联网发送，或清理手机空间后再试。";
  const THEN = {
    403: "如换了岗位，请联系派单人员。", 404: "请联系派单人员；不用办的可以从手机里删除。",
    409: "别人可能已经办理，请联网核对；不用再交的可以从手机里删除。", 422: "请点开改好后再发送。",
  };
  const STANDING = {
    gone: ["says", "wait", "现在没有网络。填好的存在手机里，有网络时自动发送。"],
    out: ["leads", "wait", "登录已过期，点这里重新登录。填的内容都在手机里，登录后自动发送。"],
  };

  const said = document.currentScript.dataset;
  const app = location.pathname.split("/")[1], place = location.pathname.split("/")[2];
  const names = text => text.split(" ").map(bare).filter(Boolean);
  const always = names(said.always), lines = names(said.lines), moments = names(said.moments);
  const main = document.getElementById("main");

  let mark = "", store = null, sender = null;
  let standing = ""; // "", gone (no network), out (not signed in)
  let notice = "", offers = [], sending = null, working = false, again = null;
  let filling = null; // the task whose form is open
  let saving = Promise.resolve(), pending = null; // what is being kept, and what is to be in a moment

  // --- small things

  function bare(name) { return name.replace(/^form\./, ""); }
  function piece(id) { return document.importNode(document.getElementById(id).content, true); }
  function part(name) { return main.querySelector('[data-part="' + name + '"]'); }
  function opened() { return /^#\/([\w-]+)(\/remove)?$/.exec(location.hash); }
  function all(within, selector) { return Array.prototype.slice.call(within.querySelectorAll(selector)); }
  function remembered(act) { try { return act(localStorage); } catch (error) { return null; } }

  function bar(kind, tone, text) {
    const made = piece(kind), line = made.querySelector(".bar");
    line.className = "bar " + tone;
    line.querySelector("span").textContent = text;
    return made;
  }

  function say(...bars) {
    const where = part("bar");
    if (!where) return;
    where.textContent = "";
    bars.filter(Boolean).forEach(each => where.appendChild(each));
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
  function minute(time) { return new Date(time + 8 * 3600000).toISOString().slice(0, 16); }

  // --- whose phone it is

  function belongTo(who) {
    if (who === mark) return;
    mark = who;
    remembered(kept => kept.setItem("hub.who." + app, who));
    store = new SealedStore("survey", who);
    sender = new SurveySender(app, store, (task, done, most) => {
      sending = { id: task.id, done: done, all: most };
      drawList();
    });
    filling = null;
    offers = [];
  }

  /* Whoever is signed in; without a network whoever was here last and did not sign out. */
  async function recognise() {
    const asker = sender || new SurveySender(app, null, null);
    try {
      const who = await asker.whoIs();
      standing = "";
      belongTo(who);
      if (sender !== asker) await sender.whoIs();
    } catch (error) {
      standing = error instanceof SurveyRefused ? "out" : "gone";
      if (error.code === "password") location.href = "/" + app + "/password?to=" + location.pathname;
    }
  }

  async function start() {
    if (!("indexedDB" in window && window.crypto && crypto.subtle)) return show("unable");
    await SealedStore.sweep("survey", Date.now());
    const late = new Promise(resolve => setTimeout(resolve, WHO_WITHIN));
    if (navigator.onLine !== false) await Promise.race([recognise(), late]);
    else standing = "gone";
    const last = remembered(kept => kept.getItem("hub.who." + app));
    if (!mark && last) belongTo(last);
    await route();
    return work();
  }

  // --- what lies on the phone

  async function tasks() {
    return (await store.list("task/")).map(each => each[1]);
  }

  function keep(task) {
    return store.put("task/" + task.id, task, task.until);
  }

  /* Take a survey along: no more of the person than is needed at the door. */
  async function take(id, at) {
    const kept = await tasks();
    if (kept.some(task => task.id === id)) return;
    if (kept.length >= MOST_TASKS) throw new Error("最多带走" + MOST_TASKS + "件，请先把填好的发出去。");
    const found = await sender.ask("GET", "/" + at + "/survey/surveys/" + id), line = found.survey, now = Date.now();
    if (found.can.indexOf("save") < 0) throw new Error(line.number + "现在" + line.state_label + "，不用再填。");
    const typed = typedOf(found.form || {}), pictures = picturesOf(typed);
    const there = {};
    pictures.forEach(file => { there[file] = file; });
    await keep({
      id: line.id, place: line.place, where: line.place_name, short: line.short, number: line.number, due: line.due_at,
      name: found.person.name, masked: found.person.id_number,
      needed: found.required, least: { investigators: found.investigators_at_least },
      state: "taken", taken: now, begun: 0, saved: now, until: now + UNTOUCHED,
      draft: newId(), revision: 1, round: 1,
      typed: typed, pictures: pictures, files: Object.assign({}, there), there: there, size: 0, problem: null,
    });
    // So that the browser keeps it while it can; some ask nobody and say no.
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => false);
  }

  /* What the hub has of a form, as its fields show it. */
  function typedOf(form) {
    const typed = {};
    Object.keys(form).filter(name => form[name] !== null).forEach(name => {
      typed[name] = moments.indexOf(name) < 0 ? form[name] : minute(Date.parse(form[name]));
    });
    return typed;
  }

  /* And the way back: what the hub reads, with uploaded files in the place of pictures. */
  function formOf(task, filed) {
    const form = {};
    Object.keys(task.typed).filter(name => task.typed[name] !== "").forEach(name => {
      const value = task.typed[name];
      if (pictureFields().indexOf(name) >= 0) form[name] = filed(value);
      else form[name] = moments.indexOf(name) < 0 ? value : value.slice(0, 16) + ":00+08:00";
    });
    return form;
  }

  function pictureFields() {
    return all(document.getElementById("filling").content, "[data-pictures]").map(each => bare(each.dataset.pictures));
  }

  function picturesOf(typed) {
    return pictureFields().reduce((found, name) => found.concat(typed[name] || []), []);
  }

  // --- the list

  function show(id) {
    main.textContent = "";
    main.appendChild(piece(id));
    const heading = main.querySelector("h1");
    if (heading) heading.focus();
  }

  async function route() {
    const sheet = document.querySelector(".sheet");
    if (sheet) { document.querySelector(".shade").remove(); sheet.remove(); }
    if (!mark) return show("nobody");
    const asked = opened();
    if (!asked) {
      if (location.hash && filling) return null; // a field of the form
      await leaveForm();
      show("list");
      return drawList();
    }
    return asked[2] ? askToRemove(asked[1]) : openForm(asked[1]);
  }

  async function drawList() {
    if (!part("kept") || filling) return;
    const kept = await tasks(), sent = (await store.list("sent/")).map(each => each[1]);
    if (!part("kept")) return;
    const open = offers.filter(line => !kept.some(task => task.id === line.id));
    const told = STANDING[standing];
    say(notice && bar("says", "bad", notice), told && bar(told[0], told[1], told[2]));
    fillRows(part("kept"), kept.map(taskRow).concat(sent.map(sentRow)));
    fillRows(part("offers"), open.map(offerRow));
    part("send").hidden = !kept.some(task => task.state === "ready") || sending !== null;
    part("empty").hidden = kept.length + sent.length + open.length > 0;
  }

  function fillRows(section, rows) {
    const card = section.querySelector(".rows");
    section.hidden = rows.length === 0;
    card.textContent = "";
    rows.forEach(row => card.appendChild(row));
  }

  function row(title, says, facts, state, href, lacks) {
    const made = piece("row"), link = made.querySelector(".row"), small = all(made, ".what > small"), dots = made.querySelector(".dots");
    made.querySelector(".name").textContent = title;
    small[0].textContent = says;
    small[0].hidden = !says;
    dots.textContent = "";
    facts.filter(Boolean).forEach(fact => { dots.appendChild(document.createElement("span")).textContent = fact; });
    small[2].textContent = lacks;
    small[2].hidden = !lacks;
    made.querySelector(".pill").textContent = state[0];
    made.querySelector(".pill").className = "pill " + state[1];
    link.setAttribute("href", href);
    return made;
  }

  function taskRow(task) {
    const going = sending && sending.id === task.id;
    const state = going ? ["发送中" + sending.done + "/" + sending.all, "info"] : STATES[task.state];
    const due = new Date(task.due), by = due.getMonth() + 1 + "月" + due.getDate() + "日前";
    const problem = task.problem ? task.problem.text + (THEN[task.problem.status] || "") : "";
    return row(task.name, age(task), [task.short, task.where, by], state, "#/" + task.id, problem);
  }

  function age(task) {
    if (!task.begun) return "";
    const days = Math.floor((Date.now() - task.begun) / DAY);
    return days ? "已在手机里" + days + "天，iPhone7天后可能清除，请尽快联网" : "今天填的，已存在手机里";
  }

  function sentRow(sent) {
    const href = "/" + app + "/" + sent.place + "/survey/surveys/" + sent.id;
    return row(sent.short, "已从手机里删除", [sent.number], STATES.sent, href, "");
  }

  function offerRow(line) {
    const made = piece("offer"), dots = made.querySelector(".dots");
    made.querySelector("input").value = line.id;
    made.querySelector(".name").textContent = line.who;
    dots.textContent = "";
    [line.short, line.place_name].forEach(fact => { dots.appendChild(document.createElement("span")).textContent = fact; });
    return made;
  }

  // --- one form

  async function openForm(id) {
    if (filling && filling.id === id) return null;
    await leaveForm();
    let task = (await tasks()).find(each => each.id === id);
    if (!task && standing === "") {
      await attempt(() => take(id, place));
      task = (await tasks()).find(each => each.id === id);
    }
    if (!task || (sending && sending.id === id)) {
      location.hash = "";
      return null;
    }
    filling = task;
    show("filling");
    const form = main.querySelector("form");
    main.querySelector(".head .dots").firstElementChild.textContent = task.short;
    main.querySelector(".person .name").textContent = task.name;
    main.querySelector(".person .dots").textContent = "";
    [task.masked, task.where].forEach(fact => {
      main.querySelector(".person .dots").appendChild(document.createElement("span")).textContent = fact;
    });
    main.querySelector(".link").setAttribute("href", "#/" + id + "/remove");
    if (!task.typed[moments[0]]) moments.forEach(name => { task.typed[name] = minute(Date.now()); });
    all(form, "textarea[data-most]").forEach(area => { area.maxLength = Number(area.dataset.most); });
    needed(task).forEach(name => all(fieldOf(form, name), ".asked small").forEach(mild => { mild.hidden = true; }));
    all(form, "[name]").forEach(control => fill(control, task.typed[bare(control.name)]));
    for (const name of pictureFields()) {
      for (const picture of task.typed[name] || []) await showPicture(form, name, picture);
    }
    if (task.problem) {
      say(bar("says", "bad", task.problem.text + (THEN[task.problem.status] || "")));
      showWrong(form, task.problem.fields);
    }
    return null;
  }

  function needed(task) { return always.concat(task.needed); }

  function fieldOf(form, name) {
    const control = form.querySelector('[name="form.' + name + '"]');
    return control ? control.closest(".field") : document.createElement("div");
  }

  function fill(control, value) {
    if (control.type === "file" || value === undefined) return;
    if (control.type === "radio") control.checked = control.value === value;
    else control.value = Array.isArray(value) ? value.join("\n") : value;
  }

  function read(form) {
    const typed = {};
    all(form, '[name^="form."]').forEach(control => {
      const name = bare(control.name), picked = control.type === "radio" || control.type === "checkbox";
      if (control.type === "checkbox") typed[name] = (typed[name] || []).concat(control.checked ? control.value : []);
      else if (control.type === "file" || (picked && !control.checked)) return;
      else if (lines.indexOf(name) >= 0) typed[name] = control.value.split("\n").map(line => line.trim()).filter(Boolean);
      else typed[name] = control.value.trim();
    });
    return typed;
  }

  /* What is typed is kept at once, one after the other; what had been ready is a draft again, and another revision of it. */
  function save(state) {
    const task = filling, form = main.querySelector("form");
    saving = saving.then(async () => {
      if (!task || !form.isConnected) return;
      if (task.state === "ready" || task.state === "trouble") task.revision += 1;
      if (!task.begun) {
        task.begun = Date.now();
        task.until = task.begun + UNSENT;
      }
      task.typed = read(form);
      task.pictures = picturesOf(task.typed);
      task.saved = Date.now();
      task.problem = null;
      task.state = state;
      await keep(task);
    }).catch(error => say(bar("says", "bad", FULL)));
    return saving;
  }

  /* What was typed a moment ago, and is to be kept a moment later. */
  function settle() {
    if (!pending) return saving;
    clearTimeout(pending);
    pending = null;
    return save("draft");
  }

  async function leaveForm() {
    await settle();
    const task = filling;
    filling = null;
    if (!task) return;
    // Pictures that were taken away are no longer wanted back.
    const kept = await store.list("picture/" + task.id + "/");
    const gone = kept.map(each => each[0]).filter(name => task.pictures.indexOf(name.split("/")[2]) < 0);
    if (gone.length) await store.remove(...gone);
  }

  async function finish(form) {
    await settle();
    await save("draft");
    const wrong = {};
    needed(filling).forEach(name => {
      const value = filling.typed[name], least = filling.least[name] || 1;
      if (!value || !value.length) wrong[name] = "这一项还没有填。";
      else if (Array.isArray(value) && value.length < least) wrong[name] = "至少要" + least + "个。";
    });
    showWrong(form, wrong);
    if (Object.keys(wrong).length) return;
    await save("ready");
    location.hash = "";
  }

  /* On top with a link to each field, and at the field: as the hub draws a form that it refuses. */
  function showWrong(form, wrong) {
    all(main, ".problems, .wrong").forEach(old => old.remove());
    all(form, "[aria-invalid]").forEach(control => control.removeAttribute("aria-invalid"));
    const named = Object.keys(wrong).map(path => [fieldOf(form, bare(path)), wrong[path]]).filter(each => each[0].isConnected);
    if (!named.length) return;
    const summary = piece("problems"), list = summary.querySelector("ul"), line = list.firstElementChild;
    const title = summary.querySelector("h2");
    title.lastChild.textContent = "还有" + named.length + "处要改";
    named.forEach(each => {
      const field = each[0], control = field.querySelector(".input, .tick"), at = piece("wrong"), point = line.cloneNode(true);
      const label = field.querySelector(".asked").firstChild.textContent.trim();
      at.querySelector("span").textContent = each[1];
      at.querySelector(".wrong").id = control.id + "-wrong";
      field.querySelector(".hint, .asked").insertAdjacentElement("afterend", at.querySelector(".wrong"));
      control.setAttribute("aria-invalid", "true");
      control.setAttribute("aria-describedby", control.id + "-wrong");
      point.querySelector("a").textContent = label + "：" + each[1];
      point.querySelector("a").setAttribute("href", "#" + control.id);
      list.appendChild(point);
    });
    line.remove();
    form.parentNode.insertBefore(summary, form);
    main.querySelector(".problems").focus();
  }

  // --- pictures

  async function addPictures(input) {
    const task = filling, name = bare(input.name), chosen = Array.prototype.slice.call(input.files);
    const form = input.form, box = input.closest(".pictures"), most = Number(box.dataset.most);
    say(bar("says", "info", "正在存照片，请稍等。"));
    await save("draft");
    let trouble = "";
    for (const file of chosen) {
      const have = all(box, "input:checked").length;
      if (have >= most) { trouble = "最多" + most + "张，多的没有存。"; break; }
      trouble = await addPicture(task, form, name, file);
      if (trouble) break;
    }
    input.value = "";
    if (task === filling) say(trouble && bar("says", "bad", trouble));
  }

  /* What is wrong, "" for nothing. */
  async function addPicture(task, form, name, file) {
    let jpeg = "";
    try {
      jpeg = await scaled(file);
    } catch (error) {
      return "有一张照片打不开，请换一张。";
    }
    const total = (await tasks()).reduce((sum, each) => sum + each.size, jpeg.length);
    if (total > MOST_LETTERS) return "手机里的照片太多，请先联网发送。";
    const id = newId();
    try {
      await store.put("picture/" + task.id + "/" + id, { jpeg: jpeg }, task.until);
    } catch (error) {
      return FULL;
    }
    task.size += jpeg.length;
    if (!form.isConnected) return "";
    await showPicture(form, name, id, jpeg);
    await save("draft");
    return "";
  }

  async function showPicture(form, name, id, jpeg) {
    const box = form.querySelector('[data-pictures="form.' + name + '"]'), made = piece("picture");
    const kept = jpeg ? [] : await store.list("picture/" + filling.id + "/" + id);
    const control = made.querySelector("input"), image = made.querySelector("img");
    control.name = "form." + name;
    control.value = id;
    image.src = jpeg || (kept.length ? kept[0][1].jpeg : "data:,");
    if (!jpeg && !kept.length) made.querySelector(".kept").textContent = "已在平台，点此去掉";
    box.insertBefore(made, box.querySelector(".add"));
  }

  /* A JPEG of at most LONGEST_SIDE, as a data address: pages may show no other. */
  async function scaled(file) {
    const reader = new FileReader();
    await new Promise((resolve, reject) => {
      reader.onload = resolve;
      reader.onerror = reject;
      reader.readAsDataURL(file);
    });
    const image = new Image();
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = reject;
      image.src = reader.result;
    });
    const canvas = document.createElement("canvas");
    const scale = Math.min(1, LONGEST_SIDE / Math.max(image.naturalWidth, image.naturalHeight));
    canvas.width = Math.round(image.naturalWidth * scale);
    canvas.height = Math.round(image.naturalHeight * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", QUALITY);
  }

  // --- away with it

  async function askToRemove(id) {
    if (!filling) await openForm(id);
    if (!filling) return;
    document.body.appendChild(piece("removing"));
    all(document, '.shade, .sheet a').forEach(link => link.setAttribute("href", "#/" + id));
    document.querySelector(".sheet").focus();
  }

  async function remove() {
    const id = filling.id;
    await leaveForm();
    await store.remove("task/" + id, "picture/" + id + "/");
    location.hash = "";
  }

  // --- with a network

  async function attempt(act) {
    notice = "";
    try {
      await act();
    } catch (error) {
      if (error instanceof SurveyRefused && error.status === 401) standing = "out";
      else if (error.later) standing = "gone";
      else notice = error.name === "QuotaExceededError" ? FULL : error.message;
    }
  }

  /* Whatever a network allows: who is here, what waits, what is to do. */
  async function work() {
    if (working || !store && standing === "gone" && navigator.onLine === false) return;
    working = true;
    clearTimeout(again);
    const before = mark;
    await recognise();
    if (mark !== before) await route();
    if (standing === "") await attempt(async () => {
      await sendAll();
      offers = (await sender.ask("GET", "/" + place + "/survey/todo?limit=100")).items;
    });
    working = false;
    if (mark) await drawList();
    if (standing === "gone") again = setTimeout(work, AGAIN_AFTER);
  }

  async function sendAll() {
    for (const task of await tasks()) {
      if (task.state !== "ready" || (filling && filling.id === task.id)) continue;
      sending = { id: task.id, done: 0, all: task.pictures.length };
      try {
        await sender.send(task, formOf);
        const sent = { id: task.id, place: task.place, short: task.short, number: task.number };
        await store.put("sent/" + task.id, sent, Date.now() + DAY);
      } catch (error) {
        if (!(error instanceof SurveyRefused) || error.status === 401) throw error;
        task.state = "trouble";
        task.problem = { status: error.status, text: error.message, fields: error.fields };
        await keep(task);
      } finally {
        sending = null;
      }
      await drawList();
    }
  }

  // --- what happens

  main.addEventListener("input", event => {
    if (!filling || event.target.type === "file") return;
    clearTimeout(pending);
    pending = setTimeout(settle, PAUSE);
  });
  main.addEventListener("change", event => {
    if (filling && event.target.type === "file") addPictures(event.target);
    else if (filling) save("draft");
  });
  document.addEventListener("submit", event => {
    event.preventDefault();
    const form = event.target, chosen = all(form, "input:checked").map(box => box.value);
    if (form.id === "form") finish(form);
    else if (form.id === "sure") remove();
    else if (form.dataset.part === "send") work();
    else attempt(async () => { for (const id of chosen) await take(id, place); }).then(drawList);
  });
  document.addEventListener("keydown", event => {
    const shade = event.key === "Escape" && document.querySelector(".shade");
    if (shade) shade.click();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && filling) settle();
    else if (!document.hidden) work();
  });
  window.addEventListener("hashchange", () => route().then(() => { if (!filling) work(); }));
  window.addEventListener("online", work);
  window.addEventListener("offline", () => { standing = "gone"; drawList(); });
  start();
})();
