import { useEffect, useLayoutEffect, useRef } from "react";

// The focus must not fall back to the page's beginning because what had it is gone: the gate itself takes it.
const useFocusKept = (id, access) => {
  const gate = () => document.getElementById(id);
  const before = useRef(access);
  const held = useRef(false);
  // While this renders the former content still stands.
  if (before.current !== access) held.current = Boolean(gate()?.contains(document.activeElement));
  useLayoutEffect(() => {
    if (before.current === access) return;
    before.current = access;
    if (held.current && !gate()?.contains(document.activeElement)) gate()?.focus();
    held.current = false;
  });
};

// Once for each change of what is known: while it is not known, the former decision stands.
const useDecisions = (decision, handlers) => {
  const decided = useRef("");
  useEffect(() => {
    if (decision === "" || decision === decided.current) return;
    decided.current = decision;
    handlers[decision]?.();
  }, [decision]);
};

export const useGate = (id, access, reason, onDenied, onQuotaExceeded) => {
  const denied = reason === "quota_exceeded" ? "quota" : "denied";
  useFocusKept(id, access);
  useDecisions(access === "unknown" ? "" : access === "denied" ? denied : access, {
    denied: onDenied,
    quota: onQuotaExceeded,
  });
};
