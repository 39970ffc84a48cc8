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
    return !isDark(numbers(getComputedStyle(document.body).color)); // what the page's words are on
  };
  // Whether words and surfaces of the page's variables are dark; null for a surface that has none.
  const variables = panel => {
    const probe = panel.appendChild(document.createElement("i"));
    probe.style.color = "var(--jp-ui-font-color1, inherit)";
    probe.style.backgroundColor = "var(--jp-layout-color1)";
    const style = getComputedStyle(probe), ink = numbers(style.color), surface = numbers(style.backgroundColor);
    probe.remove();
    return { ink: isDark(ink), surface: surface.length === 3 || surface[3] > 0 ? isDark(surface) : null };
  };
  // Outside JupyterLab, ipywidgets' variables are those of a light page, or none, whatever the page is.
  const fit = () => {
    for (const panel of document.querySelectorAll(".fineopt-panel")) {
      panel.classList.remove("fineopt-on-dark", "fineopt-on-light");
      const dark = isOnDark(panel), { ink, surface } = variables(panel);
      if (ink === dark || surface !== dark) panel.classList.add(dark ? "fineopt-on-dark" : "fineopt-on-light");
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
