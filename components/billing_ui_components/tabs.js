import { Children, createElement, useId, useRef, useState } from "react";

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

// A tab list as a keyboard user knows it: one stop for Tab, arrows choose, Home and End go to the ends. Panels that are not
// chosen stay in the page, hidden, so that what somebody did in one is there when they come back.
export const Tabs = ({ names, label, first = 0, children, ...props }) => {
  const [chosen, choose] = useState(first);
  const id = useId();
  const list = useRef(null);
  const panels = Children.toArray(children);

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
