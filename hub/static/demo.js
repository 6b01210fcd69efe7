/* The page /demo: WeChat messages, the story and the clock come by server-sent events; the apps are the hub's own pages, in frames. */
(function () {
  "use strict";

  const MOST = 30; // messages kept of a person; older ones are in the inbox
  const SHOWN = { month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false };
  const byId = id => document.getElementById(id);

  function time(text) {
    const moment = new Date(text);
    return isNaN(moment) ? text : moment.toLocaleString("zh-CN", { timeZone: "Asia/Shanghai", ...SHOWN });
  }

  /* What the hub says to a button; its words where it refuses. */
  async function ask(path) {
    const answer = await fetch(path, { method: "POST" }).catch(() => null);
    if (answer && answer.ok) return "";
    return answer ? (await answer.json()).error.message : "连接不上服务，请确认演示仍在运行。";
  }

  // --- who holds which phone -------------------------------------------------------------------------------------------

  const messages = {}; // person → cards, the newest first
  const phones = {}; // app → its section

  const held = phone => phone.querySelector(".who [aria-current]").dataset.person;
  const linkOf = person => document.querySelector('.who [data-person="' + person + '"]');

  for (const phone of document.querySelectorAll(".phone")) {
    phones[phone.dataset.app] = phone;
    for (const link of phone.querySelectorAll(".who a")) {
      messages[link.dataset.person] = [];
      link.addEventListener("click", () => hold(phone, link)); // the link itself opens their app in the frame
    }
  }

  function hold(phone, link) {
    phone.querySelector(".who [aria-current]").removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    phone.querySelector(".says").textContent = link.dataset.says;
    phone.querySelector(".list").replaceChildren(...messages[link.dataset.person]);
  }

  // --- WeChat ----------------------------------------------------------------------------------------------------------

  function showWeChat(message) {
    const cards = messages[message.person], phone = linkOf(message.person).closest(".phone");
    const card = cardOf(message, phone.dataset.app);
    cards.unshift(card);
    const old = cards.splice(MOST);
    if (held(phone) !== message.person) return;
    const list = phone.querySelector(".list");
    list.prepend(card);
    for (const each of old) each.remove();
    list.scrollTop = 0;
  }

  function cardOf(message, app) {
    const card = byId("wechat-message").content.firstElementChild.cloneNode(true), link = card.querySelector("a");
    link.href = message.href;
    link.target = "phone-" + app;
    card.querySelector(".account").textContent = message.account;
    card.querySelector("time").textContent = time(message.at);
    card.querySelector("strong").textContent = message.title;
    for (const line of message.lines) {
      const label = document.createElement("dt"), text = document.createElement("dd");
      label.textContent = line.label;
      text.textContent = line.text;
      card.querySelector("dl").append(label, text);
    }
    return card;
  }

  // --- the story -------------------------------------------------------------------------------------------------------

  let total = 1;

  const TELL = {
    wechat: showWeChat,
    clock: frame => { byId("today").textContent = frame.day; },
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
      byId("story").classList.toggle("wrong", !frame.right);
    },
  };

  function play(running, words) {
    for (const button of document.querySelectorAll(".tools button")) button.disabled = running;
    byId("play").textContent = running ? "正在播放" : "再播放一次";
    if (running) leave();
    say(words, false);
  }

  function say(words, wrong) {
    byId("caption").textContent = words;
    byId("detail").textContent = "";
    byId("story").classList.toggle("wrong", wrong);
  }

  byId("play").addEventListener("click", async () => {
    byId("play").disabled = true;
    const problem = await ask("/demo/play");
    if (problem) play(false, problem);
  });

  // --- the clock -------------------------------------------------------------------------------------------------------

  const forwards = document.querySelectorAll("[data-forward]");
  for (const button of forwards) button.addEventListener("click", () => {
    byId("ask").returnValue = ""; // Esc leaves the answer of the last time
    byId("ask").showModal();
  });

  byId("ask").addEventListener("close", async () => {
    if (byId("ask").returnValue !== "forward") return;
    for (const button of forwards) button.disabled = true;
    const problem = await ask("/demo/clock");
    for (const button of forwards) button.disabled = false;
    if (problem) leave();
    say(problem || "已经是第二天了，看看谁的手机上来了消息", Boolean(problem));
  });

  // --- the tour --------------------------------------------------------------------------------------------------------

  const steps = [...document.querySelectorAll("#tour li")];
  let at = 0;

  async function begin() {
    byId("begin").disabled = byId("again").disabled = true;
    say("正在替您准备申报材料，请稍候", false);
    const problem = await ask("/demo/tour");
    byId("begin").disabled = byId("again").disabled = false;
    if (problem) {
      leave();
      say(problem, true);
      return;
    }
    byId("story").hidden = true;
    byId("tour").hidden = false;
    go(0);
  }

  function leave() {
    byId("tour").hidden = true;
    byId("story").hidden = false;
    mark(null);
  }

  function mark(phone) {
    for (const each of Object.values(phones)) each.classList.toggle("now", each === phone);
  }

  /* The phone goes to whoever does the step, unless they hold it already. */
  function go(number) {
    if (number === steps.length) {
      leave();
      say("走完了：从居民到窗口、乡镇、县级，结果回到居民的手机", false);
      return;
    }
    at = number;
    const { person, app, opens } = steps[at].dataset, phone = phones[app];
    steps.forEach((step, each) => { step.hidden = each !== at; });
    byId("back").disabled = at === 0;
    byId("next").textContent = at === steps.length - 1 ? "完成" : "下一步";
    if (opens || held(phone) !== person) {
      const page = opens ? "?to=" + encodeURIComponent(opens) : "";
      phone.querySelector("iframe").src = "/demo/enter/" + person + page;
    }
    hold(phone, linkOf(person));
    mark(phone);
    phone.scrollIntoView({ block: "start", behavior: "smooth" });
  }

  byId("begin").addEventListener("click", begin);
  byId("again").addEventListener("click", begin);
  byId("back").addEventListener("click", () => go(at - 1));
  byId("next").addEventListener("click", () => go(at + 1));

  const feed = new EventSource("/demo/feed");
  feed.onmessage = event => {
    const frame = JSON.parse(event.data);
    if (TELL[frame.kind]) TELL[frame.kind](frame);
  };
})();
