// A double click sends a form once: the answer to the first click is the one that stays on screen.
(() => {
  "use strict";

  for (const form of document.querySelectorAll("form[method='post']")) {
    let sent = false;
    form.addEventListener("submit", (event) => {
      if (sent) event.preventDefault();
      sent = true;
    });
    window.addEventListener("pageshow", () => { sent = false; });
  }
})();
