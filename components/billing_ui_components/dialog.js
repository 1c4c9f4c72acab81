import { createElement, useEffect, useLayoutEffect, useRef } from "react";
import { focusOn, keepFocusNear } from "./focus.js";

const FOCUSABLE =
  "a[href], area[href], button, input, select, textarea, summary, iframe, audio[controls], video[controls]," +
  " [contenteditable]:not([contenteditable='false']), [tabindex]";
// Also what a host brings along: Radix marks its dialogs by their role and state only.
const OTHER_DIALOGS =
  "dialog:modal, [aria-modal='true'], :is([role='dialog'], [role='alertdialog'])[data-state='open']";

// Left as its answer by a dialog that was closed by something else than a wish to be rid of it.
const UNTOLD = "untold";
// What the person has closed in this page view, of what they had not asked for.
const seen = new Set();

const show = (dialog) => {
  if (dialog.open) return;
  const root = document.documentElement;
  // The page does not scroll behind a dialog; where its scrollbar was, its room stays.
  if (window.innerWidth > root.clientWidth) root.style.scrollbarGutter = "stable";
  dialog.returnValue = "";
  dialog.showModal();
  (dialog.querySelector("[data-bui-focus]") ?? dialog).focus();
};

const settle = () => {
  if (!document.querySelector("dialog:modal")) document.documentElement.style.scrollbarGutter = "";
};

const whenAlone = (ready) => {
  let timer = null;
  const look = () => {
    if (document.querySelector(OTHER_DIALOGS)) return;
    watcher.disconnect();
    ready();
  };
  // Not within the other dialog's closing: the focus is on its way back then, and would be taken from nowhere.
  const watcher = new MutationObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(look);
  });
  watcher.observe(document.body, {
    attributes: true,
    attributeFilter: ["open", "aria-modal", "data-state"],
    childList: true,
    subtree: true,
  });
  look();
  return () => {
    clearTimeout(timer);
    watcher.disconnect();
  };
};

// What the focus has returned to may go with what was agreed to, as the button of a plan that is chosen.
const keepPlace = (dialog) => {
  const opener = document.activeElement;
  const home = dialog.parentElement?.closest("[tabindex='-1']");
  // It may have gone before the dialog did: then nothing has the focus, or still the dialog, until the page is drawn again.
  if (opener === document.body || dialog.contains(opener)) focusOn(home);
  else if (home?.contains(opener)) keepFocusNear(opener, [home]);
};

export const openDialog = (id, event) => {
  // A click does not focus a button everywhere, and the focus returns to what had it.
  event?.currentTarget?.focus?.();
  const dialog = document.getElementById(id);
  if (dialog) show(dialog);
};

export const closeDialog = (id, told) => document.getElementById(id)?.close(told ? "" : UNTOLD);

const isStop = (element) =>
  element.tabIndex >= 0 &&
  !element.matches(":disabled, [inert] *") &&
  element.checkVisibility({ visibilityProperty: true }) &&
  !(
    element.type === "radio" &&
    !element.checked &&
    element.closest("form, dialog").querySelector(`[name='${CSS.escape(element.name)}']:checked`)
  );

const keepFocusInside = (event) => {
  const dialog = event.currentTarget;
  if (event.key !== "Tab" || event.defaultPrevented || event.target.closest("dialog") !== dialog) return;
  const stops = [...dialog.querySelectorAll(FOCUSABLE)].filter(isStop);
  const [first, last, from] = [stops[0], stops.at(-1), document.activeElement];
  const leaves = event.shiftKey ? from === first || from === dialog : from === last;
  if (stops.length > 0 && !leaves) return;
  event.preventDefault();
  (event.shiftKey ? last : first)?.focus();
};

const isOnBackdrop = (event) => {
  const box = event.currentTarget.getBoundingClientRect();
  const beside = event.clientX < box.left || event.clientX > box.right;
  return event.target === event.currentTarget && (beside || event.clientY < box.top || event.clientY > box.bottom);
};

// An answer is meant for what was read: what is asked anew begins at its top, and the second press of two, which were meant for
// what stood there before, answers nothing.
const useTopic = (ref, topic) => {
  const known = useRef(topic);
  const asked = useRef(topic);
  useLayoutEffect(() => {
    const anew = known.current && topic && known.current !== topic && ref.current.open;
    known.current = topic;
    if (!anew) return;
    ref.current.scrollTop = 0;
    ref.current.focus();
  }, [topic]);
  return (event) => {
    if (event.detail > 1 && asked.current !== known.current) event.stopPropagation();
    else asked.current = known.current;
  };
};

export const Dialog = ({ open, topic, unasked, closable = true, onClose, children, ...props }) => {
  const ref = useRef(null);
  const byPerson = useRef(true);
  const pressed = useRef(false);
  const onClickCapture = useTopic(ref, topic);

  const close = (dialog) => {
    if (!dialog.open) return;
    byPerson.current = false;
    dialog.close();
    settle();
    keepPlace(dialog);
  };

  useEffect(() => {
    if (typeof open !== "boolean") return;
    const dialog = ref.current;
    if (!open) return close(dialog);
    if (!unasked) return show(dialog);
    const forget = whenAlone(() => seen.has(unasked) || show(dialog));
    return () => {
      forget();
      close(dialog);
    };
  }, [open, unasked]);

  // Before the element is gone: the focus returns only from a dialog that is still there.
  useLayoutEffect(() => {
    const dialog = ref.current;
    return () => close(dialog);
  }, []);

  return createElement(
    "dialog",
    {
      tabIndex: -1,
      ...props,
      ref,
      onClickCapture,
      onKeyDown: (event) => {
        if (event.key === "Escape" && !closable) event.preventDefault();
        keepFocusInside(event);
      },
      onCancel: (event) => {
        if (event.target === ref.current && !closable) event.preventDefault();
      },
      onPointerDown: (event) => {
        pressed.current = isOnBackdrop(event);
      },
      onClick: (event) => {
        if (closable && pressed.current && isOnBackdrop(event)) event.currentTarget.close();
      },
      onClose: (event) => {
        if (event.target !== ref.current) return;
        settle();
        if (byPerson.current) {
          keepPlace(event.currentTarget);
          if (unasked) seen.add(unasked);
          if (event.currentTarget.returnValue !== UNTOLD) onClose?.();
        }
        byPerson.current = true;
      },
    },
    children,
  );
};
