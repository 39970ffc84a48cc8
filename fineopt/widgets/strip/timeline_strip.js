// The strip of a timeline. The page displays the rows that Python sends, and sends what its user wants; which
// snapshot is picked, and a name that is being edited, are the page's own.

const WIDTH = 1.6;  // of a line, in pixels; its dashes are as many widths long as in the charts
const pattern = dashes => dashes.map(dash => dash * WIDTH).join(" ");
const SVG = "http://www.w3.org/2000/svg";
const make = (tag, className, more = {}) => Object.assign(document.createElement(tag), { className, ...more });
const makeSvg = (tag, attributes) => {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
};
// Most of a strip stays as it is from one epoch to the next. What is written is computed, laid out and painted
// again, even if it is the same.
const set = (element, name, value) => { if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value); };
const assign = (object, name, value) => { if (object[name] !== value) object[name] = value; };
const JUPYTER_BUTTON = "jupyter-widgets jupyter-button lm-Widget";

// A row: whether the run stands on it, whether it is shown, its dashes, its name and its snapshots.
class BranchRow {
  constructor(strip, key) {
    Object.assign(this, { strip, key, dots: new Map(), edited: false, unanswered: 0 });
    const words = strip.words;
    this.el = make("div", "fineopt-strip-row");
    this.stands = make("input", "", { type: "radio", name: `fineopt-strip-${strip.page}` });
    this.shown = make("input", "", { type: "checkbox" });
    this.sample = makeSvg("svg", { class: "fineopt-strip-sample", "aria-hidden": "true" });
    this.sampled = this.sample.appendChild(makeSvg("line", { x1: 0, x2: 26, y1: 5, y2: 5, "stroke-width": WIDTH }));
    this.name = make("input", "", { type: "text", autocomplete: "off", spellcheck: false, maxLength: 80 });
    this.track = make("div", "fineopt-strip-track");
    this.track.setAttribute("role", "listbox");
    this.track.setAttribute("aria-orientation", "horizontal");
    this.lines = this.track.appendChild(makeSvg("svg", { class: "fineopt-strip-lines", "aria-hidden": "true" }));
    this.line = this.lines.appendChild(makeSvg("line", { y1: "50%", y2: "50%" }));
    this.fork = this.lines.appendChild(makeSvg("line", { "stroke-width": 1, y1: "-20%", y2: "50%" }));
    this.now = this.track.appendChild(make("div", "fineopt-strip-now"));
    this.remove = make("button", "fineopt-strip-remove", { type: "button", textContent: words.remove, title: words.removeHint });
    this.refusal = make("div", "fineopt-strip-refusal", { hidden: true });
    this.refusal.setAttribute("role", "alert");
    this.el.append(this.stands, this.shown, this.sample, this.name, this.track, this.remove, this.refusal);
    this.listen();
  }

  listen() {
    const { strip, key, name, remove } = this;
    this.stands.addEventListener("change", () => { strip.send({ do: "switch", key }); strip.render(); });
    this.shown.addEventListener("change", () => {
      this.unanswered += 1;
      strip.send({ do: "show", key, shown: this.shown.checked });
    });
    name.addEventListener("input", () => { this.edited = true; this.refuse(""); });
    name.addEventListener("blur", () => this.commit());
    name.addEventListener("keydown", event => {
      if (event.isComposing) return;
      if (event.key === "Enter") this.commit();
      if (event.key === "Escape") { this.edited = false; name.value = this.row.name; this.refuse(""); }
    });
    const sure = on => {
      remove.dataset.sure = on;
      remove.textContent = on ? strip.words.sure : strip.words.remove;
    };
    remove.addEventListener("click", () => {
      if (remove.dataset.sure === "true") { strip.send({ do: "remove", key }); sure(false); }
      else sure(true);
    });
    remove.addEventListener("blur", () => sure(false));
  }

  commit() {
    if (this.edited && this.name.value.trim() !== this.row.name)
      this.strip.send({ do: "rename", key: this.key, name: this.name.value });
    else this.name.value = this.row.name;
    this.edited = false;
  }

  refuse(text) {
    this.refusal.textContent = text;
    this.refusal.hidden = !text;
    this.name.setAttribute("aria-invalid", String(Boolean(text)));
    if (text && !this.edited) this.name.value = this.row.name;
  }

  render(row, alone) {
    this.row = row;
    const { words } = this.strip, { el, stands, shown, name, track, remove } = this;
    set(el, "data-current", row.current);
    set(el, "data-shown", row.shown);
    assign(stands, "checked", row.current);
    set(stands, "aria-label", `${words.stands} ${row.label}`);
    set(stands, "title", `${words.stands} ${row.label}`);
    if (!this.unanswered) assign(shown, "checked", row.shown);  // rows that were sent before a click do not undo it
    assign(shown, "disabled", row.current);
    set(shown, "aria-label", `${words.show}: ${row.label}`);
    set(shown, "title", words.show);
    set(this.sampled, "stroke-dasharray", pattern(row.dashes));
    if (!this.edited && (this.refusal.hidden || document.activeElement !== name)) assign(name, "value", row.name);
    set(name, "aria-label", `${words.name}: ${row.label}`);
    set(name, "title", row.name);
    set(track, "aria-label", `${words.snapshots} ${row.label}`);
    assign(remove, "hidden", row.current || alone);
    set(remove, "aria-label", `${words.remove} ${row.label}`);
    this.renderDots(row);
  }

  renderDots(row) {
    const { strip, track, dots } = this, known = new Set(row.moments.map(moment => moment.id));
    for (const [id, dot] of dots) if (!known.has(id)) { dot.remove(); dots.delete(id); }
    row.moments.forEach((moment, i) => {
      let dot = dots.get(moment.id);
      if (!dot) {
        dot = make("button", "fineopt-strip-dot", { type: "button", tabIndex: -1 });
        dot.setAttribute("role", "option");
        const pick = () => strip.pick(this.key, moment.id);
        dot.addEventListener("click", pick);
        dot.addEventListener("focus", pick);
        dot.addEventListener("dblclick", () => strip.rewind());
        dots.set(moment.id, dot);
      }
      set(dot, "data-fork", Boolean(row.forks && i === 0));
      set(dot, "data-whole", moment.whole);
      set(dot, "aria-label", `${row.label}: ${moment.label}`);
      if (moment.here) set(dot, "aria-current", "true");
      else dot.removeAttribute("aria-current");
      set(dot, "title", `${row.label}: ${moment.label}`);
      strip.place(dot, moment.x);
      if (track.children[i + 2] !== dot) track.insertBefore(dot, track.children[i + 2] ?? null);
    });
  }

  // The line through the dots, on to where the run is.
  renderLine(now) {
    const { row, line, fork } = this, { end } = this.strip, xs = row.moments.map(moment => moment.x);
    const [from, to] = [xs[0], Math.max(xs.at(-1), row.current ? now : 0)].map(x => `${100 * x / end}%`);
    set(line, "stroke-width", row.current ? 2 : WIDTH);
    set(line, "stroke-dasharray", pattern(row.dashes));
    for (const one of [line, fork]) set(one, "x1", from);
    set(line, "x2", to);
    set(fork, "x2", from);
    set(fork, "visibility", row.forks ? "visible" : "hidden");
    assign(this.now, "hidden", !row.current);
    assign(this.now.style, "display", row.current ? "" : "none");
    this.strip.place(this.now, now);
  }
}

class Strip {
  constructor(model, el) {
    Object.assign(this, { model, el, page: Math.random().toString(36).slice(2), rows: new Map(), picked: null, focusOn: null, width: 200 });
    this.words = model.get("words");
    el.classList.add("fineopt-strip", "mathjax_ignore", "tex2jax_ignore");
    el.setAttribute("role", "group");
    el.setAttribute("aria-label", this.words.title);
    const head = make("div", "fineopt-strip-head");
    const button = (label, title, act) => {
      const made = make("button", JUPYTER_BUTTON, { type: "button", textContent: label, title });
      made.addEventListener("click", act);
      return made;
    };
    this.rewindButton = button(this.words.rewind, this.words.rewindHint, () => this.rewind());
    this.branchButton = button(this.words.branch, this.words.branchHint, () => this.branch());
    this.said = make("span", "fineopt-strip-said");
    this.said.setAttribute("role", "status");
    this.refusal = make("div", "fineopt-strip-refusal", { hidden: true });
    this.refusal.setAttribute("role", "alert");
    head.append(make("b", "", { textContent: this.words.title }), this.rewindButton, this.branchButton, this.said, this.refusal);
    this.body = make("div", "");
    this.axis = make("div", "fineopt-strip-axis");
    this.axis.setAttribute("aria-hidden", "true");
    this.ticks = this.axis.appendChild(make("div", "fineopt-strip-track"));
    this.note = make("div", "fineopt-strip-note");
    el.append(head, this.body, this.axis, this.note);
    this.body.addEventListener("keydown", event => this.onKey(event));
    suppressShortcuts(el);
  }

  send(wish) {
    this.refuse("");
    this.model.send({ page: this.page, ...wish });
  }

  refuse(text) {
    this.refusal.textContent = text;
    this.refusal.hidden = !text;
  }

  // ---- what is picked ----

  pick(key, id) {
    const one = this.picked && this.picked.key === key && this.picked.id === id;
    if (!one) { this.picked = { key, id }; this.renderPicked(); }
  }

  found() {
    const row = this.picked && this.model.get("rows").find(one => one.key === this.picked.key);
    const moment = row?.moments.find(one => one.id === this.picked.id);
    return moment ? { row, moment } : null;
  }

  rewind() {
    const found = this.found();
    if (found) this.send({ do: "rewind", key: found.row.key, moment: found.moment.id });
  }

  branch() {
    this.send({ do: "branch", moment: this.found()?.moment.id ?? null });
  }

  onKey(event) {
    const dot = event.target.closest(".fineopt-strip-dot"), found = dot && this.found();
    if (!found || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = this.model.get("rows"), { row, moment } = found, { moments } = row;
    const at = moments.indexOf(moment), last = moments.length - 1;
    const along = { ArrowLeft: Math.max(at - 1, 0), ArrowRight: Math.min(at + 1, last), Home: 0, End: last }[event.key];
    let [to, next] = [row, moments[along]];
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      to = rows[rows.indexOf(row) + (event.key === "ArrowUp" ? -1 : 1)];
      const far = one => Math.abs(one.x - moment.x);
      next = to?.moments.reduce((a, b) => (far(b) < far(a) ? b : a));
      event.preventDefault();
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.rewind();
      return;
    } else if (event.key === "Escape") {
      this.picked = null;
      this.renderPicked();
      return;
    }
    if (!next) return;
    event.preventDefault();
    this.pick(to.key, next.id);
    this.rows.get(to.key).dots.get(next.id).focus();
  }

  // ---- showing ----

  place(element, x) {
    const left = `${100 * x / this.end}%`;
    if (element.placed !== left) element.style.left = element.placed = left;
  }

  onMessage(message) {
    if (message.page !== this.page) return;
    const row = this.rows.get(message.key);
    if (message.do === "show" && row) row.unanswered -= 1;
    if (message.do === "show" && !message.refused) return;  // its rows come next
    if (message.refused && message.do === "rename" && row) row.refuse(message.refused);
    else if (message.refused) this.refuse(message.refused);
    else if (message.do === "rewind" || message.do === "switch" || message.do === "branch") {
      if (message.do === "branch") this.focusOn = message.made;
      if (message.do !== "rewind") this.picked = null;
    }
    this.render();
  }

  render() {
    const rows = this.model.get("rows"), keys = new Set(rows.map(row => row.key));
    this.end = Math.max(4, ...rows.flatMap(row => row.moments.map(moment => moment.x)), Math.ceil(this.model.get("now")));
    for (const [key, row] of this.rows) if (!keys.has(key)) { row.el.remove(); this.rows.delete(key); }
    rows.forEach((row, i) => {
      if (!this.rows.has(row.key)) this.rows.set(row.key, new BranchRow(this, row.key));
      const own = this.rows.get(row.key);
      if (this.body.children[i] !== own.el) this.body.insertBefore(own.el, this.body.children[i] ?? null);
      own.render(row, rows.length === 1);
    });
    assign(this.note, "textContent", this.model.get("note"));
    assign(this.note, "hidden", !this.note.textContent);
    for (const row of this.rows.values()) row.renderLine(this.model.get("now"));
    this.renderPicked();
    this.renderAxis();
    if (this.rows.has(this.focusOn)) {
      const { name } = this.rows.get(this.focusOn);
      this.focusOn = null;
      name.focus({ preventScroll: true });
      name.select();
    }
  }

  renderNow() {
    const now = this.model.get("now");
    if (now > this.end) { this.render(); return; }
    for (const row of this.rows.values()) if (row.row.current) row.renderLine(now);
  }

  renderPicked() {
    const found = this.found();
    if (!found) this.picked = null;
    let stop = null;
    for (const row of this.rows.values())
      for (const [id, dot] of row.dots) {
        const on = Boolean(found && row.key === found.row.key && id === found.moment.id);
        set(dot, "aria-selected", on);
        if (on || (!found && (!stop || dot.hasAttribute("aria-current")))) stop = dot;
      }
    // One stop of the Tab key; the arrow keys go on from it.
    for (const row of this.rows.values()) for (const dot of row.dots.values()) set(dot, "tabindex", dot === stop ? 0 : -1);
    assign(this.rewindButton, "disabled", !found);
    assign(this.said, "textContent", found ? `${this.words.picked}: ${found.row.label}, ${found.moment.label}` : this.words.pick);
  }

  // The numbers of the epochs, as many as there is room for. The observer tells the width: to ask for it while
  // a run plays would lay the page out once more (4 ms).
  renderAxis() {
    const { width, end } = this;
    if (this.numbered === `${width} ${end}`) return;
    this.numbered = `${width} ${end}`;
    const room = 26 + 7 * String(Math.floor(end)).length;
    const per = [1, 2, 5].flatMap((_, i, steps) => [0, 1, 2, 3, 4, 5].map(p => steps[i] * 10 ** p)).sort((a, b) => a - b);
    const every = per.find(step => width * step / end >= room) ?? per.at(-1);
    const numbers = [];
    for (let epoch = 0; epoch <= end; epoch += every) {
      const number = make("span", "", { textContent: epoch });
      number.style.left = `${100 * epoch / end}%`;
      numbers.push(number);
    }
    this.ticks.replaceChildren(...numbers);
    set(this.el, "data-dense", width / end < 16);
  }
}

function render({ model, el }) {
  const strip = new Strip(model, el);
  const rows = () => strip.render(), now = () => strip.renderNow();
  const onMessage = message => strip.onMessage(message);
  model.on("change:rows change:note", rows);
  model.on("change:now", now);
  model.on("msg:custom", onMessage);
  strip.render();
  const size = new ResizeObserver(([entry]) => {
    strip.width = entry.contentRect.width || 200;
    strip.renderAxis();
  });
  size.observe(strip.ticks);
  return () => {
    size.disconnect();
    model.off("change:rows change:note", rows);
    model.off("change:now", now);
    model.off("msg:custom", onMessage);
  };
}

export default { render };
