/* The form of one survey on the phone: drawn, kept as it is typed, checked for what is missing; pictures made small before they are kept.
 * ES2017, no eval. */
(function (root) {
  "use strict";

  const UNSENT = 30 * 86400000, PAUSE = 300; // milliseconds
  const LONGEST_SIDE = 1600, QUALITY = 0.8;
  const MOST_LETTERS = 200e6; // of all pictures on the phone together
  const FULL = "手机存储已满，刚才的没有存下。请先联网发送，或清理手机空间后再试。";
  const { all, bar, bare, dots, fields, minute, newId, piece } = root.Survey;

  class Filling {
    /* say(bar) shows a line over the page, none without one. */
    constructor(task, store, say) {
      Object.assign(this, { task: task, _store: store, _say: say, _saving: Promise.resolve(), _pending: null });
    }

    /* Draws it into `main`, which holds the template already. */
    async draw(main) {
      const task = this.task, form = this._form = main.querySelector("form");
      dots(main.querySelector(".head"), [task.short, task.number]);
      main.querySelector(".person .name").textContent = task.name;
      dots(main.querySelector(".person"), [task.masked, task.where]);
      main.querySelector(".link").setAttribute("href", "#/" + task.id + "/remove");
      if (!task.begun) await this._begin();
      all(form, "textarea[data-most]").forEach(area => { area.maxLength = Number(area.dataset.most); });
      this._needed().forEach(name => all(this._field(name), ".asked small").forEach(mild => { mild.hidden = true; }));
      all(form, "[name]").forEach(control => fill(control, task.typed[bare(control.name)]));
      const kept = {};
      (await this._store.list(this._pictures())).forEach(each => { kept[each[0].split("/")[2]] = each[1].jpeg; });
      fields.pictures.forEach(name => (task.typed[name] || []).forEach(id => this._show(name, id, kept[id])));
      if (task.problem) this._showWrong(task.problem.fields);
    }

    /* Now, and by those who made the visit before: whoever goes from door to door goes with the same people. */
    async _begin() {
      const typed = this.task.typed, before = (await this._store.list("task/")).map(each => each[1]).filter(each => each.begun);
      const last = before.sort((one, other) => other.begun - one.begun)[0];
      fields.moments.forEach(name => { typed[name] = typed[name] || minute(Date.now()); });
      if (last) fields.lines.forEach(name => { typed[name] = typed[name] && typed[name].length ? typed[name] : last.typed[name]; });
    }

    // --- kept as it is typed

    soon() {
      clearTimeout(this._pending);
      this._pending = setTimeout(() => this.settle(), PAUSE);
    }

    /* What was typed a moment ago is kept now. */
    settle() {
      if (!this._pending) return this._saving;
      clearTimeout(this._pending);
      this._pending = null;
      return this.save("draft");
    }

    /* One after the other. What had been ready, or was refused, is a draft again, and another revision of it. */
    save(state) {
      const task = this.task;
      this._saving = this._saving.then(async () => {
        if (task.state === "ready" || task.state === "trouble") task.revision += 1;
        task.begun = task.begun || Date.now();
        task.until = task.begun + UNSENT;
        task.typed = this._read();
        task.pictures = fields.pictures.reduce((found, name) => found.concat(task.typed[name] || []), []);
        task.saved = Date.now();
        task.problem = null;
        task.state = state;
        await this._store.put("task/" + task.id, task, task.until);
      }).catch(() => this._say(bar("says", "bad", FULL)));
      return this._saving;
    }

    /* Pictures that were taken away are not wanted back. */
    async leave() {
      await this.settle();
      const kept = (await this._store.list(this._pictures())).map(each => each[0]);
      const gone = kept.filter(name => this.task.pictures.indexOf(name.split("/")[2]) < 0);
      if (gone.length) await this._store.remove(...gone);
    }

    /* Whether nothing is missing: then it is ready to be sent. */
    async finish() {
      await this.settle();
      await this.save("draft");
      const wrong = {};
      this._needed().forEach(name => {
        const value = this.task.typed[name], least = this.task.least[name] || 1;
        if (!value || !value.length) wrong[name] = "这一项还没有填。";
        else if (Array.isArray(value) && value.length < least) wrong[name] = "至少要" + least + "个。";
      });
      this._showWrong(wrong);
      if (Object.keys(wrong).length) return false;
      await this.save("ready");
      return this.task.state === "ready";
    }

    _read() {
      const typed = {};
      all(this._form, '[name^="form."]').forEach(control => {
        const name = bare(control.name);
        if (control.type === "checkbox") typed[name] = (typed[name] || []).concat(control.checked ? control.value : []);
        else if (control.type === "file" || (control.type === "radio" && !control.checked)) return;
        else if (fields.lines.indexOf(name) < 0) typed[name] = control.value.trim();
        else typed[name] = control.value.split("\n").map(line => line.trim()).filter(Boolean);
      });
      return typed;
    }

    // --- what is missing or was refused

    _needed() {
      return fields.always.concat(this.task.needed);
    }

    _field(name) {
      const control = this._form.querySelector('[name="form.' + name + '"]');
      return control ? control.closest(".field") : document.createElement("div");
    }

    /* `wrong`: what is said by field. On top with a link to each, and at the field, as the hub draws a form that it refuses. */
    _showWrong(wrong) {
      const form = this._form;
      all(form.parentNode, ".problems, .wrong").forEach(old => old.remove());
      all(form, "[aria-invalid]").forEach(control => control.removeAttribute("aria-invalid"));
      const named = Object.keys(wrong).map(path => [this._field(bare(path)), wrong[path]]).filter(each => each[0].isConnected);
      if (!named.length) return;
      const summary = piece("problems"), list = summary.querySelector("ul"), line = list.firstElementChild;
      summary.querySelector("h2").lastChild.textContent = "还有" + named.length + "处要改";
      named.forEach(([field, text]) => {
        const point = list.appendChild(line.cloneNode(true)).firstElementChild;
        point.textContent = field.querySelector(".asked").firstChild.textContent.trim() + "：" + text;
        point.setAttribute("href", "#" + sayAt(field, text));
      });
      line.remove();
      form.parentNode.insertBefore(summary, form);
      form.parentNode.querySelector(".problems").focus();
    }

    // --- pictures

    _pictures() {
      return "picture/" + this.task.id + "/";
    }

    async add(input) {
      const name = bare(input.name), box = input.closest(".pictures"), most = Number(box.dataset.most);
      this._say(bar("says", "info", "正在存照片，请稍等。"));
      let trouble = "";
      for (const file of Array.prototype.slice.call(input.files)) {
        if (trouble) break;
        const have = all(box, "input:checked").length;
        trouble = have < most ? await this._addOne(name, file) : "最多" + most + "张，多的没有存。";
      }
      input.value = "";
      this._say(trouble && bar("says", "bad", trouble));
    }

    /* What is wrong; "" for nothing. */
    async _addOne(name, file) {
      const id = newId(), jpeg = await scaled(file).catch(() => "");
      if (!jpeg) return "有一张照片打不开，请换一张。";
      // It lies there as long as what it belongs to.
      await this.save("draft");
      const others = (await this._store.list("task/")).map(each => each[1]);
      const sizes = others.reduce((sum, task) => sum + task.pictures.reduce((part, each) => part + (task.sizes[each] || 0), 0), 0);
      if (sizes + jpeg.length > MOST_LETTERS) return "手机里的照片太多，请先联网发送。";
      try {
        await this._store.put(this._pictures() + id, { jpeg: jpeg }, this.task.until);
      } catch (error) {
        return FULL;
      }
      this.task.sizes[id] = jpeg.length;
      this._show(name, id, jpeg);
      await this.save("draft");
      return "";
    }

    /* One without a JPEG lies at the hub already. */
    _show(name, id, jpeg) {
      const box = this._form.querySelector('[data-pictures="form.' + name + '"]'), made = piece("picture");
      const control = made.querySelector("input");
      control.name = "form." + name;
      control.value = id;
      if (jpeg) made.querySelector("img").src = jpeg;
      else made.querySelector(".kept").textContent = "已在平台，点此去掉";
      box.insertBefore(made, box.querySelector(".add"));
    }
  }

  function fill(control, value) {
    if (control.type === "file" || value === undefined) return;
    if (control.type === "radio") control.checked = control.value === value;
    else control.value = Array.isArray(value) ? value.join("\n") : value;
  }

  /* Says it at the field; the id of its control. */
  function sayAt(field, text) {
    const control = field.querySelector(".input, .tick"), line = piece("wrong").querySelector(".wrong");
    line.id = control.id + "-wrong";
    line.querySelector("span").textContent = text;
    all(field, ".asked, .hint").pop().insertAdjacentElement("afterend", line);
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", all(field, ".hint, .wrong").map(each => each.id).join(" "));
    return control.id;
  }

  /* A JPEG of at most LONGEST_SIDE, as a data address: pages may show no other. Raises for what is no picture. */
  async function scaled(file) {
    const reader = new FileReader(), image = new Image(), canvas = document.createElement("canvas");
    await ended(reader, () => reader.readAsDataURL(file));
    await ended(image, () => { image.src = reader.result; });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(image.naturalWidth, image.naturalHeight));
    canvas.width = Math.round(image.naturalWidth * scale);
    canvas.height = Math.round(image.naturalHeight * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", QUALITY);
  }

  function ended(thing, begin) {
    return new Promise((resolve, reject) => {
      thing.onload = resolve;
      thing.onerror = reject;
      begin();
    });
  }

  root.Survey.Filling = Filling;
})(self);
