"use strict";
// Replays all clips in step, reads keys, and watches for news. Without it the page
// works too: every clip then has its own controls.

const DRIFT_S = 0.12; // clips further apart than this are brought together again
const PATIENCE_MS = 3000; // a clip that loads longer doesn't keep the others waiting
const LOOK_MS = 1000;
const all = (selector) => [...document.querySelectorAll(selector)];
const the = (id) => document.getElementById(id);

// ---- replay -------------------------------------------------------------------------

function event(video, name, arrived) {
  return new Promise((done) => {
    if (arrived() || video.error) return done();
    for (const each of [name, "error"]) video.addEventListener(each, done, { once: true });
    setTimeout(done, PATIENCE_MS);
  });
}

function makePlayer(videos) {
  const clock = videos.reduce((a, b) => (b.duration > a.duration ? b : a));
  const others = videos.filter((video) => video !== clock);
  const scrub = the("scrub");
  let playing = false;
  let loop = true;
  scrub.max = clock.duration;

  const seek = (time) => {
    for (const video of videos) video.currentTime = Math.min(time, video.duration);
    scrub.value = time;
  };
  const pause = () => {
    playing = false;
    the("play").textContent = "Play";
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
    for (const video of others) {
      const wanted = Math.min(time, video.duration);
      const apart = Math.abs(video.currentTime - wanted) > DRIFT_S;
      if (apart && !video.seeking) video.currentTime = wanted;
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
    the("play").textContent = "Pause";
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

let player = null; // there once the clips are loaded

async function replay() {
  const found = all("video");
  await Promise.all(found.map((v) => event(v, "loadedmetadata", () => v.readyState > 0)));
  found.filter((video) => video.error).forEach(fallBack);
  const videos = found.filter((video) => video.duration > 0);
  if (!videos.length) return;
  player = makePlayer(videos);
  for (const video of videos) {
    video.controls = false;
    video.addEventListener("click", player.toggle);
  }
  the("play").onclick = player.toggle;
  the("restart").onclick = player.restart;
  the("scrub").oninput = (input) => player.scrub(Number(input.target.value));
  the("slow").onclick = (click) => player.slow(flip(click.currentTarget));
  the("loop").onclick = (click) => player.loop(flip(click.currentTarget));
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

const WORDS = { x: "reject", s: "skip" };

function choose(clip, value) {
  const input = clip.querySelector(`input[value="${value}"]`);
  if (!input) return;
  input.checked = true;
  // So that 2 1 1 X ranks four clips without a letter between.
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
    const named = clips.find((clip) => clip.dataset.letter === pressed.toUpperCase());
    const current = document.activeElement.closest(".clip") ?? clips[0];
    if (named) focus(named);
    else if (current && (/^[1-6]$/.test(pressed) || WORDS[pressed]))
      choose(current, WORDS[pressed] ?? pressed);
    else if (pressed === "p") player?.toggle();
    // On a control the space bar belongs to the control.
    else if (pressed === " " && !press.target.matches("button, a, input")) player?.toggle();
    else if (pressed === "r") player?.restart();
    else if (pressed === "," || pressed === ".") player?.step(pressed === "," ? -0.04 : 0.04);
    else return;
    press.preventDefault();
  });
}

// ---- news ---------------------------------------------------------------------------

async function watch() {
  const shown = document.body.dataset.state;
  const closed = the("closed");
  let answer = null;
  try {
    answer = await fetch("/state", { cache: "no-store" });
  } catch {}
  the("offline").hidden = answer !== null;
  the("expired").hidden = answer?.status !== 403;
  if (answer?.ok) {
    const changed = (await answer.text()) !== shown;
    if (closed) closed.hidden = !changed;
    // Not reload(), which would send a form again that was answered with this page.
    else if (changed) return location.replace("/");
  }
  setTimeout(watch, LOOK_MS);
}

enlarging();
keys();
replay();
if (document.body.dataset.state !== "finished") setTimeout(watch, LOOK_MS);
