import { createElement, useEffect, useRef } from "react";

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
  return createElement("span", { ref: mark, className: "bui-seen", "aria-hidden": true });
};
