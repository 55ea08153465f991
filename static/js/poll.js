// A part of the page that waits for somebody looks again by itself; without this script there is a link, or the answer
// to the next form. What says what it shows (data-seen) is replaced only by something else.
(() => {
  "use strict";

  const EVERY = 1500;
  const MOST = 80;

  const take = (part, fresh) => {
    const hadFocus = part.contains(document.activeElement);
    part.replaceWith(fresh);
    document.dispatchEvent(new CustomEvent("daypass:fresh", { detail: fresh }));
    const live = document.getElementById("live");
    if (live && fresh.dataset.said) live.textContent = fresh.dataset.said;
    if (hadFocus) {
      const first = fresh.querySelector("button, a");
      if (first) first.focus();
    }
  };

  async function look(part, turn) {
    const every = Number(part.dataset.every) || EVERY;
    if (document.hidden) {
      setTimeout(look, every, part, turn);
      return;
    }
    const answer = await fetch(part.dataset.poll, { redirect: "error" }).catch(() => null);
    if (answer && answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(part.id);
      const isNews = fresh && !(fresh.dataset.seen && fresh.dataset.seen === part.dataset.seen);
      // What has the focus stays: the answer comes with the next look, or with the link.
      if (isNews && !(part.contains(document.activeElement) && fresh.dataset.poll)) {
        take(part, fresh);
        part = fresh;
      }
    }
    if (part.dataset.poll && turn < MOST) setTimeout(look, every, part, turn + 1);
  }

  for (const part of document.querySelectorAll("[data-poll]")) {
    setTimeout(look, Number(part.dataset.every) || EVERY, part, 0);
  }
})();
