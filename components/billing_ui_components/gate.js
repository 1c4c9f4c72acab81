import { createElement, useEffect, useLayoutEffect, useRef } from "react";

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

// Stands in a gate and watches it: a component with properties of its own, so that there can be one for each item of a list.
export const GateWatch = ({ feature, access, reason, onAccessDenied, onQuotaExceeded }) => {
  const mark = useRef(null);
  const denied = reason === "quota_exceeded" ? "quota" : "denied";
  useFocusKept(() => mark.current?.parentElement, access);
  useDecisions(feature, access === "unknown" ? "" : access === "denied" ? denied : access, {
    denied: onAccessDenied,
    quota: onQuotaExceeded,
  });
  return createElement("span", { ref: mark, hidden: true });
};
