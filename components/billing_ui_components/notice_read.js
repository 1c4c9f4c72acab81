import { pageName } from "./page.js";

const KEY = "billing_ui_read";
const MOST = 20;

// What the person has had the time to see, by its name, and on which page: of the newest few, also after the page is loaded again.
const read = () => JSON.parse(sessionStorage.getItem(KEY) ?? "[]");

const entryOf = (notice) => read().find(([name]) => name === notice);

export const markRead = (notice) => {
  if (!wasRead(notice)) sessionStorage.setItem(KEY, JSON.stringify([[notice, pageName()], ...read()].slice(0, MOST)));
};

export const wasRead = (notice) => entryOf(notice) !== undefined;

export const wasReadElsewhere = (notice) => wasRead(notice) && entryOf(notice)[1] !== pageName();
