/* 入户调查 without a network: what was taken along, filled in on the phone (filling.js), and sent when the network is back (sending.js).
 * What is shown stands as templates in offline.html; the fields are those of the online form. ES2017, no eval.
 *
 * A task on the phone, sealed: whom and what it is about, `typed` by field, `pictures` (ids; their JPEGs are sealed apart), `files`
 * (picture → uploaded file), `there` (those that the hub had before), draft, revision, and its `state`: taken, draft, ready (to be
 * sent), trouble (refused: `problem`). `begun` is when the first word was typed. Addresses: #/<id> is its form, #/<id>/remove asks. */
(function () {
  "use strict";

  const DAY = 86400000, UNTOUCHED = 7 * DAY, WHO_WITHIN = 4000, AGAIN_AFTER = 60000; // milliseconds
  const MOST_TASKS = 30;
  const STATES = {
    taken: ["未填写", "mute"], draft: ["草稿", "info"], ready: ["待发送", "wait"], trouble: ["有问题", "bad"], sent: ["已送达", "ok"],
  };
  const THEN = {
    403: "如换了岗位，请联系派单人员。",
    404: "请联系派单人员；不用办的可以从手机里删除。",
    409: "别人可能已经办理，请联网核对；不用再交的可以从手机里删除。",
    422: "请点开改好后再发送。",
  };
  const STANDING = {
    gone: ["gone", "wait", "现在没有网络。填好的存在手机里，有网络时自动发送。"],
    out: ["leads", "wait", "登录已过期，点这里重新登录。填的都在手机里，登录后自动发送。"],
  };

  // Whether this page would open without a network, before somebody goes where there is none.
  const KEPT = {
    "": ["says", "info", "正在把这一页存进手机，请等几秒再离开。"],
    no: ["says", "bad", "这一页没有存进手机，没有网络时打不开。请稍后重新打开，没有这句话了再出发；已经出发的，不要关闭。"],
  };

  const { all, bar, dots, fields, minute, newId, piece, whoIs, Filling, Later, Refused, Sender } = self.Survey;
  const app = location.pathname.split("/")[1], place = location.pathname.split("/")[2];
  const WHO = "hub.who." + app; // written by page.js too
  const main = document.getElementById("main");

  let own = null; // of whoever is here: mark, store, sender. What was begun holds it as `mine`, and stops once it is another
  let standing = ""; // "", gone (no network), out (not signed in)
  let notice = "", offers = [], sending = null, drawn = 0;
  let working = false, asked = false, again = null; // asked: to work once more, since something came meanwhile
  let open = null; // the Filling whose form is shown

  // --- small things

  const part = name => document.querySelector('[data-part="' + name + '"]');

  function remembered(act) {
    // A browser may forbid to keep anything.
    try { return act(localStorage); } catch (error) { return null; }
  }

  /* Over the page: what is wrong first, then whether there is a network. */
  function say(...bars) {
    const where = part("says"), told = standing ? STANDING[standing] : KEPT[document.documentElement.dataset.kept];
    where.textContent = "";
    bars.concat(told && bar(told[0], told[1], told[2])).filter(Boolean).forEach(each => where.appendChild(each));
  }

  function show(id) {
    main.textContent = "";
    main.appendChild(piece(id));
    main.querySelector("h1").focus();
  }

  // --- whose phone it is

  /* `who` is a mark, "" for nobody. */
  function belongTo(who) {
    if (who === (own ? own.mark : "")) return;
    // What was typed a moment ago, into the store of the one who typed it.
    if (open) open.settle();
    own = who ? ownOf(who) : null;
    open = null;
    offers = [];
  }

  function ownOf(who) {
    remembered(kept => kept.setItem(WHO, who));
    const store = new SealedStore("survey", who);
    const told = (task, done) => {
      sending = { id: task.id, done: done };
      drawList();
    };
    return { mark: who, store: store, sender: new Sender(app, who, store, told) };
  }

  /* Who is signed in. */
  async function recognise() {
    const before = own;
    try {
      const me = await whoIs(app);
      // Another one came here meanwhile: the answer may be about the one before.
      if (own !== before) return recognise();
      standing = "";
      belongTo(me.mark);
      own.sender.csrf = me.csrf;
    } catch (error) {
      standing = error instanceof Refused ? "out" : "gone";
      if (error.code === "password") location.href = "/" + app + "/password?to=" + location.pathname;
    }
    return null;
  }

  /* Somebody has signed out or in meanwhile, on another page: what was shown is not theirs. */
  async function lookAgain() {
    const before = own;
    belongTo(remembered(kept => kept.getItem(WHO)) || "");
    if (own === before) return;
    await route();
    await work();
  }

  /* Without an answer of the hub's, whoever was here last and did not sign out. Where it says that nobody is signed in, nothing is shown,
   * from then on without a network either: the phone may be lost. What lies here stays sealed until that person has signed in. */
  async function start() {
    if (!("indexedDB" in window && window.crypto && crypto.subtle)) return show("unable");
    await SealedStore.sweep("survey", Date.now());
    const late = new Promise(resolve => setTimeout(resolve, WHO_WITHIN));
    await Promise.race([recognise(), late]);
    if (standing === "out") remembered(kept => kept.removeItem(WHO));
    else if (!own) belongTo(remembered(kept => kept.getItem(WHO)) || "");
    await route();
    return work();
  }

  // --- what lies on the phone

  async function tasks(mine) {
    return (await mine.store.list("task/")).map(each => each[1]);
  }

  function keep(mine, task) {
    return mine.store.put("task/" + task.id, task, task.until);
  }

  /* Take a survey along: no more of the person than is needed at the door. */
  async function take(mine, id) {
    const kept = await tasks(mine);
    if (kept.some(task => task.id === id)) return;
    if (kept.length >= MOST_TASKS) throw new Refused(0, { message: "最多带走" + MOST_TASKS + "件，请先把填好的发出去。" });
    const found = await mine.sender.ask("GET", "/" + place + "/survey/surveys/" + id), line = found.survey, now = Date.now();
    if (own !== mine) return;
    if (found.can.indexOf("save") < 0 || line.state === "submitted") {
      throw new Refused(0, { message: line.number + line.state_label + "，不用再填。" });
    }
    const typed = typedOf(found.form || {}), there = {};
    const pictures = fields.pictures.reduce((all, name) => all.concat(typed[name] || []), []);
    pictures.forEach(file => { there[file] = file; });
    await keep(mine, {
      id: line.id, place: line.place, where: line.place_name, short: line.short, number: line.number, due: line.due_at,
      name: found.person.name, masked: found.person.id_number,
      needed: found.required, least: { investigators: found.investigators_at_least },
      state: "taken", begun: 0, saved: now, until: now + UNTOUCHED, draft: newId(), revision: 1, round: 1,
      typed: typed, pictures: pictures, sizes: {}, files: Object.assign({}, there), there: there, problem: null,
    });
    // So that the browser keeps it while it can; some ask nobody and say no.
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => false);
  }

  /* What the hub has of a form, as its fields show it. */
  function typedOf(form) {
    const typed = {};
    Object.keys(form).filter(name => form[name] !== null).forEach(name => {
      typed[name] = fields.moments.indexOf(name) < 0 ? form[name] : minute(Date.parse(form[name]));
    });
    return typed;
  }

  // --- the list

  async function drawList() {
    if (!own) return;
    const mine = own, turn = drawn += 1, kept = await tasks(mine), sent = (await mine.store.list("sent/")).map(each => each[1]);
    // What was asked for later knows more.
    if (own !== mine || turn !== drawn || !part("kept") || open) return;
    const left = offers.filter(line => !kept.some(task => task.id === line.id));
    const unsent = kept.filter(task => task.begun).length;
    remembered(local => local.setItem("hub.unsent.survey." + mine.mark, unsent)); // read by page.js
    say(notice && bar("says", "bad", notice));
    fillRows(part("kept"), kept.map(taskRow).concat(sent.map(sentRow)));
    const ids = left.map(line => line.id).join(" ");
    // What was unticked stays so while nothing else is to be had.
    if (part("offers").dataset.ids !== ids) fillRows(part("offers"), left.map(offerRow));
    part("offers").dataset.ids = ids;
    part("send").hidden = sending !== null || !kept.some(task => task.state === "ready");
    main.querySelector(".empty").hidden = kept.length + sent.length + left.length > 0;
  }

  /* Rows that say the same stay: one that is replaced under a finger hears nothing of the tap. */
  function fillRows(section, rows) {
    const card = section.querySelector(".rows"), anew = document.createElement("div");
    section.hidden = rows.length === 0;
    rows.forEach(row => anew.appendChild(row));
    if (anew.innerHTML === card.innerHTML) return;
    card.textContent = "";
    while (anew.firstChild) card.appendChild(anew.firstChild);
  }

  /* `words`: title, says, facts, lacks; `state` a word and its tone. */
  function row(words, state, href) {
    const made = piece("row"), small = all(made, ".what > small");
    made.querySelector(".name").textContent = words.title;
    [[small[0], words.says], [small[2], words.lacks]].forEach(([line, text]) => {
      line.textContent = text || "";
      line.hidden = !text;
    });
    dots(made, words.facts);
    made.querySelector(".pill").textContent = state[0];
    made.querySelector(".pill").className = "pill " + state[1];
    made.querySelector(".row").setAttribute("href", href);
    return made;
  }

  function taskRow(task) {
    const going = sending && sending.id === task.id;
    const state = going ? ["发送中" + sending.done + "/" + task.pictures.length, "info"] : STATES[task.state];
    const due = new Date(Date.parse(task.due) + 8 * 3600000), by = due.getUTCMonth() + 1 + "月" + due.getUTCDate() + "日前";
    return row({ title: task.name, says: age(task), facts: [task.short, task.where, by], lacks: trouble(task) }, state, "#/" + task.id);
  }

  function trouble(task) {
    return task.problem ? task.problem.text + (THEN[task.problem.status] || "") : "";
  }

  function age(task) {
    if (!task.begun) return "";
    const days = Math.floor((Date.now() - task.begun) / DAY);
    return days > 0 ? "已在手机里" + days + "天，iPhone7天后可能清除，请尽快联网" : "今天填的，已存在手机里";
  }

  function sentRow(sent) {
    const href = "/" + app + "/" + sent.place + "/survey/surveys/" + sent.id;
    return row({ title: sent.short, says: "手机里的已删除", facts: [sent.number] }, STATES.sent, href);
  }

  function offerRow(line) {
    const made = piece("offer");
    made.querySelector("input").value = line.id;
    made.querySelector(".name").textContent = line.who;
    dots(made, [line.short, line.place_name]);
    return made;
  }

  // --- where one is

  async function route() {
    all(document, ".shade, .sheet").forEach(over => over.remove());
    if (!own) {
      show("nobody");
      return say();
    }
    const mine = own, at = /^#\/([\w-]+)(\/remove)?$/.exec(location.hash);
    // A link to a field of the form.
    if (!at && location.hash.length > 1 && open) return null;
    if (at && open && open.task.id === at[1]) return at[2] ? askToRemove() : null;
    await leave();
    if (at && (await openForm(at[1]))) return at[2] ? askToRemove() : null;
    if (own !== mine) return null; // shown for the other one by now
    if (at) history.replaceState(null, "", location.pathname);
    show("list");
    return drawList();
  }

  async function leave() {
    const left = open;
    open = null;
    if (left) await left.leave();
  }

  /* Whether it is there; one that is not is taken along. */
  async function openForm(id) {
    const mine = own, find = async () => (await tasks(mine)).find(each => each.id === id);
    if (!(await find()) && !standing) await attempt(() => take(mine, id));
    const task = await find();
    if (own !== mine || !task || (sending && sending.id === id)) return false;
    open = new Filling(task, mine.store, say);
    show("filling");
    say(task.problem && bar("says", "bad", trouble(task)));
    await open.draw(main);
    return true;
  }

  function askToRemove() {
    document.body.appendChild(piece("removing"));
    all(document, ".shade, .sheet a").forEach(link => link.setAttribute("href", "#/" + open.task.id));
    document.querySelector(".sheet").focus();
  }

  async function remove() {
    const id = open.task.id, mine = own;
    await leave();
    await mine.store.remove("task/" + id, "picture/" + id + "/");
    location.hash = "";
  }

  // --- with a network

  async function attempt(act) {
    notice = "";
    try {
      await act();
    } catch (error) {
      if (error instanceof Later) standing = "gone";
      else if (error.ofSignIn) standing = "out";
      else if (error instanceof Refused) notice = error.message;
      else notice = "没有存下。手机存储可能已满，请先联网发送，或清理手机空间后再试。";
    }
  }

  /* Whatever a network allows: who is here, what waits, what is to do. */
  async function work() {
    asked = working;
    if (working) return;
    working = true;
    clearTimeout(again);
    const before = own;
    await recognise();
    if (own !== before) await route();
    if (!standing && own) await attempt(() => exchange(own));
    working = false;
    await drawList();
    if (asked) work();
    else if (standing === "gone") again = setTimeout(work, AGAIN_AFTER);
  }

  async function exchange(mine) {
    // Looked for anew after each: somebody goes on filling in meanwhile.
    const next = async () => (await tasks(mine)).find(task => task.state === "ready" && !(open && open.task.id === task.id));
    for (let task = await next(); task && own === mine; task = await next()) await sendOne(mine, task);
    if (own !== mine) return;
    const todo = await mine.sender.ask("GET", "/" + place + "/survey/todo?limit=100");
    if (own === mine) offers = todo.items;
  }

  /* What is refused stays, with the reason; without a network or a sign-in it waits as it is. */
  async function sendOne(mine, task) {
    sending = { id: task.id, done: 0 };
    try {
      await mine.sender.send(task);
      const sent = { id: task.id, place: task.place, short: task.short, number: task.number };
      await mine.store.put("sent/" + task.id, sent, Date.now() + DAY);
    } catch (error) {
      if (!(error instanceof Refused) || error.ofSignIn) throw error;
      task.state = "trouble";
      task.problem = { status: error.status, text: error.message, fields: error.fields };
      await keep(mine, task);
    } finally {
      sending = null;
    }
    await drawList();
  }

  // --- what happens

  const acts = {
    form: async () => { if (await open.finish()) location.hash = ""; },
    sure: remove,
    send: work,
    offers: async form => {
      const mine = own, chosen = all(form, "input:checked").map(box => box.value);
      await attempt(async () => { for (const id of chosen) await take(mine, id); });
      await drawList();
    },
  };

  main.addEventListener("input", event => { if (open && event.target.type !== "file") open.soon(); });
  main.addEventListener("change", event => { if (open && event.target.type === "file") open.add(event.target); });
  document.addEventListener("submit", event => {
    event.preventDefault();
    acts[event.target.id || event.target.dataset.part](event.target);
  });
  document.addEventListener("keydown", event => {
    const shade = event.key === "Escape" && document.querySelector(".shade");
    if (shade) shade.click();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) work();
    else if (open) open.settle();
  });
  window.addEventListener("hashchange", () => route().then(() => { if (!open) work(); }));
  document.addEventListener("kept", drawList);
  window.addEventListener("pageshow", event => { if (event.persisted) lookAgain(); });
  window.addEventListener("storage", lookAgain);
  window.addEventListener("online", work);
  window.addEventListener("offline", () => {
    standing = "gone";
    if (open) say();
    else drawList();
  });
  start();
})();
