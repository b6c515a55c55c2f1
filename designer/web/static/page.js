"use strict";
// Plays all clips in step, reads keys, and watches for new questions. The page also works
// without scripts: then every clip has its own controls.

const DRIFT_S = 0.12; // clips further apart than this are brought together again
const LOAD_LIMIT_MS = 3000; // the others don't wait for a clip that loads longer
const STATE_POLL_MS = 1000;
const all = (selector) => [...document.querySelectorAll(selector)];
const byId = (id) => document.getElementById(id);

// ---- replay -------------------------------------------------------------------------

// Waits for an event of a video, unless it has come already.
function event(video, name, hasCome) {
  return new Promise((resolve) => {
    if (hasCome() || video.error) return resolve();
    for (const type of [name, "error"]) video.addEventListener(type, resolve, { once: true });
    setTimeout(resolve, LOAD_LIMIT_MS);
  });
}

function makePlayer(videos) {
  const clock = videos.reduce((a, b) => (b.duration > a.duration ? b : a));
  const followers = videos.filter((video) => video !== clock);
  const scrub = byId("scrub");
  let playing = false;
  let loop = true;
  scrub.max = clock.duration;

  const seek = (time) => {
    for (const video of videos) video.currentTime = Math.min(time, video.duration);
    scrub.value = time;
  };
  const pause = () => {
    playing = false;
    byId("play").textContent = "Play";
    for (const video of videos) video.pause();
  };
  // A clip at its end would begin anew on play() while longer ones go on.
  const start = () => {
    for (const video of videos)
      if (video.currentTime < video.duration - 0.01) video.play().catch(() => {});
  };
  const tick = () => {
    if (!playing) return;
    const time = clock.currentTime;
    scrub.value = time;
    for (const video of followers) {
      const target = Math.min(time, video.duration);
      const hasDrifted = Math.abs(video.currentTime - target) > DRIFT_S;
      if (hasDrifted && !video.seeking) video.currentTime = target;
    }
    if (clock.ended && !loop) return pause();
    if (clock.ended) {
      seek(0);
      start();
    }
    requestAnimationFrame(tick);
  };
  const play = () => {
    if (playing) return;
    if (clock.currentTime >= clock.duration - 0.01) seek(0);
    playing = true;
    byId("play").textContent = "Pause";
    start();
    requestAnimationFrame(tick);
  };
  return {
    play,
    toggle: () => (playing ? pause() : play()),
    restart: () => (seek(0), play(), start()),
    scrub: (time) => (pause(), seek(time)),
    step: (seconds) => (pause(), seek(Math.max(0, clock.currentTime + seconds))),
    slow: (yes) => videos.forEach((video) => (video.playbackRate = yes ? 0.5 : 1)),
    loop: (yes) => (loop = yes),
  };
}

function flip(button) {
  const pressed = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", pressed);
  return pressed;
}

// A browser that can't decode the film shows the filmstrip, if there is one.
function fallBack(video) {
  const strip = video.parentElement.querySelector("img");
  if (!strip) return;
  strip.hidden = false;
  video.hidden = true;
}

let player = null; // until the clips are loaded

async function replay() {
  const elements = all("video");
  await Promise.all(elements.map((v) => event(v, "loadedmetadata", () => v.readyState > 0)));
  elements.filter((video) => video.error).forEach(fallBack);
  const videos = elements.filter((video) => video.duration > 0);
  if (!videos.length) return;
  player = makePlayer(videos);
  for (const video of videos) {
    video.controls = false;
    video.addEventListener("click", player.toggle);
  }
  byId("play").onclick = player.toggle;
  byId("restart").onclick = player.restart;
  byId("scrub").oninput = (input) => player.scrub(Number(input.target.value));
  byId("slow").onclick = (click) => player.slow(flip(click.currentTarget));
  byId("loop").onclick = (click) => player.loop(flip(click.currentTarget));
  document.querySelector(".player").hidden = false;
  await Promise.all(videos.map((v) => event(v, "canplaythrough", () => v.readyState > 3)));
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) player.play();
}

function enlarging() {
  for (const button of all(".enlarge")) {
    button.hidden = false;
    const clip = button.closest(".clip");
    button.onclick = () => {
      clip.classList.toggle("large", flip(button));
      clip.scrollIntoView({ block: "nearest" });
    };
  }
}

// ---- keys ---------------------------------------------------------------------------

function focus(clip) {
  (clip.querySelector("input:checked") ?? clip.querySelector("input")).focus();
}

const KEY_VALUES = { x: "reject", s: "skip" };

function choose(clip, value) {
  const input = clip.querySelector(`input[value="${value}"]`);
  if (!input) return;
  input.checked = true;
  // The next clip gets the focus, so that the keys 2 1 1 X rank four clips.
  focus(clip.nextElementSibling ?? clip);
}

function keys() {
  for (const hint of all(".keys")) hint.hidden = false;
  document.addEventListener("keydown", (press) => {
    const typing = press.target.matches("textarea");
    if (typing && press.key === "Enter" && (press.ctrlKey || press.metaKey))
      return press.target.form.querySelector(".main").click();
    if (typing || press.ctrlKey || press.metaKey || press.altKey) return;
    const pressed = press.key.toLowerCase();
    const clips = all(".clip:has(input)");
    const chosen = clips.find((clip) => clip.dataset.letter === pressed.toUpperCase());
    const current = document.activeElement.closest(".clip") ?? clips[0];
    if (chosen) focus(chosen);
    else if (current && (/^[1-6]$/.test(pressed) || KEY_VALUES[pressed]))
      choose(current, KEY_VALUES[pressed] ?? pressed);
    else if (pressed === "p") player?.toggle();
    // On a control the space bar belongs to the control.
    else if (pressed === " " && !press.target.matches("button, a, input")) player?.toggle();
    else if (pressed === "r") player?.restart();
    else if (pressed === "," || pressed === ".") player?.step(pressed === "," ? -0.04 : 0.04);
    else return;
    press.preventDefault();
  });
}

// ---- new questions ----------------------------------------------------------------

async function watch() {
  const state = document.body.dataset.state;
  const closed = byId("closed");
  let answer = null;
  try {
    answer = await fetch("state", { cache: "no-store" });
  } catch {}
  byId("offline").hidden = answer !== null;
  byId("expired").hidden = answer?.status !== 403;
  if (answer?.ok) {
    const changed = (await answer.text()) !== state;
    if (closed) closed.hidden = !changed;
    // reload() would send a form again if this page is the reply to one.
    else if (changed) return location.replace("./");
  }
  setTimeout(watch, STATE_POLL_MS);
}

enlarging();
keys();
replay();
if (document.body.dataset.state !== "finished") setTimeout(watch, STATE_POLL_MS);
