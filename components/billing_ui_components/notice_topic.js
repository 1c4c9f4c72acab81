import { isShown } from "./shown.js";

// By what it is about: the lines of this page that could say it, the notice that is said, and the one of them that says it. What
// was said where no line is left, since the page was left or closed, is over; unless it lasts.
const topics = new Map();

export const topicOf = (name) => {
  if (!topics.has(name)) topics.set(name, { lines: new Map(), notice: "", lasts: false, line: null, over: "" });
  return topics.get(name);
};

let pressed = null;
if (typeof document !== "undefined") {
  document.addEventListener("click", ({ target }) => (pressed = target), { capture: true, passive: true });
}

const isInSight = (line) => {
  const { top, bottom } = line.getBoundingClientRect();
  return top >= 0 && bottom <= window.innerHeight;
};

const lastPressed = () => (pressed?.isConnected ? pressed : document.activeElement);

// Bring a line to where it is read, if it answers what was pressed in the same part of the page.
export const reveal = (line) => {
  if (!isInSight(line) && line.parentElement.contains(lastPressed())) line.scrollIntoView({ block: "nearest" });
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

export const say = (topic, notice, lasts) => {
  topic.lasts = lasts;
  if (notice === topic.notice && topic.lines.has(topic.line)) return;
  if (notice !== topic.over) topic.over = "";
  topic.notice = notice;
  topic.line = notice !== topic.over ? bestOf([...topic.lines.keys()]) : null;
  tell(topic);
};

// Have a line among those that could say it, until the function that is returned is called.
export const join = (topic, line, setSaid) => {
  topic.lines.set(line, setSaid);
  return () => {
    topic.lines.delete(line);
    if (topic.lines.size === 0) Object.assign(topic, { over: topic.lasts ? "" : topic.notice, notice: "", line: null });
    else if (line === topic.line) queueMicrotask(() => topic.lines.size > 0 && say(topic, topic.notice, topic.lasts));
  };
};
