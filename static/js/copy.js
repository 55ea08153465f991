// Copy buttons: they appear only where copying works, and say in a live region what happened.
(() => {
  "use strict";

  const live = document.getElementById("live");
  if (!navigator.clipboard || !live) return;

  const say = (button, words) => {
    live.textContent = "";
    window.setTimeout(() => { live.textContent = words; }, 50);
    button.textContent = words;
    window.setTimeout(() => { button.textContent = button.dataset.copyLabel; }, 2500);
  };

  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.dataset.copyLabel = button.textContent.trim();
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      if (!source) return;
      try {
        await navigator.clipboard.writeText(source.textContent);
        say(button, "Copied");
      } catch {
        window.getSelection().selectAllChildren(source);
        say(button, "Select and copy by hand");
      }
    });
  }
})();
