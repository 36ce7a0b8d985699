// The page is complete without this script: it keeps the figures fresh, and on a narrow screen
// brings the menu's current entry into view.
"use strict";

for (const row of document.querySelectorAll(".menu ul")) {
  const current = row.querySelector("[aria-current]");
  if (current) {
    row.scrollLeft = current.offsetLeft - row.offsetLeft - (row.clientWidth - current.offsetWidth) / 2;
  }
}

(() => {
  const lang = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  const places = document.querySelectorAll("[data-live]");
  const state = document.querySelector("[data-live-state]");
  if (!window.EventSource || (places.length === 0 && !state)) return;

  // As the server writes it: at most two digits, cut and never rounded up, 约 where digits are lost.
  const cut = (number, unit) => {
    const hundredths = Math.floor(number / (unit / 100));
    const text = (hundredths / 100).toLocaleString("en-US", { maximumFractionDigits: 2 });
    return number % (unit / 100) ? `约${text}` : text;
  };

  const amount = (fen) => {
    if (lang === "en") return `¥${cut(fen, 100)}`;
    if (fen >= 1e10) return `${cut(fen, 1e10)}亿元`;
    if (fen >= 1e6) return `${cut(fen, 1e6)}万元`;
    return `${cut(fen, 100)}元`;
  };

  const write = (place, value) => {
    const text = place.dataset.liveFormat === "amount" ? amount(value) : value.toLocaleString("en-US");
    if (place.textContent.trim() === text) return;
    place.textContent = text;
    place.toggleAttribute("data-zero", value === 0);
    place.classList.remove("fresh");
    void place.offsetWidth; // restarts the animation
    place.classList.add("fresh");
  };

  const show = (event) => {
    const numbers = JSON.parse(event.data);
    for (const place of places) {
      const value = numbers[place.dataset.live];
      if (typeof value === "number") write(place, value);
    }
  };

  const mark = (name) => {
    if (!state) return;
    state.dataset.state = name;
    state.textContent = name === "on" ? state.dataset.on : state.dataset.off;
  };

  const source = new EventSource("/events");
  source.addEventListener("message", show);
  source.addEventListener("numbers", show);
  source.onopen = () => mark("on");
  source.onerror = () => mark("off");
  window.addEventListener("pagehide", () => source.close());
})();
