import { useEffect, useLayoutEffect, useRef, useState } from "react";

const LOOK = 1000;

// The newest reading and when it was heard, by the clock on the wall: it is no newer for what is drawn later.
let heard = { reading: null, at: 0 };

export const hear = (reading) => {
  if (reading !== heard.reading) heard = { reading, at: Date.now() };
  return heard.at;
};

// Whether what was heard last of the server still counts: for a while without a connection, and no longer. It is measured by the
// clock on the wall, since timers stand still with a page that is frozen or a computer that sleeps.
export const useBelieved = (lost, reading, believedMs, believedForMs) => {
  const [believed, setBelieved] = useState(() => Date.now() < hear(reading) + believedMs || reading === "");
  const known = useRef({ until: 0, looked: 0, hidden: false });
  const look = useRef(null);
  look.current = () => {
    const now = Date.now();
    const { until, looked, hidden } = known.current;
    // Browsers let the timers of a hidden page run once a minute.
    const stoodStill = now - looked > believedForMs * (hidden ? 2 : 1);
    known.current = { until: Math.min(until, now + believedForMs), looked: now, hidden: document.hidden };
    // Nothing is asked for a hidden page: there the connection speaks for the server.
    if (hidden && !lost && !stoodStill && believedMs === believedForMs) known.current.until = now + believedForMs;
    if (stoodStill || (lost && now >= until)) setBelieved(false);
  };
  useLayoutEffect(() => {
    const now = Date.now();
    const until = hear(reading) + believedMs;
    known.current = { until, looked: now, hidden: document.hidden };
    setBelieved(now < until || reading === "");
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
