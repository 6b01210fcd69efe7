/* The page /demo: WeChat messages and the story come by server-sent events; the apps are the hub's own pages, in frames. */
(function () {
  "use strict";

  const MOST = 30; // messages on a phone; older ones are in the inbox
  const byId = id => document.getElementById(id);
  const phones = {}; // person → {wechat}

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
    phones[section.dataset.person] = { wechat: section.querySelector('[data-list="wechat"]') };
  }

  const feed = new EventSource("/demo/feed");
  feed.onmessage = event => {
    const frame = JSON.parse(event.data);
    if (TELL[frame.kind]) TELL[frame.kind](frame);
  };
})();
