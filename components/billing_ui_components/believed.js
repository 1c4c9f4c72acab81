import { useEffect, useLayoutEffect, useRef, useState } from "react";

import { pageName } from "./page.js";
import { isAnswering } from "./pulse.js";

const LOOK = 1000;
// Browsers let the timers of a hidden page run once a minute.
const HIDDEN_PAUSE = 120_000;
// What is known to end is told of by a server that lives.
const END_TOLD_WITHIN = 5000;
// Who comes back to a page is answered by then, or the server is asked whether it lives.
const ANSWERED_WITHIN = 2000;

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

// For how long a reading counts besides, since the server, which says nothing, was found to live.
let vouched = { reading: "", until: 0 };

// Nothing that was heard so far counts for what is drawn from now on.
export const forget = () => {
  heard = { ...heard, at: 0 };
  vouched = { reading: "", until: 0 };
};

const isVouchedFor = (reading, endsMs) =>
  reading === vouched.reading && Date.now() < Math.min(vouched.until, hear(reading) + (endsMs || Infinity));

const counts = (reading, milliseconds, endsMs) =>
  reading === "" || Date.now() < hear(reading) + milliseconds || (milliseconds > 0 && isVouchedFor(reading, endsMs));

// Whether what was heard last of the server still counts: for a while without a connection, and no longer. It is measured by the
// clock on the wall, since timers stand still with a page that is frozen or a computer that sleeps. For `keptMs` the server keeps a
// tab's numbers fresh after it was last asked to: what is drawn later waits for an answer. What was heard is known to end in `endsMs`,
// if that is not 0. Besides, whether the server is away.
export const useBelieved = (lost, reading, believedMs, endsMs, believedForMs, keptMs) => {
  // What is decided is decided of one reading, and of the next one at once: nothing is drawn or told of it before.
  const [decided, setDecided] = useState(() => ({
    reading,
    believedMs,
    believed: counts(reading, Math.min(believedMs, keptMs), endsMs),
  }));
  const same = decided.reading === reading && decided.believedMs === believedMs;
  const known = useRef({ until: null, looked: 0, hidden: false });
  // After a new connection the server tells again what it knew: it neither prolongs nor shortens for how long that counts.
  const retold = isEarlier(reading) && known.current.until !== null;
  const still = () => (retold ? decided.believed && Date.now() < known.current.until : counts(reading, believedMs, endsMs));
  const believed = same ? decided.believed : still();
  const look = useRef(null);
  const disbelieve = (silent = false) => setDecided({ reading, believedMs, believed: false, silent });
  const mayEnd = believedMs !== believedForMs;
  const end = () => hear(reading) + (endsMs || Infinity);
  look.current = () => {
    const now = Date.now();
    const { until, looked, hidden } = known.current;
    const stoodStill = now - looked > (hidden ? HIDDEN_PAUSE : believedForMs);
    known.current = { until: Math.min(until, now + believedForMs), looked: now, hidden: document.hidden };
    // Nothing is asked for a hidden page: there the connection speaks for the server.
    if (hidden && !lost && !stoodStill && !mayEnd) known.current.until = Math.max(until, Math.min(now + ANSWERED_WITHIN, end()));
    if (!believed || reading === "") return;
    if (stoodStill || (lost && now >= until) || (hidden && now >= end())) disbelieve();
    else if (now >= until && !hidden && !document.hidden) ask(until);
  };
  // The connection stands and nothing is heard: the server stands still, or an event handler of the host's keeps the tab waiting.
  const ask = async (until) => {
    const answering = await isAnswering();
    if (known.current.until !== until) return;
    const now = Date.now();
    if (!answering) disbelieve(true);
    else if (!mayEnd && now < end()) {
      known.current.until = Math.min(now + believedForMs, end());
      if (isOfThisPage(reading)) vouched = { reading, until: now + believedForMs };
    } else if (now >= until + END_TOLD_WITHIN) disbelieve();
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
  return { believed, away: lost || (!believed && Boolean(decided.silent)) };
};
