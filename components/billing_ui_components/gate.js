import { Activity, createElement, Fragment, useEffect, useLayoutEffect, useRef } from "react";

import { useBelieved } from "./believed.js";

const FIELDS = "input, textarea, select, [contenteditable]";

// What was known last, while it is not known: an empty text.
const useLastKnown = (text) => {
  const last = useRef(text);
  if (text !== "") last.current = text;
  return last.current;
};

// What somebody has typed into the content is of this feature and of them. It stays, out of sight, for as long as it is not known
// whether they still have access, and is gone once they have not, or are signed out. The name of what stays; "" for nothing.
const useKept = (feature, person, access, reason) => {
  const kept = useRef("");
  const name = JSON.stringify([useLastKnown(feature), person]);
  if (access === "granted") kept.current = name;
  else if (access === "denied" || reason === "signed_out" || kept.current !== name) kept.current = "";
  return kept.current;
};

// What had the focus in a gate when its content went out of sight.
const left = new WeakMap();

const isGone = (element) => !element.isConnected || !element.checkVisibility();

// Whether the focus was there, and nobody has given it to something else since that went.
const isLost = (had) => had && isGone(had) && [had, document.body].includes(document.activeElement);

// The focus must not fall back to the page's beginning because what had it is gone: the gate itself takes it, and gives it back where
// it was not moved meanwhile. Nor does the page move while content is out of sight for a moment. Tells whether there is something in it
// to be filled in.
const usePlaceKept = (findGate, access, covered) => {
  const before = useRef(access);
  const held = useRef(null);
  const place = useRef({ blockSize: "", scrollTop: 0, hasFields: false });
  // While this renders what stood there still stands.
  const gate = findGate();
  held.current = gate?.contains(document.activeElement) ? document.activeElement : null;
  if (gate && before.current === "granted" && access !== "granted")
    place.current = {
      blockSize: getComputedStyle(gate).blockSize,
      scrollTop: gate.scrollTop,
      hasFields: gate.querySelector(FIELDS) !== null,
    };
  useLayoutEffect(() => {
    const gate = findGate();
    gate.style.minBlockSize = covered ? place.current.blockSize : "";
    const had = held.current;
    const isChange = before.current !== access;
    before.current = access;
    if (isChange && covered) {
      // A dialog that is modal would keep the page from being used without being seen, and what plays would be heard.
      gate.querySelectorAll("dialog:modal").forEach((dialog) => dialog.close());
      gate.querySelectorAll("audio, video").forEach((player) => player.pause());
      if (had && had !== gate) left.set(gate, left.get(had) ?? had);
    } else if (isChange && access === "granted") {
      gate.scrollTop = place.current.scrollTop;
      if (had && left.has(gate) && !isGone(left.get(gate))) left.get(gate).focus({ preventScroll: true });
    }
    if (isLost(had)) gate.focus({ preventScroll: true });
    if (!covered) left.delete(gate);
  });
  return covered && place.current.hasFields;
};

// Once for each change of what is known of a feature and a person: while it is not known, the former decision stands.
const useDecisions = (feature, person, decision, handlers) => {
  const decided = useRef("");
  useEffect(() => {
    const now = JSON.stringify([feature, person, decision]);
    if (decision === "" || decided.current === now) return;
    decided.current = now;
    handlers[decision]?.();
  }, [feature, person, decision]);
};

// The content is in sight only while it is known that it may be: else the gate says why it is not, or that it is asking.
export const Gate = ({
  feature,
  person: looking,
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
  const person = useLastKnown(looking);
  const kept = useKept(feature, person, access, reason);
  const open = access === "granted";
  const areFieldsKept = usePlaceKept(() => mark.current?.parentElement, access, kept !== "" && !open);
  useDecisions(feature, person, access === "unknown" ? "" : access === "denied" ? denied : access, {
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
