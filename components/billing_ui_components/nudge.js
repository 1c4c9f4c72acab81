import { createElement, useEffect, useRef } from "react";

// Of what lies over something that scrolls, the page or a dialog: which it is, and how much of its end is covered.
const covering = new Map();

const tell = (scroller) => {
  const most = Math.max(0, ...[...covering.values()].filter((one) => one.scroller === scroller).map((one) => one.size));
  if (most > 0) scroller.dataset.buiCovered = "";
  else delete scroller.dataset.buiCovered;
  scroller.style.setProperty("--_bui-covered", `${most}px`);
};

// The stylesheet makes the page longer by what is covered, and lets nothing have the focus under it.
const tellWhatItCovers = (nudge) => {
  const over = [nudge, nudge.parentElement].find((e) => ["fixed", "sticky"].includes(getComputedStyle(e).position));
  if (!over) return undefined;
  const scroller = nudge.closest("dialog") ?? document.documentElement;
  const watcher = new ResizeObserver(() => {
    const size = nudge.offsetHeight && over.offsetHeight + 2 * parseFloat(getComputedStyle(over).bottom);
    covering.set(nudge, { scroller, size });
    tell(scroller);
  });
  watcher.observe(nudge);
  return () => {
    watcher.disconnect();
    covering.delete(nudge);
    tell(scroller);
  };
};

// Tells when a nudge has really come into sight: not in a hidden tab, not below the fold, not in a dialog that waits.
export const Seen = ({ nudgeId, unseen, onSeen }) => {
  const mark = useRef(null);
  useEffect(() => {
    if (!unseen) return;
    const watcher = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watcher.disconnect();
      onSeen?.();
    });
    watcher.observe(mark.current);
    return () => watcher.disconnect();
  }, [nudgeId, unseen]);
  // A nudge that takes another's place has its own time until it hides.
  useEffect(() => {
    for (const animation of mark.current.closest(".bui-nudge")?.getAnimations() ?? []) animation.currentTime = 0;
  }, [nudgeId]);
  useEffect(() => {
    const nudge = mark.current.closest(".bui-nudge");
    return nudge ? tellWhatItCovers(nudge) : undefined;
  }, []);
  return createElement("span", { ref: mark, className: "bui-seen", "aria-hidden": true });
};
