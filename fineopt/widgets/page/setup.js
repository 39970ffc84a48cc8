// The body of an event handler: `this` is an image in the panel, which is removed.
if (!window.fineoptPage) {
  document.addEventListener("focusin", event => {
    if (event.target.matches(".fineopt-panel select, .fineopt-panel [role=region]"))
      event.target.setAttribute("data-lm-suppress-shortcuts", "true");
  });

  const numbers = colour => (colour.match(/[\d.]+/g) || []).map(Number);
  const isDark = ([r, g, b]) => 0.3 * r + 0.59 * g + 0.11 * b < 128;
  const isOnDark = panel => {
    for (let at = panel; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.5) return isDark(colour);
    }
    return matchMedia("(prefers-color-scheme: dark)").matches;
  };
  const hasDarkInk = panel => {
    const probe = panel.appendChild(document.createElement("i"));
    probe.style.color = "var(--jp-ui-font-color1, inherit)";
    const dark = isDark(numbers(getComputedStyle(probe).color));
    probe.remove();
    return dark;
  };
  // Outside JupyterLab, ipywidgets' variables are those of a light page, whatever the page is.
  const fit = () => {
    for (const panel of document.querySelectorAll(".fineopt-panel")) {
      panel.classList.remove("fineopt-on-dark", "fineopt-on-light");
      const dark = isOnDark(panel);
      if (dark === hasDarkInk(panel)) panel.classList.add(dark ? "fineopt-on-dark" : "fineopt-on-light");
    }
  };
  // A theme's colours may be loaded some time after its name is set.
  const changed = () => [0, 120, 1000].forEach(wait => setTimeout(fit, wait));
  const follow = new MutationObserver(changed);
  for (const node of [document.body, document.documentElement])
    follow.observe(node, { attributes: true, attributeFilter: [
      "class", "style", "theme", "data-jp-theme-name", "data-jp-theme-light", "data-vscode-theme-kind",
    ] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  window.fineoptPage = { fit };
}
// The image may be loaded before its panel is put into the page.
const removed = (tries = 100) => {
  if (!this.isConnected && tries) { setTimeout(() => removed(tries - 1), 50); return; }
  this.remove();
  window.fineoptPage.fit();
};
removed();
