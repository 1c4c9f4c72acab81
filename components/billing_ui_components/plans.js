// A pricing table says that it is one by data-bui-plans, and each plan which one it is by data-plan. One that is shown comes before
// one in a dialog that is closed; a tab that hides it is chosen first, and the next frames show it.
export const openPlans = (planKey) => {
  const tables = [...document.querySelectorAll("[data-bui-plans]")];
  const table = tables.find((each) => !each.closest("dialog:not([open])")) ?? tables[0];
  if (!table) return;
  table.closest("dialog:not([open])")?.showModal();
  const panel = table.closest("[role=tabpanel][hidden]");
  document.getElementById(panel?.getAttribute("aria-labelledby"))?.click();
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const plan = table.querySelector(`[data-plan="${CSS.escape(planKey)}"]`);
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      (plan ?? table).scrollIntoView({ block: plan ? "center" : "start", behavior: still ? "auto" : "smooth" });
      (plan?.querySelector("button, a") ?? plan ?? table).focus({ preventScroll: true });
    }),
  );
};
