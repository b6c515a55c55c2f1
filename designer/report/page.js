
"use strict";
// Plays the clips in step, sorts the table, and loads a served page again when its run
// went on. The page can be read without scripts.
const POLL_MS = 3000;
const DRIFT_S = 0.12; // clips further apart than this are brought together again

function makePlayer(videos, box) {
  const [play, restart, scrub] = ["play", "restart", "scrub"].map((id) => document.getElementById(id));
  let playing = false;
  const length = () => Math.max(...videos.map((v) => v.duration || 0));
  const seek = (time) => videos.forEach((v) => (v.currentTime = Math.min(time, v.duration || time)));
  const pause = () => {
    playing = false;
    play.textContent = "Play all";
    videos.forEach((v) => v.pause());
  };
  const tick = () => {
    if (!playing) return;
    const time = videos[0].currentTime;
    for (const v of videos.slice(1))
      if (Math.abs(v.currentTime - time) > DRIFT_S && !v.ended) v.currentTime = time;
    scrub.value = time;
    if (videos.every((v) => v.ended)) return pause();
    requestAnimationFrame(tick);
  };
  const start = () => {
    if (videos.every((v) => v.ended)) seek(0);
    playing = true;
    play.textContent = "Pause";
    videos.forEach((v) => v.play().catch(() => {}));
    requestAnimationFrame(tick);
  };
  const measure = () => (scrub.max = length() || 1);
  measure();
  videos.forEach((v) => v.addEventListener("loadedmetadata", measure));
  box.hidden = false;
  play.addEventListener("click", () => (playing ? pause() : start()));
  restart.addEventListener("click", () => (seek(0), start()));
  scrub.addEventListener("input", () => {
    pause();
    seek(Number(scrub.value));
  });
}

function makeSortable(table) {
  const body = table.tBodies[0];
  const value = (row, column) => {
    const cell = row.cells[column];
    const text = cell.dataset.value ?? cell.textContent.trim();
    return text === "" ? -Infinity : Number.isNaN(Number(text)) ? text : Number(text);
  };
  const order = (a, b) => (typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1);
  [...table.tHead.rows[0].cells].slice(0, 2).forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") !== "descending";
      for (const cell of table.tHead.rows[0].cells) cell.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sign = down ? -1 : 1;
      body.append(...[...body.rows].sort((a, b) => sign * order(value(a, column), value(b, column))));
    });
  });
}

async function watch(address) {
  const state = async () => (await fetch(address, { cache: "no-store" })).text();
  const before = await state();
  setInterval(async () => {
    const isWatched = [...document.querySelectorAll("video")].some((v) => !v.paused);
    if (isWatched || document.hidden) return;
    if ((await state().catch(() => before)) !== before) location.reload();
  }, POLL_MS);
}

for (const dot of document.querySelectorAll("[data-row]"))
  dot.addEventListener("click", () => (location.hash = dot.dataset.row));
const films = [...document.querySelectorAll("[data-films] video")];
if (films.length > 1) makePlayer(films, document.querySelector(".player"));
document.querySelectorAll("table.sortable").forEach(makeSortable);
if (document.body.dataset.stateAddress) watch(document.body.dataset.stateAddress).catch(() => {});
addEventListener("beforeprint", () => document.querySelectorAll("#lineage details, #failures details").forEach((d) => (d.open = true)));
