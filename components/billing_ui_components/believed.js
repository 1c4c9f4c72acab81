import { useEffect, useLayoutEffect, useRef, useState } from "react";

import { pageName } from "./page.js";

const LOOK = 1000;

// The newest reading that this page has heard, and when, by the clock on the wall: it is no newer for what is drawn later, and
// what was read before the page came counts for nothing.
let heard = { reading: "", at: 0 };

const isEarlier = (reading) => reading.startsWith("earlier");

// A reading is named by the page that it was read for, and by when.
const isOfThisPage = (reading) => reading.startsWith(`${pageName()} `);

export const hear = (reading) => {
  if (reading === "") heard = { reading, at: 0 };
  else if (reading !== heard.reading && isOfThisPage(reading)) heard = { reading, at: Date.now() };
  return heard.at;
};

// Nothing that was heard so far counts for what is drawn from now on.
export const forget = () => {
  heard = { ...heard, at: 0 };
};

const counts = (reading, milliseconds) => reading === "" || Date.now() < hear(reading) + milliseconds;

// Whether what was heard last of the server still counts: for a while without a connection, and no longer. It is measured by the
// clock on the wall, since timers stand still with a page that is frozen or a computer that sleeps. For `keptMs` the server keeps a
// tab's numbers fresh after it was last asked to: what is drawn later waits for an answer.
export const useBelieved = (lost, reading, believedMs, believedForMs, keptMs) => {
  // What is decided is decided of one reading, and of the next one at once: nothing is drawn or told of it before.
  const [decided, setDecided] = useState(() => ({
    reading,
    believedMs,
    believed: counts(reading, Math.min(believedMs, keptMs)),
  }));
  const same = decided.reading === reading && decided.believedMs === believedMs;
  const known = useRef({ until: null, looked: 0, hidden: false });
  // After a new connection the server tells again what it knew: it neither prolongs nor shortens for how long that counts.
  const retold = isEarlier(reading) && known.current.until !== null;
  const still = () => (retold ? decided.believed && Date.now() < known.current.until : counts(reading, believedMs));
  const believed = same ? decided.believed : still();
  const look = useRef(null);
  look.current = () => {
    const now = Date.now();
    const { until, looked, hidden } = known.current;
    // Browsers let the timers of a hidden page run once a minute.
    const stoodStill = now - looked > believedForMs * (hidden ? 2 : 1);
    known.current = { until: Math.min(until, now + believedForMs), looked: now, hidden: document.hidden };
    // Nothing is asked for a hidden page: there the connection speaks for the server.
    if (hidden && !lost && !stoodStill && believedMs === believedForMs) known.current.until = now + believedForMs;
    if (stoodStill || (lost && now >= until)) setDecided({ reading, believedMs, believed: false });
  };
  useLayoutEffect(() => {
    const until = retold ? known.current.until : hear(reading) + believedMs;
    known.current = { until, looked: Date.now(), hidden: document.hidden };
    if (!same) setDecided({ reading, believedMs, believed });
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
