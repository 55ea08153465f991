// j and k go down and up the rows of a table, as in a mail program; everything works without them.
(() => {
  "use strict";

  const links = [...document.querySelectorAll("[data-rows] tbody th a")];

  document.addEventListener("keydown", (event) => {
    const step = { j: 1, k: -1 }[event.key];
    const isTyping = event.target.closest("input, select, textarea");
    if (!step || !links.length || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = links.indexOf(document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
    links[next].focus();
  });
})();
