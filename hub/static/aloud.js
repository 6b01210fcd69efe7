/* 读给我听: reads a page to whoever cannot read it, in the browser's own Chinese voice. Only when asked; a second tap stops it, and so does
 * leaving the page. Its buttons name the element that is read, and stay hidden where the browser has no voice for it:
 *
 *   <button type="button" data-aloud="main" data-stops="停止" hidden><span>读给我听</span></button>
 *
 * ES2017, no eval. */
(function () {
  "use strict";

  const speech = window.speechSynthesis;
  if (!speech || !window.SpeechSynthesisUtterance) return;

  // A voice that is given more at once falls silent in the middle of it.
  const PIECES = /[^]{1,80}/g;
  // What is tapped, and not told.
  const SILENT = "button, nav, form, .link, details:not([open])";

  // What is being read, by the button that began it. The browser forgets a sentence that nobody holds, and with it that it has ended.
  let reading = null;

  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("htmx:afterSettle", show);
  // Some browsers learn of their voices late.
  if (speech.addEventListener) speech.addEventListener("voiceschanged", show);
  document.addEventListener("htmx:beforeSwap", event => { if (event.detail.target === document.body) stop(); });
  window.addEventListener("pagehide", stop);
  document.addEventListener("click", event => {
    const button = event.target.closest && event.target.closest("[data-aloud]");
    if (!button) return;
    const again = reading && reading.button === button;
    stop();
    if (!again) read(button);
  });

  function show() {
    const voices = speech.getVoices(), mute = voices.length > 0 && !chinese(voices);
    document.querySelectorAll("[data-aloud]").forEach(button => { button.hidden = mute; });
  }

  function chinese(voices) {
    const of = language => voices.find(voice => voice.lang.replace("_", "-").toLowerCase().indexOf(language) === 0);
    return of("zh-cn") || of("cmn-") || of("zh");
  }

  function read(button) {
    const voice = chinese(speech.getVoices()), label = button.querySelector("span");
    const sentences = sentencesOf(document.getElementById(button.dataset.aloud)).map(text => {
      const sentence = new window.SpeechSynthesisUtterance(text);
      if (voice) sentence.voice = voice;
      sentence.lang = "zh-CN";
      sentence.rate = 0.9;
      return sentence;
    });
    if (!sentences.length) return;
    reading = { button: button, label: label, words: label.textContent, sentences: sentences };
    label.textContent = button.dataset.stops;
    // What was cut off ends later, when something else may be read already.
    const ended = () => { if (reading && reading.sentences === sentences) stop(); };
    const last = sentences[sentences.length - 1];
    last.onend = ended;
    sentences.forEach(sentence => { sentence.onerror = ended; });
    sentences.forEach(sentence => speech.speak(sentence));
  }

  function stop() {
    if (!reading) return;
    reading.label.textContent = reading.words;
    reading = null;
    speech.cancel();
  }

  /* As it is seen, line by line, in pieces that a voice reads without a pause for breath. */
  function sentencesOf(element) {
    const sentences = linesOf(element).map(line => spoken(line).match(/[^。！？；]+[。！？；]?/g) || []);
    return flat(flat(sentences).map(sentence => sentence.match(PIECES)));
  }

  function linesOf(node) {
    if (node.nodeType === Node.TEXT_NODE) return lines(node.textContent);
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches(SILENT) || !node.getClientRects().length) return [];
    return node.querySelector(SILENT) ? flat(Array.from(node.childNodes, linesOf)) : lines(node.innerText);
  }

  function lines(text) {
    return text.split("\n").map(line => line.trim()).filter(Boolean);
  }

  function flat(lists) {
    return [].concat(...lists);
  }

  /* What is masked: of a number its last digits, of a name somebody. */
  function spoken(line) {
    return line.replace(/[0-9A-Za-z]*\*{2,}/g, "尾号").replace(/\*/g, "某");
  }
})();
