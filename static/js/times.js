// Times in the reader's own zone, UTC on hover; and how long there is still to go. Without this script the page says UTC.
(() => {
  "use strict";

  const format = new Intl.DateTimeFormat(undefined, {
    weekday: "short", day: "numeric", month: "short", year: "numeric",
    hour: "2-digit", minute: "2-digit", timeZoneName: "short",
  });

  const inWords = (seconds) => {
    const days = Math.floor(seconds / 86400);
    const hours = Math.floor((seconds % 86400) / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    if (days > 0) return `${days} d ${hours} h`;
    if (hours > 0) return `${hours} h ${minutes} min`;
    if (minutes > 0) return `${minutes} min ${Math.floor(seconds % 60)} s`;
    return `${Math.floor(seconds)} s`;
  };

  const here = (part) => {
    for (const time of part.querySelectorAll("time[data-local]")) {
      const when = new Date(time.dateTime);
      if (Number.isNaN(when.getTime())) continue;
      time.title = time.textContent.trim();
      time.textContent = format.format(when);
    }
  };
  here(document);
  document.addEventListener("daypass:fresh", (event) => here(event.detail));

  for (const zone of document.querySelectorAll("input[data-zone]")) {
    zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  }

  const counters = [...document.querySelectorAll("[data-countdown]")];
  const tick = () => {
    for (const counter of counters) {
      const left = (new Date(counter.dataset.countdown).getTime() - Date.now()) / 1000;
      counter.textContent = left > 0 ? `in ${inWords(left)}` : "over";
    }
  };
  if (counters.length > 0) {
    tick();
    window.setInterval(tick, 1000);
  }
})();
