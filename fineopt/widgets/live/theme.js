// Colours of the page around a chart: JupyterLab's, or those that the element inherits elsewhere.

const mix = (from, to, share) => {
  const [a, b] = [rgb(from), rgb(to)];
  return `rgb(${a.map((v, i) => Math.round(v + (b[i] - v) * share)).join(",")})`;
};

function readTheme(el, style) {
  const ground = groundOf(el);
  const dark = brightness(ground) < 128;
  const table = style[dark ? "dark" : "light"];
  const contrast = matchMedia("(forced-colors: active)").matches
    || /high contrast/i.test(document.body.dataset.jpThemeName || "");
  const font = getComputedStyle(el).getPropertyValue("--jp-ui-font-family").trim() || "system-ui, sans-serif";
  const ink = contrast ? (dark ? "#ffffff" : "#000000") : table.ink;
  return { ...table, ink, grey: contrast ? ink : table.grey, ground, dark, font, dashes: style.dashes, dotted: style.dotted };
}
