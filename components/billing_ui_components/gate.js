import { createElement, Fragment, useEffect, useLayoutEffect, useRef } from "react";

import { useBelieved } from "./believed.js";

// The focus must not fall back to the page's beginning because what had it is gone: the gate itself takes it.
const useFocusKept = (findGate, access) => {
  const before = useRef(access);
  const held = useRef(false);
  // While this renders the former content still stands.
  if (before.current !== access) held.current = Boolean(findGate()?.contains(document.activeElement));
  useLayoutEffect(() => {
    if (before.current === access) return;
    before.current = access;
    const gate = findGate();
    if (held.current && !gate?.contains(document.activeElement)) gate?.focus();
    held.current = false;
  });
};

// Once for each change of what is known of a feature: while it is not known, the former decision stands.
const useDecisions = (feature, decision, handlers) => {
  const decided = useRef("");
  useEffect(() => {
    const now = JSON.stringify([feature, decision]);
    if (decision === "" || decided.current === now) return;
    decided.current = now;
    handlers[decision]?.();
  }, [feature, decision]);
};

// The content is not in the page while it is not known whether it may be: then the gate says so, or that it is asking.
export const Gate = ({
  feature,
  access: heard,
  reason,
  lost,
  reading,
  believedMs,
  believedForMs,
  keptMs,
  onAccessDenied,
  onQuotaExceeded,
  children: [lease, content, waiting, away],
  ...props
}) => {
  const mark = useRef(null);
  const believed = useBelieved(lost, reading, believedMs, believedForMs, keptMs);
  const access = believed ? heard : "unknown";
  const denied = reason === "quota_exceeded" ? "quota" : "denied";
  useFocusKept(() => mark.current?.parentElement, access);
  useDecisions(feature, access === "unknown" ? "" : access === "denied" ? denied : access, {
    denied: onAccessDenied,
    quota: onQuotaExceeded,
  });
  const shown = believed || heard === "unknown" ? content : lost ? away : waiting;
  return createElement(
    "div",
    { tabIndex: -1, ...props, "data-access": access },
    lease,
    createElement("span", { ref: mark, hidden: true }),
    // What somebody has typed into it is of this feature.
    createElement(Fragment, { key: feature }, shown),
  );
};
