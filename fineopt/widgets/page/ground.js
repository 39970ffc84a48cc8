// What lies behind an element, which charts and the words around them have to suit.

const rgb = (colour) => {
  if (colour.startsWith("#")) {
    const hex = colour.length === 4 ? [...colour.slice(1)].map((x) => x + x).join("") : colour.slice(1);
    return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16));
  }
  return (colour.match(/[\d.]+/g) || [255, 255, 255]).slice(0, 3).map(Number);
};

const brightness = (colour) => {
  const [r, g, b] = rgb(colour);
  return 0.3 * r + 0.59 * g + 0.11 * b;
};

// The first opaque background at or above an element. Without any, as in a frame that shows the page behind
// it, it is what the page's own words can be read on.
function groundOf(el) {
  for (let at = el; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    const parts = colour.match(/[\d.]+/g) || [];
    if (parts.length === 3 || Number(parts[3]) > 0.5) return `rgb(${rgb(colour).join(",")})`;
  }
  return brightness(getComputedStyle(document.body).color) > 128 ? "rgb(17,17,17)" : "rgb(255,255,255)";
}

// Calls back when JupyterLab's theme, the system's, or the class of the body changes.
function followTheme(changed) {
  const observer = new MutationObserver(changed);
  const attributeFilter = ["data-jp-theme-name", "data-jp-theme-light", "class", "style", "data-vscode-theme-kind"];
  observer.observe(document.body, { attributes: true, attributeFilter });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: [...attributeFilter, "theme"] });
  const queries = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((query) => matchMedia(query));
  queries.forEach((query) => query.addEventListener("change", changed));
  return () => {
    observer.disconnect();
    queries.forEach((query) => query.removeEventListener("change", changed));
  };
}
