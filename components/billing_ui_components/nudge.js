import { createElement, useEffect, useLayoutEffect, useRef } from "react";
import { isShown, watchShown } from "./shown.js";

// Of what lies over something that scrolls, the page or a dialog: which it is, and how much of its end is covered.
const covering = new Map();

const tell = (scroller) => {
  const most = Math.max(0, ...[...covering.values()].filter((one) => one.scroller === scroller).map((one) => one.size));
  if (most > 0) scroller.dataset.buiCovered = "";
  else delete scroller.dataset.buiCovered;
  scroller.style.setProperty("--_bui-covered", `${most}px`);
};

const scrollerOf = (nudge) => nudge.closest("dialog") ?? document.documentElement;
// What lies over it: the nudge itself, or in a dialog its place.
const lyingOver = (nudge) =>
  [nudge, nudge.parentElement].find((e) => ["fixed", "sticky"].includes(getComputedStyle(e).position));

const nudges = new Set();

// They would lie on each other: of those over the page, and of those over a dialog, the first one that a host does not hide is there.
// The stylesheet takes the others away, before anybody is told of them.
const chooseFirst = (scroller) => {
  const here = [...nudges].filter((nudge) => scrollerOf(nudge) === scroller);
  const isEarlier = (a, b) => a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING;
  const lying = here.filter((nudge) => lyingOver(nudge) && isShown(nudge.parentElement));
  lying.sort((a, b) => (isEarlier(a, b) ? -1 : 1));
  for (const nudge of here) nudge.dataset.another = lying.indexOf(nudge) > 0;
};

const lieAlone = (nudge) => {
  const scroller = scrollerOf(nudge);
  nudges.add(nudge);
  chooseFirst(scroller);
  const forget = watchShown(nudge.parentElement, () => chooseFirst(scroller));
  return () => {
    forget();
    nudges.delete(nudge);
    delete nudge.dataset.another;
    chooseFirst(scroller);
  };
};

// The stylesheet makes the page longer by what is covered, and lets nothing have the focus under it. In a low window it may lie over
// nothing.
const tellWhatItCovers = (nudge) => {
  const scroller = scrollerOf(nudge);
  const watcher = new ResizeObserver(() => {
    const over = lyingOver(nudge);
    const size = over && nudge.offsetHeight ? over.offsetHeight + 2 * parseFloat(getComputedStyle(over).bottom) : 0;
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
  useLayoutEffect(() => {
    const nudge = mark.current.closest(".bui-nudge");
    return nudge ? lieAlone(nudge) : undefined;
  }, []);
  useEffect(() => {
    const nudge = mark.current.closest(".bui-nudge");
    return nudge ? tellWhatItCovers(nudge) : undefined;
  }, []);
  return createElement("span", { ref: mark, className: "bui-seen", "aria-hidden": true });
};
