// What the focus goes to when the button that had it is gone: a part of the page with a name, or else the library's own part.
const homeOf = (around) => {
  const left = around.filter((each) => each.isConnected && each.matches(".bui, [tabindex='-1']"));
  return left.find((each) => each.matches("dialog, section, [tabindex='-1']")) ?? left[0];
};

let forget = () => {};

// A button may go with what it was pressed for: the focus stays in that part of the page then, and does not begin again at its top.
export const keepFocusNear = (button, around) => {
  forget();
  const watcher = new MutationObserver(() => {
    if (button.isConnected) return;
    forget();
    if (document.activeElement === document.body) focusOn(homeOf(around));
  });
  forget = () => {
    watcher.disconnect();
    document.removeEventListener("focusin", forget);
  };
  watcher.observe(document.body, { childList: true, subtree: true });
  document.addEventListener("focusin", forget);
};

export const focusOn = (home) => {
  if (!home) return;
  if (!home.hasAttribute("tabindex")) home.tabIndex = -1;
  home.focus({ preventScroll: true });
};

export const keepFocus = ({ currentTarget: button }) => {
  if (document.activeElement !== button) return;
  const around = [];
  for (let each = button.parentElement; each; each = each.parentElement) around.push(each);
  keepFocusNear(button, around);
};

// A browser leaves what can be seen in part where it is. Under a pointer nothing moves away.
export const showFocusedCell = ({ target }) => {
  if (target.matches(":focus-visible")) target.closest("td")?.scrollIntoView({ block: "nearest", inline: "nearest" });
};
