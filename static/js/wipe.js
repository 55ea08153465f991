// The credentials leave the document when the reader leaves the page: nothing is left for the back button to bring up.
(() => {
  "use strict";

  window.addEventListener("pagehide", () => {
    for (const secret of document.querySelectorAll("[data-secret]")) secret.remove();
    const gone = document.getElementById("wiped");
    if (gone) gone.hidden = false;
  });
})();
