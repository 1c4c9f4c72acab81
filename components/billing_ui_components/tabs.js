import { Children, createElement, useId, useLayoutEffect, useRef, useState } from "react";
import { useLocation, useNavigationType } from "react-router";

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

// The tab that is chosen is kept with the page's entry in the browser's history: a reload and the way back find it again, a visit
// by a link begins as the host has it, and the address stays the host's.
const kept = (name) => window.history.state?.buiTabs?.[name];
const keep = (name, index) => {
  remember(name, index);
  const state = window.history.state ?? {};
  if (typeof state !== "object" || kept(name) === index) return;
  window.history.replaceState({ ...state, buiTabs: { ...state.buiTabs, [name]: index } }, "");
};

// What was shown last of a page is remembered besides: a server that answers /billing with /billing/ makes a new entry of a reload.
const memory = (name) => `bui-tab ${window.location.pathname.replace(/\/+$/, "")} ${name}`;
const remember = (name, index) => {
  try {
    window.sessionStorage.setItem(memory(name), index);
  } catch {
    // A browser may forbid it, and then there is nothing to remember.
  }
};
const remembered = (name) => {
  try {
    return window.sessionStorage.getItem(memory(name)) ?? undefined;
  } catch {
    return undefined;
  }
};
const isReloaded = () => window.performance.getEntriesByType("navigation")[0]?.type === "reload";

// Chooses a tab from elsewhere and leads to it: for a link, which without this leads to the tabs.
export const openTab = (id, index, event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const tab = document.getElementById(id)?.querySelectorAll("[role=tab]")[index];
  if (!tab) return;
  event.preventDefault();
  tab.click();
  tab.focus();
};

// A tab list as a keyboard user knows it: one stop for Tab, arrows choose, Home and End go to the ends. Panels that are not
// chosen stay in the page, hidden, so that what somebody did in one is there when they come back.
export const Tabs = ({ names, label, first = 0, keptAs, children, ...props }) => {
  const [chosen, setChosen] = useState(first);
  const id = useId();
  const list = useRef(null);
  const panels = Children.toArray(children);

  const choose = (index) => {
    setChosen(index);
    if (keptAs) keep(keptAs, index);
  };
  // What was prerendered shows the first one. A link within the page makes a new entry, which begins as the one before it was left.
  const location = useLocation();
  // Of a document that was reloaded, what is come to by a link later is none.
  const byLink = useNavigationType() !== "POP";
  useLayoutEffect(() => {
    if (!keptAs) return;
    const found = Number(kept(keptAs) ?? (isReloaded() && !byLink ? remembered(keptAs) : undefined));
    const index = found in names ? found : chosen;
    setChosen(index);
    keep(keptAs, index);
  }, [location]);

  const onKeyDown = (event) => {
    const last = names.length - 1;
    const rtl = getComputedStyle(list.current).direction === "rtl";
    const step = (STEPS[event.key] ?? 0) * (rtl ? -1 : 1);
    const next = { Home: 0, End: last }[event.key] ?? (step ? (chosen + step + names.length) % names.length : null);
    if (next === null) return;
    event.preventDefault();
    choose(next);
    list.current.children[next].focus();
  };

  const tab = (name, index) =>
    createElement(
      "button",
      {
        key: index,
        type: "button",
        role: "tab",
        id: `${id}-tab-${index}`,
        className: "bui-tab",
        tabIndex: index === chosen ? 0 : -1,
        "aria-selected": index === chosen,
        "aria-controls": `${id}-panel-${index}`,
        onClick: () => choose(index),
      },
      name,
    );
  const panel = (content, index) =>
    createElement(
      "div",
      {
        key: index,
        role: "tabpanel",
        id: `${id}-panel-${index}`,
        className: "bui-tabpanel",
        tabIndex: 0,
        "aria-labelledby": `${id}-tab-${index}`,
        hidden: index !== chosen,
      },
      content,
    );
  return createElement(
    "div",
    props,
    createElement(
      "div",
      { role: "tablist", className: "bui-tabs", "aria-label": label, ref: list, onKeyDown },
      names.map(tab),
    ),
    panels.map(panel),
  );
};
