// The body of an event handler, after ground.js: `this` is an image in the panel, which is removed.
if (!window.fineoptPage) {
  document.addEventListener("focusin", event => {
    if (event.target.matches(".fineopt-panel select, .fineopt-panel [role=region]"))
      event.target.setAttribute("data-lm-suppress-shortcuts", "true");
  });

  const isDark = colour => brightness(colour) < 128;
  // Whether words and surfaces of the page's variables are dark; null for a surface that has none.
  const variables = panel => {
    const probe = panel.appendChild(document.createElement("i"));
    probe.style.color = "var(--jp-ui-font-color1, inherit)";
    probe.style.backgroundColor = "var(--jp-layout-color1)";
    const { color, backgroundColor } = getComputedStyle(probe), none = backgroundColor === "rgba(0, 0, 0, 0)";
    probe.remove();
    return { ink: isDark(color), surface: none ? null : isDark(backgroundColor) };
  };
  // Outside JupyterLab, ipywidgets' variables are those of a light page, or none, whatever the page is.
  const fit = () => {
    for (const panel of document.querySelectorAll(".fineopt-panel")) {
      panel.classList.remove("fineopt-on-dark", "fineopt-on-light");
      const dark = isDark(groundOf(panel)), { ink, surface } = variables(panel);
      if (ink === dark || surface !== dark) panel.classList.add(dark ? "fineopt-on-dark" : "fineopt-on-light");
    }
  };
  // A theme's colours may be loaded some time after its name is set.
  followTheme(() => [0, 120, 1000].forEach(wait => setTimeout(fit, wait)));
  window.fineoptPage = { fit };
}
// The image may be loaded before its panel is put into the page.
const removed = (tries = 100) => {
  if (!this.isConnected && tries) { setTimeout(() => removed(tries - 1), 50); return; }
  this.remove();
  window.fineoptPage.fit();
};
removed();
