import { useEffect, useLayoutEffect } from "react";

import { hear } from "./believed.js";

const LONGEST_TIMEOUT = 2 ** 31 - 1;

// One timer for the tab, however many widgets hold it: each adds its tick here, the newest one is fired.
const ticks = new Set();
let timer = null;
let interval = Infinity;

// Whether a page has come that the server was not told of: what was said on the one before is over then.
let comes = false;

const beat = () => {
  if (document.hidden) return;
  [...ticks].at(-1)?.(comes);
  comes = false;
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
    comes = true;
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
  useEffect(() => (hydrated ? hold((comes) => tick(comes)) : undefined), [hydrated]);
  useEffect(() => (hydrated && resetInMs > 0 ? beatIn(resetInMs) : undefined), [hydrated, resetInMs]);
};
