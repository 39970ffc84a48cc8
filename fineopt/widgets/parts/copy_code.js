// A button that asks Python for code, copies it, and shows it, since a page may forbid copying.

async function copied(area) {
  try {
    await navigator.clipboard.writeText(area.value);
    return true;
  } catch {  // no clipboard without https, or not allowed
    area.select();
    return document.execCommand("copy");
  }
}

function render({ model, el }) {
  const page = Math.random().toString(36).slice(2);
  const make = (tag, className) => {
    const made = document.createElement(tag);
    made.className = className;
    return made;
  };
  const button = make("button", "jupyter-widgets jupyter-button lm-Widget fineopt-copy-button");
  const said = make("span", "fineopt-copy-said");
  const area = make("textarea", "fineopt-copy-code");
  button.type = "button";
  said.setAttribute("role", "status");
  area.readOnly = true;
  area.spellcheck = false;
  el.classList.add("fineopt-copy");
  el.append(button, said, area);
  const label = () => {
    button.textContent = model.get("label");
    button.title = model.get("hint");
    area.setAttribute("aria-label", model.get("label"));
  };
  const show = shown => {
    area.hidden = !shown;
    button.setAttribute("aria-expanded", String(shown));
    if (!shown) said.textContent = "";
  };
  const close = () => {
    const inside = el.contains(document.activeElement);
    show(false);
    if (inside) button.focus();
  };
  const onMessage = async message => {
    if (message.page !== page) return;
    area.value = message.code;
    area.rows = Math.min(18, message.code.split("\n").length + 1);
    show(true);
    area.focus({ preventScroll: true });
    area.select();
    said.textContent = (await copied(area)) ? model.get("copied") : model.get("refused");
  };
  button.addEventListener("click", () => (area.hidden ? model.send({ page }) : close()));
  for (const type of ["keydown", "keypress", "keyup"])
    el.addEventListener(type, event => {
      if (type === "keydown" && event.key === "Escape") close();
      const saves = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
      if (!saves) event.stopPropagation();  // none triggers a notebook command
    });
  model.on("change", label);
  model.on("msg:custom", onMessage);
  label();
  show(false);
  return () => { model.off("change", label); model.off("msg:custom", onMessage); };
}

export default { render };
