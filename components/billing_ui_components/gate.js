import { Activity, createElement, Fragment, useEffect, useLayoutEffect, useRef } from "react";

import { useBelieved } from "./believed.js";

const FIELDS = "input, textarea, select, [contenteditable]";

// What somebody has typed into the content is of this feature and of them. It stays, out of sight, for as long as it is not known
// whether they still have access, and is gone once they have not, or are signed out. The name of what stays; "" for nothing.
const useKept = (feature, person, access, reason) => {
  const who = useRef(person);
  const kept = useRef("");
  if (person !== "") who.current = person;
  const name = JSON.stringify([feature, who.current]);
  if (access === "granted") kept.current = name;
  else if (access === "denied" || reason === "signed_out" || kept.current !== name) kept.current = "";
  return kept.current;
};

// The focus must not fall back to the page's beginning because what had it is gone: the gate itself takes it, and gives it back. Nor
// does the page move while content is out of sight for a moment. Tells whether there is something in it to be filled in.
const usePlaceKept = (findGate, access, covered) => {
  const before = useRef(access);
  const held = useRef(null);
  const left = useRef(null);
  const height = useRef(0);
  const hasFields = useRef(false);
  // While this renders the former content still stands.
  if (before.current !== access) {
    const gate = findGate();
    const { activeElement } = document;
    held.current = gate?.contains(activeElement) ? activeElement : null;
    if (before.current === "granted" && gate) {
      height.current = gate.getBoundingClientRect().height;
      hasFields.current = gate.querySelector(FIELDS) !== null;
    }
  }
  useLayoutEffect(() => {
    const gate = findGate();
    gate.style.minBlockSize = covered ? `${height.current}px` : "";
    if (before.current === access) return;
    before.current = access;
    if (access === "granted" && left.current?.isConnected && (held.current || document.activeElement === document.body))
      left.current.focus({ preventScroll: true });
    else if (held.current && !held.current.checkVisibility()) gate.focus({ preventScroll: true });
    left.current = covered && held.current !== gate ? held.current : null;
    held.current = null;
  });
  return covered && hasFields.current;
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

// The content is in sight only while it is known that it may be: else the gate says why it is not, or that it is asking.
export const Gate = ({
  feature,
  person,
  access: heard,
  reason,
  lost,
  reading,
  believedMs,
  believedForMs,
  keptMs,
  onAccessDenied,
  onQuotaExceeded,
  children: [lease, content, closed, waiting, away, fieldsKept],
  ...props
}) => {
  const mark = useRef(null);
  const { believed, away: isAway } = useBelieved(lost, reading, believedMs, believedForMs, keptMs);
  const access = believed ? heard : "unknown";
  const denied = reason === "quota_exceeded" ? "quota" : "denied";
  const kept = useKept(feature, person, access, reason);
  const open = access === "granted";
  const areFieldsKept = usePlaceKept(() => mark.current?.parentElement, access, kept !== "" && !open);
  useDecisions(feature, access === "unknown" ? "" : access === "denied" ? denied : access, {
    denied: onAccessDenied,
    quota: onQuotaExceeded,
  });
  const instead = believed || heard === "unknown" ? closed : isAway ? away : waiting;
  const isAsking = instead === waiting || (instead === closed && reason === "loading");
  return createElement(
    "div",
    { tabIndex: -1, ...props, "data-access": access },
    lease,
    createElement("span", { ref: mark, hidden: true }),
    kept && createElement(Activity, { key: kept, mode: open ? "visible" : "hidden" }, content),
    kept && !open
      ? createElement("div", { className: "bui-gate-cover" }, instead, areFieldsKept && !isAsking && fieldsKept)
      : open || createElement(Fragment, { key: feature }, instead),
  );
};
