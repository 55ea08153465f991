// A part of the page that waits for a worker looks again by itself; without this script there is a link.
(() => {
  "use strict";

  const EVERY = 1500;
  const MOST = 80;

  async function look(part, turn) {
    const answer = await fetch(part.dataset.poll, { redirect: "error" }).catch(() => null);
    if (answer && answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(part.id);
      // What has the focus stays: the answer comes with the next look, or with the link.
      if (fresh && !(part.contains(document.activeElement) && fresh.dataset.poll)) {
        const hadFocus = part.contains(document.activeElement);
        part.replaceWith(fresh);
        part = fresh;
        if (hadFocus) {
          const first = fresh.querySelector("button, a");
          if (first) first.focus();
        }
      }
    }
    if (part.dataset.poll && turn < MOST) setTimeout(look, EVERY, part, turn + 1);
  }

  for (const part of document.querySelectorAll("[data-poll]")) setTimeout(look, EVERY, part, 0);
})();
