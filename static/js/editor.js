// The template editor, live: the form as it stands is sent for its preview a moment after the last key.
// Without this script the Preview button does the same.
(() => {
  "use strict";

  const form = document.querySelector("form[data-preview]");
  const panel = document.getElementById("panel");
  if (!form || !panel) return;
  let timer = 0;
  let asked = 0;

  async function look() {
    const turn = ++asked;
    const answer = await fetch(form.dataset.preview, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      redirect: "error",
    }).catch(() => null);
    if (!answer || !answer.ok || turn !== asked) return;
    const text = await answer.text();
    // Somebody who is typing a reason in the panel must not lose it.
    if (turn !== asked || panel.contains(document.activeElement)) return;
    const page = new DOMParser().parseFromString(text, "text/html");
    panel.replaceChildren(...page.body.childNodes);
    const errors = panel.querySelectorAll(".is-error").length;
    const warnings = panel.querySelectorAll(".is-warning").length;
    const live = document.getElementById("live");
    if (live) live.textContent = `Preview: ${errors} errors, ${warnings} warnings`;
  }

  function soon(event) {
    if (event.target.hasAttribute("data-quiet")) return;
    // Ticking an action by itself is choosing one by one.
    if (event.target.name === "actions") {
      const own = form.querySelector("input[name='bundle'][value='own']");
      if (own) own.checked = true;
    }
    clearTimeout(timer);
    timer = setTimeout(look, 500);
  }

  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
})();
