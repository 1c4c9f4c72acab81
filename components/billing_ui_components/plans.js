import { createElement, useEffect, useRef, useState } from "react";

const PLACE = '[data-bui-plans-place="true"]';

// A pricing table says that it is one by data-bui-plans, and each plan which one it is by data-plan. The next frames show what was
// hidden or not there a moment ago.
const lead = (table, planKey, behavior) =>
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const plan = table.querySelector(`[data-plan="${CSS.escape(planKey)}"]`);
      for (const earlier of table.querySelectorAll("[data-suggested]")) delete earlier.dataset.suggested;
      if (plan) plan.dataset.suggested = "";
      (plan ?? table).scrollIntoView({ block: plan ? "center" : "start", behavior });
      (plan?.querySelector("button, a") ?? plan ?? table).focus({ preventScroll: true });
    }),
  );

const openPlace = (planKey, from) => {
  let near = from ?? document.body;
  while (near && !near.querySelector(PLACE)) near = near.parentElement;
  // A click does not focus a button everywhere, and the focus returns to what had it.
  from?.focus();
  near?.querySelector(PLACE).dispatchEvent(new CustomEvent("bui-plans", { detail: planKey }));
};

const isShut = (table) => table.closest("dialog:not([open])") !== null;
// Of a page with an open dialog all else is out of reach.
const inTheWay = (table) => [...document.querySelectorAll("dialog:modal")].filter((dialog) => !dialog.contains(table));

// A table within reach comes before one in a dialog that is closed, and that one before one behind a dialog, which then gives way;
// a tab that hides it is chosen first.
export const openPlans = (planKey, event) => {
  const tables = [...document.querySelectorAll("[data-bui-plans]")];
  const shown = tables.filter((each) => !isShut(each));
  const table = shown.find((each) => inTheWay(each).length === 0) ?? tables.find(isShut) ?? shown[0];
  if (!table) return openPlace(planKey, event?.currentTarget);
  if (isShut(table)) table.closest("dialog:not([open])").showModal();
  else for (const dialog of inTheWay(table).reverse()) dialog.close();
  const panel = table.closest("[role=tabpanel][hidden]");
  document.getElementById(panel?.getAttribute("aria-labelledby"))?.click();
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  lead(table, planKey, still ? "auto" : "smooth");
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
