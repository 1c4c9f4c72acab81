import { wasReadElsewhere } from "./notice_read.js";
import { isShown } from "./shown.js";

// By what it is about: the lines of this page that could say it, the notice that is said, and the one of them that says it. What
// was said where no line is left, since the page was left or closed, is over; unless it lasts, or waits until it was read.
const topics = new Map();

export const topicOf = (name) => {
  if (!topics.has(name)) topics.set(name, { lines: new Map(), notice: "", lasts: false, waits: false, line: null, over: "" });
  return topics.get(name);
};

let pressed = null;
// Whether the person has moved the page by themselves since.
let moved = false;
if (typeof document !== "undefined") {
  const inAnyCase = { capture: true, passive: true };
  const press = ({ target }) => {
    pressed = target;
    moved = false;
  };
  document.addEventListener("click", press, inAnyCase);
  for (const move of ["wheel", "touchmove"]) document.addEventListener(move, () => (moved = true), inAnyCase);
}

const isInSight = (line) => {
  const { top, bottom } = line.getBoundingClientRect();
  return top >= 0 && bottom <= window.innerHeight;
};

const lastPressed = () => (pressed?.isConnected ? pressed : document.activeElement);

// Bring a line to where it is read, if it answers what was pressed in the same part of the page, and the person is there still.
export const reveal = (line) => {
  const { activeElement: focused, body } = document;
  const at = focused === body ? pressed : focused;
  if (!moved && !isInSight(line) && line.parentElement.contains(at)) line.scrollIntoView({ block: "nearest" });
};

// What stands nearer to what was pressed than the others do.
const besidePressed = (lines) => {
  for (let around = lastPressed(); around; around = around.parentElement) {
    const beside = lines.filter((line) => around.contains(line));
    if (beside.length > 0) return beside.length < lines.length ? beside : [];
  }
  return [];
};

const follows = (line, other) => line.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_PRECEDING;

// Where the person looks: beside what was pressed, else in sight, else first on the page. What is not to be seen says nothing.
const bestOf = (lines) => {
  const shown = lines.filter(isShown).sort((line, other) => (follows(line, other) ? 1 : -1));
  const best = [...besidePressed(shown), ...shown];
  return best.find(isInSight) ?? best[0] ?? lines[0] ?? null;
};

const tell = (topic) => {
  for (const [line, setSaid] of topic.lines) setSaid(line === topic.line ? topic.notice : "");
};

const isOver = (topic) => topic.notice === topic.over || (topic.waits && !topic.lasts && wasReadElsewhere(topic.notice));

export const say = (topic, notice, lasts, waits) => {
  Object.assign(topic, { lasts, waits });
  if (notice === topic.notice && topic.lines.has(topic.line)) return;
  if (notice !== topic.over) topic.over = "";
  topic.notice = notice;
  topic.line = isOver(topic) ? null : bestOf([...topic.lines.keys()]);
  tell(topic);
};

// Have a line among those that could say it, until the function that is returned is called.
export const join = (topic, line, setSaid) => {
  topic.lines.set(line, setSaid);
  return () => {
    const { lines, notice, lasts, waits } = topic;
    lines.delete(line);
    if (lines.size === 0) Object.assign(topic, { over: lasts || waits ? "" : notice, notice: "", line: null });
    else if (line === topic.line) queueMicrotask(() => lines.size > 0 && say(topic, topic.notice, topic.lasts, topic.waits));
  };
};
