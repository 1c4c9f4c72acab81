import { isShown, watchShown } from "./shown.js";

// The dialogs that this library has put before the page: each is seen while it is there, and has the Escape key for itself.

// Left as its answer by a dialog that went because nobody could see it.
export const UNSEEN = "unseen";

// Also what a host brings along: Radix marks its dialogs by their role and state only.
const OTHER_DIALOGS =
  "dialog:modal, [aria-modal='true'], :is([role='dialog'], [role='alertdialog'])[data-state='open']";

const shown = new Set();

// The page does not scroll behind a dialog; where its scrollbar was, its room stays.
const keepRoom = () => {
  const root = document.documentElement;
  if (window.innerWidth > root.clientWidth) root.style.scrollbarGutter = "stable";
};

export const settle = () => {
  if (!document.querySelector("dialog:modal")) document.documentElement.style.scrollbarGutter = "";
};

// What else listens for the key, as the dialog of a host that this one stands in, would close with it. The browser closes this one.
const takeEscape = (event) => {
  if (event.key !== "Escape") return;
  const top = [...shown].filter((dialog) => dialog.matches(":modal")).at(-1);
  if (!top || (event.target.closest?.("dialog:modal") ?? top) !== top) return;
  event.stopPropagation();
  if (top.getAttribute("closedby") === "none") event.preventDefault();
};

// Nothing is drawn of a dialog within something that is hidden, and yet the page behind it could not be used.
const keepSeen = (dialog) => {
  if (dialog.open && !dialog.checkVisibility({ visibilityProperty: true })) dialog.close(UNSEEN);
};

const watch = (dialog) => {
  const head = dialog.querySelector(":scope > .bui-dialog-head");
  const watcher = new ResizeObserver(() => {
    keepSeen(dialog);
    // Under this much of its beginning nothing may have the focus.
    if (head) dialog.style.setProperty("--_bui-head", `${head.offsetHeight}px`);
  });
  watcher.observe(dialog);
  if (head) watcher.observe(head);
  const forget = () => {
    // It may have been opened again before it is told that it was closed.
    if (dialog.open) return;
    watcher.disconnect();
    dialog.removeEventListener("close", forget);
    shown.delete(dialog);
    if (shown.size === 0) window.removeEventListener("keydown", takeEscape, true);
  };
  if (shown.size === 0) window.addEventListener("keydown", takeEscape, true);
  shown.add(dialog);
  dialog.addEventListener("close", forget);
};

export const show = (dialog) => {
  if (dialog.open) return;
  keepRoom();
  dialog.returnValue = "";
  dialog.showModal();
  watch(dialog);
  (dialog.querySelector("[data-bui-focus]") ?? dialog).focus();
  keepSeen(dialog);
};

// When no other dialog is open, and what this one stands in is shown.
export const whenFree = (place, ready) => {
  let timer = null;
  const look = () => {
    if (document.querySelector(OTHER_DIALOGS) || !isShown(place)) return;
    stop();
    ready();
  };
  // Not within the other dialog's closing: the focus is on its way back then, and would be taken from nowhere.
  const lookSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(look);
  };
  const watcher = new MutationObserver(lookSoon);
  watcher.observe(document.body, {
    attributes: true,
    attributeFilter: ["open", "aria-modal", "data-state"],
    childList: true,
    subtree: true,
  });
  const forgetPlace = watchShown(place, lookSoon);
  const stop = () => {
    clearTimeout(timer);
    watcher.disconnect();
    forgetPlace();
  };
  look();
  return stop;
};
