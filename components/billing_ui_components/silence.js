import { useEffect, useLayoutEffect, useRef, useState } from "react";

import { hear } from "./believed.js";

const LOOK = 1000;

// What it holds is shown while the server, which tells a visible page every few seconds, has not been heard for too long: the connection
// may stand, and the numbers look as if they were new.
export const Silence = ({ reading, afterMs, children }) => {
  const [silent, setSilent] = useState(false);
  const newest = useRef(reading);
  useLayoutEffect(() => {
    newest.current = reading;
    setSilent(false);
  }, [reading]);
  useEffect(() => {
    let asked = Date.now();
    let looked = asked;
    const look = () => {
      const now = Date.now();
      // A page that was out of sight or stood still has only begun to ask again.
      if (document.hidden || now - looked > 5 * LOOK) asked = now;
      looked = now;
      setSilent(newest.current !== "" && now - Math.max(hear(newest.current), asked) > afterMs);
    };
    const timer = setInterval(look, LOOK);
    return () => clearInterval(timer);
  }, [afterMs]);
  return silent ? children : null;
};
