import { useEffect, useLayoutEffect } from "react";

import { forget, hear } from "./believed.js";
import { leavePage, pageName } from "./page.js";

const LONGEST_TIMEOUT = 2 ** 31 - 1;
// From one page with widgets to the next it takes less.
const AWAY = 250;

// One timer for the tab, however many widgets hold it: each adds its tick here, the newest one is fired.
const ticks = new Set();
let timer = null;
let interval = Infinity;

const beat = () => {
  if (document.hidden) return;
  [...ticks].at(-1)?.(pageName());
};

const restart = () => {
  clearInterval(timer);
  if (ticks.size > 0 && !document.hidden) {
    beat();
    timer = setInterval(beat, interval);
  }
};

const hold = (tick) => {
  ticks.add(tick);
  if (ticks.size === 1) {
    document.addEventListener("visibilitychange", restart);
    restart();
  }
  return () => {
    ticks.delete(tick);
    if (ticks.size === 0) {
      document.removeEventListener("visibilitychange", restart);
      clearInterval(timer);
    }
  };
};

let held = 0;
let forgetting = null;

// What was known is let go of by the time that a page without widgets has come: who comes back from it, as from a payment, waits for
// what is so then.
const come = () => {
  clearTimeout(forgetting);
  held += 1;
  return () => {
    held -= 1;
    if (held > 0) return;
    leavePage();
    forgetting = setTimeout(forget, AWAY);
  };
};

const beatIn = (milliseconds) => {
  let next = null;
  const arm = (left) => {
    next = setTimeout(
      () => (left > LONGEST_TIMEOUT ? arm(left - LONGEST_TIMEOUT) : beat()),
      Math.min(left, LONGEST_TIMEOUT),
    );
  };
  arm(milliseconds);
  return () => clearTimeout(next);
};

export const useLease = (hydrated, resetInMs, reading, intervalMs, tick) => {
  interval = intervalMs;
  // Also where no gate is there to hear it: the next page may have one.
  useLayoutEffect(() => void hear(reading), [reading]);
  useLayoutEffect(come, []);
  useEffect(() => (hydrated ? hold((page) => tick(page)) : undefined), [hydrated]);
  useEffect(() => (hydrated && resetInMs > 0 ? beatIn(resetInMs) : undefined), [hydrated, resetInMs]);
};
