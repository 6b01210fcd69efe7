/* The page /demo: WeChat messages and the story come by server-sent events, the apps' messages by the live session. */
(function () {
  "use strict";

  const MOST = 30; // messages on a phone; older ones are in the inbox
  const byId = id => document.getElementById(id);
  const phones = {}; // person → {lists, line, token}

  function clone(id) {
    return byId(id).content.firstElementChild.cloneNode(true);
  }

  function time(text) {
    const moment = new Date(text);
    return isNaN(moment) ? text : moment.toLocaleTimeString("zh-CN", { timeZone: "Asia/Shanghai", hour12: false });
  }

  /* The newest on top, as the eye looks for it. */
  function put(list, item) {
    list.prepend(item);
    while (list.children.length > MOST) list.lastElementChild.remove();
    list.scrollTop = 0;
  }

  // --- WeChat ----------------------------------------------------------------------------------------------------------

  function showWeChat(message) {
    const phone = phones[message.person];
    if (!phone) return;
    const card = clone("wechat-message");
    card.querySelector(".account").textContent = message.account;
    card.querySelector("time").textContent = time(message.at);
    card.querySelector("strong").textContent = message.title;
    for (const line of message.lines) {
      const label = document.createElement("dt"), text = document.createElement("dd");
      label.textContent = line.label;
      text.textContent = line.text;
      card.querySelector("dl").append(label, text);
    }
    put(phone.wechat, card);
  }

  // --- the apps' messages ------------------------------------------------------------------------------------------------

  function entryOf(entry) {
    const item = clone("inbox-message");
    item.dataset.id = entry.id;
    item.querySelector(".code").textContent = entry.code;
    item.querySelector("strong").textContent = entry.title;
    item.querySelector("time").textContent = time(entry.at);
    item.querySelector("p").textContent = entry.body;
    return item;
  }

  function withdraw(phone, id, why) {
    const item = Array.from(phone.inbox.children).find(child => child.dataset.id === id);
    if (!item) return;
    item.classList.add("withdrawn");
    item.dataset.why = why;
  }

  function hear(phone, entry) {
    if (entry.kind === "withdrawn") withdraw(phone, entry.ref, "已撤回：" + (entry.body || entry.title));
    else put(phone.inbox, entryOf(entry));
  }

  async function ask(phone, path, method) {
    const answer = await fetch("/api/v1" + path, {
      method: method || "GET",
      headers: { Authorization: "Bearer " + phone.token, "Content-Type": "application/json" },
      body: method ? "{}" : undefined,
    });
    if (!answer.ok) throw Object.assign(new Error(path), { status: answer.status });
    return answer.json();
  }

  async function loadInbox(phone) {
    const page = await ask(phone, "/inbox?limit=10");
    phone.inbox.replaceChildren(...page.items.map(entryOf));
    for (const entry of page.items) if (entry.withdrawn) withdraw(phone, entry.id, "已撤回");
  }

  /* Two phones in one tab: each its own device, and a fresh look at the inbox at every load. */
  function storageOf(person) {
    const name = key => "demo." + person + "." + key;
    return {
      get: key => (key === "hub.device" ? sessionStorage.getItem(name(key)) : null),
      set: (key, text) => { if (key === "hub.device") sessionStorage.setItem(name(key), text); },
    };
  }

  const STATES = { connecting: "连接中", open: "在线", waiting: "重新连接", signed_out: "已退出", outdated: "请刷新", stopped: "已停止" };

  function connect(person, phone) {
    new HubClient({
      url: location.origin.replace("http", "ws") + "/ws",
      ticket: () => ask(phone, "/me/ticket", "POST").then(answer => answer.ticket),
      storage: storageOf(person),
      onMessage: frame => hear(phone, frame.entry),
      onReset: () => loadInbox(phone),
      onState: state => {
        phone.line.dataset.state = state;
        phone.line.textContent = STATES[state] || state;
        // Its session has ended: the hub gives a fresh one.
        if (state === "signed_out") setTimeout(signIn, 2000);
      },
    }).start();
  }

  async function signIn() {
    const shown = await (await fetch("/demo/phones")).json();
    for (const view of shown) {
      const phone = phones[view.key], again = Boolean(phone.token);
      if (phone.token === view.token) continue;
      phone.token = view.token;
      if (!again || phone.line.dataset.state === "signed_out") connect(view.key, phone);
    }
  }

  // --- the story -------------------------------------------------------------------------------------------------------

  let total = 1;

  const TELL = {
    wechat: showWeChat,
    begin: frame => {
      total = frame.total;
      play(true, "演示开始");
      byId("done").style.transform = "scaleX(0)";
    },
    step: frame => {
      byId("caption").textContent = frame.number + "/" + total + " " + frame.title;
      byId("detail").textContent = "";
      byId("done").style.transform = "scaleX(" + frame.number / total + ")";
    },
    say: frame => { byId("detail").textContent = frame.text; },
    push: frame => { byId("detail").textContent = frame.code + " " + frame.channel + " → " + frame.to; },
    end: frame => {
      play(false, frame.right ? "演示结束：申报已走完全程" : "演示中断");
      byId("detail").textContent = frame.text;
      document.querySelector(".story").classList.toggle("wrong", !frame.right);
    },
  };

  function play(running, words) {
    byId("play").disabled = running;
    byId("play").textContent = running ? "正在播放" : "再播放一次";
    byId("caption").textContent = words;
    document.querySelector(".story").classList.remove("wrong");
  }

  byId("play").addEventListener("click", async () => {
    byId("play").disabled = true;
    const answer = await fetch("/demo/play", { method: "POST" }).catch(() => null);
    if (answer && answer.ok) return;
    const problem = answer ? (await answer.json()).error.message : "连接不上服务，请确认演示仍在运行。";
    play(false, problem);
  });

  for (const section of document.querySelectorAll(".phone")) {
    phones[section.dataset.person] = {
      wechat: section.querySelector('[data-list="wechat"]'),
      inbox: section.querySelector('[data-list="inbox"]'),
      line: section.querySelector(".line"),
      token: "",
    };
  }

  const feed = new EventSource("/demo/feed");
  feed.onmessage = event => {
    const frame = JSON.parse(event.data);
    if (TELL[frame.kind]) TELL[frame.kind](frame);
  };
  signIn();
})();
