import { createElement, useEffect, useLayoutEffect, useRef, useState } from "react";
import { focusOn, keepFocusNear } from "./focus.js";
import { settle, show, UNSEEN, whenFree } from "./modal.js";
import { isShown } from "./shown.js";

const FOCUSABLE =
  "a[href], area[href], button, input, select, textarea, summary, iframe, audio[controls], video[controls]," +
  " [contenteditable]:not([contenteditable='false']), [tabindex]";

// Left as its answer by a dialog that was closed by something else than a wish to be rid of it.
const UNTOLD = "untold";
// What the person has closed in this page view, of what they had not asked for.
const seen = new Set();

// Where the focus goes back to if what had it was only there for the moment, as an item of a menu.
const homes = new WeakMap();

// What the focus has returned to may go with what was agreed to, as the button of a plan that is chosen.
const keepPlace = (dialog) => {
  const opener = document.activeElement;
  const home = dialog.parentElement?.closest("[tabindex='-1']");
  const from = homes.get(dialog);
  // It may have gone before the dialog did: then nothing has the focus, or still the dialog, until the page is drawn again.
  const isLost = opener === document.body || dialog.contains(opener);
  // An item of a menu goes too, if not yet.
  if (from?.isConnected && (isLost || opener.closest("[role='menu']"))) from.focus();
  else if (isLost) focusOn(home);
  else if (home?.contains(opener)) keepFocusNear(opener, [home]);
};

const buttonOf = (menu) =>
  menu &&
  (document.getElementById(menu.getAttribute("aria-labelledby")) ??
    document.querySelector(`[aria-controls='${CSS.escape(menu.id)}']`));

export const showFor = (dialog, opener) => {
  // A click does not focus a button everywhere, and the focus returns to what had it.
  opener?.focus?.();
  homes.set(dialog, buttonOf(opener?.closest?.("[role='menu']")));
  show(dialog);
};

export const openDialog = (id, event) => {
  const dialog = document.getElementById(id);
  if (dialog instanceof HTMLDialogElement) showFor(dialog, event?.currentTarget);
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

// A question that nobody can answer where it was asked is taken back: the person went elsewhere, and asks again if they still want it.
export const Dialog = ({ open, topic, unasked, closable = true, onClose, children, ...props }) => {
  const ref = useRef(null);
  const byPerson = useRef(true);
  const pressed = useRef(false);
  const wasClosed = useRef(false);
  const [unseen, setUnseen] = useState(0);
  const onClickCapture = useTopic(ref, topic);
  const takeBack = useRef();
  takeBack.current = open && !unasked ? onClose : undefined;

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
    if (!open) {
      wasClosed.current = true;
      return close(dialog);
    }
    if (topic && !wasClosed.current) return void takeBack.current?.();
    if (!unasked) return show(dialog);
    const forget = whenFree(dialog.parentElement, () => seen.has(unasked) || show(dialog));
    return () => {
      forget();
      close(dialog);
    };
  }, [open, unasked, unseen]);

  // Before the element is gone: the focus returns only from a dialog that is still there.
  useLayoutEffect(() => {
    const dialog = ref.current;
    return () => {
      if (dialog.open) takeBack.current?.();
      close(dialog);
    };
  }, []);

  const closed = (dialog) => {
    settle();
    if (byPerson.current && dialog.returnValue === UNSEEN) {
      takeBack.current?.();
      // Not for ever, where it is the dialog itself that a host hides.
      if (unasked && !isShown(dialog.parentElement)) setUnseen((times) => times + 1);
    } else if (byPerson.current) {
      keepPlace(dialog);
      if (unasked) seen.add(unasked);
      if (dialog.returnValue !== UNTOLD) onClose?.();
    }
    byPerson.current = true;
  };

  return createElement(
    "dialog",
    {
      tabIndex: -1,
      // Escape leaves it alone.
      closedby: closable ? undefined : "none",
      ...props,
      ref,
      onClickCapture,
      onKeyDown: keepFocusInside,
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
        if (event.target === ref.current) closed(event.currentTarget);
      },
    },
    children,
  );
};
