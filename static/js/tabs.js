// Turns a row of headed panes into tabs (arrow keys, Home, End). Without this script every pane is simply there.
(() => {
  "use strict";

  const activate = (tabs, chosen, focus) => {
    for (const tab of tabs) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
    }
    if (focus) chosen.focus();
  };

  const tabFor = (pane) => {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.id = `tab-${pane.id}`;
    tab.textContent = pane.dataset.tab;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", pane.id);
    pane.setAttribute("role", "tabpanel");
    pane.setAttribute("aria-labelledby", tab.id);
    pane.tabIndex = 0;
    return tab;
  };

  const steps = { ArrowRight: 1, ArrowLeft: -1 };

  for (const group of document.querySelectorAll("[data-tabs]")) {
    const tabs = [...group.querySelectorAll("[data-tab]")].map(tabFor);
    const list = document.createElement("div");
    list.className = "tab-list";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", group.dataset.tabs);
    list.append(...tabs);
    group.prepend(list);
    for (const [index, tab] of tabs.entries()) {
      tab.addEventListener("click", () => activate(tabs, tab, false));
      tab.addEventListener("keydown", (event) => {
        let next = null;
        if (event.key in steps) next = tabs[(index + steps[event.key] + tabs.length) % tabs.length];
        if (event.key === "Home") next = tabs[0];
        if (event.key === "End") next = tabs[tabs.length - 1];
        if (!next) return;
        event.preventDefault();
        activate(tabs, next, true);
      });
    }
    if (tabs.length > 0) activate(tabs, tabs[0], false);
  }
})();
