// A slider and a number field. The page displays what Python sends, and sends only user input, never a
// reply to a displayed value. Each event has an id, and Python acknowledges the last one it has handled.
// Until then, and while the slider is pressed or the field is edited, the page leaves the control alone.

const PADDING = 4;  // of a panel, in pixels

function inputEvents(model, render) {
  const page = Math.random().toString(36).slice(2);
  let sent = 0, next = null;
  const lastAcknowledged = () => model.get("display_state").acknowledged?.[page] ?? 0;
  const self = {
    pending: () => lastAcknowledged() < sent,
    send(event) {
      sent += 1;
      model.send({ ...event, page, event_id: sent });
    },
    // During a drag, one event is in flight at a time, so a busy kernel receives the latest position.
    sendLatest(event) {
      if (self.pending()) next = event;
      else self.send(event);
    },
  };
  let previous = 0;
  const onChange = () => {
    const acknowledged = lastAcknowledged() > previous;
    previous = lastAcknowledged();
    if (!self.pending() && next !== null) {
      self.send(next);
      next = null;
    }
    render(acknowledged);
  };
  model.on("change", onChange);
  return { ...self, stop: () => model.off("change", onChange) };
}

const formatLr = lr => String(Number(Number(lr).toPrecision(3)));

function slider(model, el) {
  const input = document.createElement("input");
  input.type = "range";
  el.append(input);
  let pressed = false;
  const render = () => {
    const { low, high, position, value } = model.get("display_state");
    if (value === undefined) return;  // some front ends render the widget before what it displays is there
    input.setAttribute("aria-label", model.get("label"));
    input.disabled = model.get("disabled");
    el.style.setProperty("--fineopt-hue", model.get("colour"));
    if (pressed || events.pending()) return;
    [input.min, input.max, input.step] = [low, high, model.get("step")];
    input.value = position;
    input.setAttribute("aria-valuetext", String(Number(value)));
  };
  const events = inputEvents(model, render);
  input.addEventListener("input", () => {
    input.setAttribute("aria-valuetext", formatLr(10 ** input.valueAsNumber));
    events.sendLatest({ position: input.valueAsNumber });
  });
  const release = () => { pressed = false; render(); };
  input.addEventListener("pointerdown", () => { pressed = true; });
  for (const type of ["pointerup", "pointercancel", "blur"]) input.addEventListener(type, release);
  suppressShortcuts(input);
  render();
  return events.stop;
}

function field(model, el) {
  const [label, input, message] = ["label", "input", "div"].map(tag => document.createElement(tag));
  input.type = "text";
  input.autocomplete = "off";
  input.spellcheck = false;
  message.setAttribute("role", "alert");
  message.hidden = true;
  label.append(model.get("caption"), " ", input);
  el.append(label, message);
  let edited = false, last = "";
  const showMessage = text => {
    message.textContent = text;
    message.hidden = !text;
    input.setAttribute("aria-invalid", String(Boolean(text)));
    placeMessage();
  };
  const placeMessage = () => {  // inside the panel and its padding, however narrow it is
    const panel = (el.closest(".fineopt-panel") ?? document.body).getBoundingClientRect();
    const [start, end] = [panel.left + PADDING, panel.right - PADDING];
    message.style.left = "0";
    message.style.maxWidth = `${Math.min(400, end - start)}px`;
    const { left, right } = message.getBoundingClientRect();
    message.style.left = `${-Math.max(0, Math.min(right - end, left - start))}px`;
  };
  const resizes = new ResizeObserver(placeMessage);
  requestAnimationFrame(() => resizes.observe(el.closest(".fineopt-panel") ?? el));
  const render = acknowledged => {
    const state = model.get("display_state");
    if (state.text === undefined) return;  // not there yet, as above
    input.setAttribute("aria-label", model.get("label"));
    input.inputMode = model.get("integer") ? "numeric" : "decimal";
    input.disabled = model.get("disabled");
    if (model.get("stepped")) {
      input.setAttribute("role", "spinbutton");
      input.setAttribute("aria-valuenow", state.exact);
      input.setAttribute("aria-valuetext", state.exact);
    }
    const current = JSON.stringify([state.error, state.acknowledged]);
    if (current !== last && !edited) showMessage(state.error);
    last = current;
    if (edited || events.pending() || (input.matches(":focus") && !acknowledged)) return;
    input.value = state.text;
    input.title = state.exact === state.text ? "" : state.exact;
  };
  const events = inputEvents(model, render);
  const commit = more => {
    const event = edited ? { ...more, text: input.value } : more;
    edited = false;
    if (Object.keys(event).length) events.send(event);
  };
  input.addEventListener("input", () => { edited = true; showMessage(""); });
  input.addEventListener("blur", () => (edited ? commit({}) : render(false)));
  input.addEventListener("keydown", event => {
    if (event.isComposing) return;
    if (event.key === "Enter") commit({});
    if (event.key === "Escape") {
      edited = false;
      input.value = model.get("display_state").text;
      events.send({ text: null });
    }
    if (model.get("stepped") && ["ArrowUp", "ArrowDown"].includes(event.key)) {
      event.preventDefault();
      commit({ steps: event.key === "ArrowUp" ? 1 : -1 });
    }
  });
  suppressShortcuts(input);
  render(true);
  return () => { resizes.disconnect(); events.stop(); };
}

function render({ model, el }) {
  el.classList.add("fineopt-input", `fineopt-${model.get("kind")}`);
  el.classList.add("mathjax_ignore", "tex2jax_ignore");  // two $ in a name are not a formula
  return (model.get("kind") === "slider" ? slider : field)(model, el);
}

export default { render };
