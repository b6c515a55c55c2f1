"use strict";
// Loads the list again when a run went on.
const POLL_MS = 3000;

async function state() {
  return (await fetch("state", { cache: "no-store" })).text();
}

async function watch() {
  const before = await state();
  setInterval(async () => {
    if (!document.hidden && (await state().catch(() => before)) !== before) location.reload();
  }, POLL_MS);
}

watch().catch(() => {});
