import { createElement, useEffect, useRef, useState } from "react";
import { showFor } from "./dialog.js";
import { isShown, watchShown } from "./shown.js";

const PLACE = '[data-bui-plans-place="true"]';

// What stands above it, such as the tabs of a portal, stays in sight then.
const beginsInSight = (table) => {
  const { top } = table.getBoundingClientRect();
  return top >= 0 && top < window.innerHeight / 2;
};

// A pricing table says that it is one by data-bui-plans, and each plan which one it is by data-plan. The next frames show what was
// hidden or not there a moment ago.
const lead = (table, planKey, behavior) =>
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const plan = table.querySelector(`[data-plan="${CSS.escape(planKey)}"]`);
      for (const earlier of table.querySelectorAll("[data-suggested]")) delete earlier.dataset.suggested;
      if (plan) plan.dataset.suggested = "";
      if (plan || !beginsInSight(table)) (plan ?? table).scrollIntoView({ block: plan ? "center" : "start", behavior });
      (plan?.querySelector("button, a") ?? plan ?? table).focus({ preventScroll: true });
    }),
  );

const around = function* (element) {
  for (let at = element; at; at = at.parentElement) yield at;
};

// What is hidden in these is brought to light by whoever wants it; what a host hides in another way is not there.
const HIDDEN = "dialog:not([open]), [role='tabpanel'][hidden]";
const SHUT = `${HIDDEN}, details:not([open])`;

const canBeShown = (table) =>
  getComputedStyle(table).visibility !== "hidden" &&
  [...around(table)].every((each) => each.matches(HIDDEN) || getComputedStyle(each).display !== "none");

const bringToLight = (table, from) => {
  // From the outside in.
  const shut = [...around(table)].filter((each) => each.matches(SHUT)).reverse();
  for (const each of shut) {
    if (each.matches("dialog")) showFor(each, from);
    else if (each.matches("details")) each.open = true;
    else document.getElementById(each.getAttribute("aria-labelledby"))?.click();
  }
};

const nearest = (tables, from) => {
  for (const each of around(from)) {
    const found = tables.find((table) => each.contains(table));
    if (found) return found;
  }
  return tables[0];
};

const openPlace = (planKey, from) => {
  const place = nearest([...document.querySelectorAll(PLACE)].filter(isShown), from);
  // A click does not focus a button everywhere, and the focus returns to what had it.
  from?.focus();
  place?.dispatchEvent(new CustomEvent("bui-plans", { detail: planKey }));
};

const isInDialog = (table) => table.closest("dialog:not([open])") !== null;
// Of a page with an open dialog all else is out of reach.
const inTheWay = (table) => [...document.querySelectorAll("dialog:modal")].filter((dialog) => !dialog.contains(table));

// A table within reach comes before one in a dialog that is closed, and that one before one behind a dialog, which then gives way; of
// several the one beside what was pressed.
const choose = (from) => {
  const tables = [...document.querySelectorAll("[data-bui-plans]")].filter(canBeShown);
  const open = tables.filter((table) => !isInDialog(table));
  const choices = [open.filter((table) => inTheWay(table).length === 0), tables.filter(isInDialog), open];
  return nearest(choices.find((some) => some.length > 0) ?? [], from);
};

export const openPlans = (planKey, event) => {
  const from = event?.currentTarget;
  const table = choose(from);
  if (!table) return openPlace(planKey, from);
  if (!isInDialog(table)) for (const dialog of inTheWay(table).reverse()) dialog.close();
  bringToLight(table, from);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  lead(table, planKey, still ? "auto" : "smooth");
};

// In a table of plans: says whether there is a way to it, for the buttons that are there only then.
export const PlansMark = () => {
  const ref = useRef(null);
  useEffect(() => {
    const table = ref.current.closest("[data-bui-plans]");
    const outside = [...around(table)].filter((each) => each.matches("dialog, [role='tabpanel'], details")).at(-1);
    const tell = () => table.toggleAttribute("data-bui-away", !canBeShown(table));
    tell();
    return watchShown(outside?.parentElement ?? table, tell);
  }, []);
  return createElement("span", { ref, hidden: true });
};

// Where the plans open on a page without a table: their dialog is part of the page only while it is open, so that there is never more
// than one, however many places there are.
export const PlansPlace = ({ children, ...props }) => {
  const ref = useRef(null);
  const [asked, setAsked] = useState(null);
  useEffect(() => {
    const place = ref.current;
    const ask = (event) => setAsked({ planKey: event.detail });
    place.addEventListener("bui-plans", ask);
    return () => place.removeEventListener("bui-plans", ask);
  }, []);
  useEffect(() => {
    if (asked) lead(ref.current.querySelector("[data-bui-plans]"), asked.planKey, "auto");
  }, [asked]);
  return createElement(
    "div",
    {
      ...props,
      ref,
      onClose: (event) => {
        if (event.target === ref.current.querySelector("dialog")) setAsked(null);
      },
    },
    asked && children,
  );
};
