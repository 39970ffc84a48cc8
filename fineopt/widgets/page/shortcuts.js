// A focused control handles its own keys: none triggers a notebook command. Ctrl+S still saves.
function suppressShortcuts(element) {
  for (const type of ["keydown", "keypress", "keyup"])
    element.addEventListener(type, event => {
      const saves = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
      if (!saves) event.stopPropagation();
    });
}
