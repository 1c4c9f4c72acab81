import { useEffect, useRef } from "react";

// The server tells the tab that made a change, once; the table that asked for it passes it on to the host.
export const usePlanChanged = (place, changed) => {
  const newest = useRef(changed);
  newest.current = changed;
  useEffect(() => {
    const listen = (event) => {
      if (event.detail.place === place) newest.current(event.detail.planKey);
    };
    window.addEventListener("bui-plan-changed", listen);
    return () => window.removeEventListener("bui-plan-changed", listen);
  }, [place]);
};
