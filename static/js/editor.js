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

  // A long list of boxes shows those that are found, and those that are ticked.
  function narrow(box) {
    const words = box.value.toLowerCase().split(/[^a-z0-9:]+/).filter(Boolean);
    for (const group of document.querySelectorAll(`#${box.dataset.narrows} [data-group]`)) {
      const rows = [...group.querySelectorAll("[data-words]")];
      for (const row of rows) {
        const isFound = words.every((word) => row.dataset.words.includes(word.replace(/(..)s$/, "$1")));
        row.hidden = !isFound && !row.querySelector("input").checked;
      }
      group.hidden = rows.every((row) => row.hidden);
    }
  }

  form.addEventListener("input", soon);
  form.addEventListener("input", (event) => event.target.dataset.narrows && narrow(event.target));
  form.addEventListener("change", soon);
})();
