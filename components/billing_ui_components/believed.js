import { useEffect, useLayoutEffect, useRef, useState } from "react";

const LOOK = 1000;

// The newest reading that this page has heard, and when, by the clock on the wall: it is no newer for what is drawn later, and
// what the page before it has heard counts for nothing.
let heard = { reading: "", at: 0 };

export const hear = (reading) => {
  if (reading === "") heard = { reading, at: 0 };
  else if (reading !== heard.reading && !reading.startsWith("earlier")) heard = { reading, at: Date.now() };
  return heard.at;
};

// Whether what was heard last of the server still counts: for a while without a connection, or without an answer, and no longer.
// It is measured by the clock on the wall, since timers stand still with a page that is frozen or a computer that sleeps.
export const useBelieved = (lost, reading, believedMs, believedForMs) => {
  const counts = () => reading === "" || Date.now() < hear(reading) + believedMs;
  const [believed, setBelieved] = useState(counts);
  const known = useRef({ until: 0, silent: 0, looked: 0, hidden: false });
  const look = useRef(null);
  look.current = () => {
    const now = Date.now();
    const { until, silent, looked, hidden } = known.current;
    // Browsers let the timers of a hidden page run once a minute.
    const stoodStill = now - looked > believedForMs * (hidden ? 2 : 1);
    const longest = now + believedForMs;
    known.current = {
      until: Math.min(until, longest),
      silent: Math.min(silent, longest),
      looked: now,
      hidden: document.hidden,
    };
    // Nothing is asked for a hidden page: there the connection speaks for the server.
    if (hidden && !lost && !stoodStill) {
      known.current.silent = longest;
      if (believedMs === believedForMs) known.current.until = longest;
    }
    if (reading !== "" && (stoodStill || now >= (lost ? until : known.current.silent))) setBelieved(false);
  };
  useLayoutEffect(() => {
    const at = hear(reading);
    known.current = {
      until: at + believedMs,
      silent: at + believedForMs,
      looked: Date.now(),
      hidden: document.hidden,
    };
    setBelieved(counts());
  }, [reading, believedMs]);
  useEffect(() => look.current(), [lost]);
  useEffect(() => {
    const again = () => look.current();
    const timer = setInterval(again, LOOK);
    document.addEventListener("visibilitychange", again);
    window.addEventListener("pageshow", again);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", again);
      window.removeEventListener("pageshow", again);
    };
  }, []);
  return believed;
};
