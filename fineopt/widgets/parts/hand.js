// A slider and a number field. Python shows; only a hand's own acts are sent, never an answer to what is
// shown. Each act has a number, and Python says which it has dealt with: until then, and while the hand
// is on the slider or in the field, the page leaves it as the hand does.

function acts(model, render) {
  const page = Math.random().toString(36).slice(2);
  let sent = 0, next = null;
  const heard = () => model.get("shown").heard[page] ?? 0;
  const self = {
    waits: () => heard() < sent,
    send(act) {
      sent += 1;
      model.send({ ...act, page, act: sent });
    },
    // Of many moves of a drag, one is under way at a time: a busy kernel gets the newest.
    move(act) {
      if (self.waits()) next = act;
      else self.send(act);
    },
  };
  let before = 0;
  const follow = () => {
    const answered = heard() > before;
    before = heard();
    if (!self.waits() && next !== null) {
      self.send(next);
      next = null;
    }
    render(answered);
  };
  model.on("change", follow);
  return { ...self, stop: () => model.off("change", follow) };
}

// Keys belong to what has the focus: no letter or Enter is a notebook's command. Ctrl+S still saves.
function keepKeys(element) {
  for (const kind of ["keydown", "keypress", "keyup"])
    element.addEventListener(kind, event => {
      const saves = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
      if (!saves) event.stopPropagation();
    });
}

const inWords = lr => String(Number(Number(lr).toPrecision(3)));

function slider(model, el) {
  const input = document.createElement("input");
  input.type = "range";
  el.append(input);
  let held = false;
  const render = () => {
    const { low, high, at, value } = model.get("shown");
    input.setAttribute("aria-label", model.get("label"));
    input.disabled = model.get("disabled");
    el.style.setProperty("--fineopt-hue", model.get("colour"));
    if (held || hand.waits()) return;
    [input.min, input.max, input.step] = [low, high, model.get("step")];
    input.value = at;
    input.setAttribute("aria-valuetext", String(Number(value)));
  };
  const hand = acts(model, render);
  input.addEventListener("input", () => {
    input.setAttribute("aria-valuetext", inWords(10 ** input.valueAsNumber));
    hand.move({ to: input.valueAsNumber });
  });
  const let_go = () => { held = false; render(); };
  input.addEventListener("pointerdown", () => { held = true; });
  for (const kind of ["pointerup", "pointercancel", "blur"]) input.addEventListener(kind, let_go);
  keepKeys(input);
  render();
  return hand.stop;
}

function field(model, el) {
  const [name, input, said] = ["label", "input", "div"].map(kind => document.createElement(kind));
  input.type = "text";
  input.autocomplete = "off";
  input.spellcheck = false;
  said.setAttribute("role", "alert");
  said.hidden = true;
  name.append(model.get("caption"), " ", input);
  el.append(name, said);
  let typed = false, last = "";
  const say = words => {
    said.textContent = words;
    said.hidden = !words;
    input.setAttribute("aria-invalid", String(Boolean(words)));
    place();
  };
  const place = () => {  // within the panel, however narrow
    const room = (el.closest(".fineopt-panel") ?? document.body).getBoundingClientRect();
    said.style.left = "0";
    said.style.maxWidth = `${Math.min(320, room.width)}px`;
    const { left, right } = said.getBoundingClientRect();
    said.style.left = `${-Math.max(0, Math.min(right - room.right, left - room.left))}px`;
  };
  const sizes = new ResizeObserver(place);
  requestAnimationFrame(() => sizes.observe(el.closest(".fineopt-panel") ?? el));
  const render = answered => {
    const { text, exact, refused, heard } = model.get("shown");
    input.setAttribute("aria-label", model.get("label"));
    input.inputMode = model.get("whole") ? "numeric" : "decimal";
    input.disabled = model.get("disabled");
    if (model.get("stepped")) {
      input.setAttribute("role", "spinbutton");
      input.setAttribute("aria-valuenow", exact);
      input.setAttribute("aria-valuetext", exact);
    }
    const now = JSON.stringify([refused, heard]);
    if (now !== last && !typed) say(refused);
    last = now;
    if (typed || hand.waits() || (input.matches(":focus") && !answered)) return;
    input.value = text;
    input.title = exact === text ? "" : exact;
  };
  const hand = acts(model, render);
  const take = more => {
    const act = typed ? { ...more, text: input.value } : more;
    typed = false;
    if (Object.keys(act).length) hand.send(act);
  };
  input.addEventListener("input", () => { typed = true; say(""); });
  input.addEventListener("blur", () => (typed ? take({}) : render(false)));
  input.addEventListener("keydown", event => {
    if (event.isComposing) return;
    if (event.key === "Enter") take({});
    if (event.key === "Escape") {
      typed = false;
      input.value = model.get("shown").text;
      hand.send({ text: null });
    }
    if (model.get("stepped") && ["ArrowUp", "ArrowDown"].includes(event.key)) {
      event.preventDefault();
      take({ by: event.key === "ArrowUp" ? 1 : -1 });
    }
  });
  keepKeys(input);
  render(true);
  return () => { sizes.disconnect(); hand.stop(); };
}

function render({ model, el }) {
  el.classList.add("fineopt-hand", `fineopt-${model.get("kind")}`);
  el.classList.add("mathjax_ignore", "tex2jax_ignore");  // a name with two $ is no formula
  return (model.get("kind") === "slider" ? slider : field)(model, el);
}

export default { render };
