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

// A dialog that is modal would keep the page from being used without being seen, and what plays would be heard.
const quiet = (gate, quieted) => {
  gate.querySelectorAll("dialog:modal").forEach((dialog) => {
    dialog.close();
    quieted.add(() => dialog.isConnected && !dialog.open && dialog.showModal());
  });
  gate.querySelectorAll("audio, video").forEach((player) => {
    if (player.paused) return;
    player.pause();
    // A browser may want the person to begin it again.
    quieted.add(() => player.isConnected && player.play().catch(() => player.pause()));
  });
};

// The focus must not fall back to the page's beginning because what the gate showed is gone: the gate itself takes it, and gives it
// back where it was not moved meanwhile. Nor does the page move while content is out of sight for a moment. Tells whether there is
// something in it to be filled in.
const usePlaceKept = (findGate, access, kept) => {
  const open = access === "granted";
  const covered = kept !== "" && !open;
  const shown = JSON.stringify([access, kept]);
  const before = useRef({ shown, open });
  const held = useRef(null);
  const place = useRef({ blockSize: "", scrollTop: 0, hasFields: false });
  const quieted = useRef(new Set());
  // While this renders what stood there still stands.
  const gate = findGate();
  held.current = gate?.contains(document.activeElement) ? document.activeElement : null;
  if (gate && before.current.open && covered)
    place.current = {
      blockSize: getComputedStyle(gate).blockSize,
      scrollTop: gate.scrollTop,
      hasFields: gate.querySelector(FIELDS) !== null,
    };
  useLayoutEffect(() => {
    const gate = findGate();
    const had = held.current;
    const wasOpen = before.current.open;
    const isChange = before.current.shown !== shown;
    before.current = { shown, open };
    gate.style.minBlockSize = covered ? place.current.blockSize : "";
    if (covered) {
      quiet(gate, quieted.current);
      if (wasOpen && had && had !== gate) left.set(gate, left.get(had) ?? had);
    } else if (isChange) {
      if (open && place.current.scrollTop > 0) gate.scrollTop = place.current.scrollTop;
      if (open) quieted.current.forEach((again) => again());
      if (open && had) left.get(gate)?.focus({ preventScroll: true });
      quieted.current.clear();
      place.current = { ...place.current, scrollTop: 0 };
      left.delete(gate);
    }
    // What the host's own content does with the focus is the host's.
    const isGone = had && (!had.isConnected || had.checkVisibility?.() === false);
    if (isGone && (isChange || !open) && [had, document.body].includes(document.activeElement))
      gate.focus({ preventScroll: true });
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
  endsMs,
  believedForMs,
  keptMs,
  onAccessDenied,
  onQuotaExceeded,
  children: [lease, content, closed, waiting, away, fieldsKept],
  ...props
}) => {
  const mark = useRef(null);
  const { believed, away: isAway } = useBelieved(lost, reading, believedMs, endsMs, believedForMs, keptMs);
  const access = believed ? heard : "unknown";
  const denied = reason === "quota_exceeded" ? "quota" : "denied";
  const person = useLastKnown(looking);
  const kept = useKept(feature, person, access, reason);
  const open = access === "granted";
  const areFieldsKept = usePlaceKept(() => mark.current?.parentElement, access, kept);
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
