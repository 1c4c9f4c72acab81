import { createElement, Fragment, useLayoutEffect, useRef, useState } from "react";

import { isShown } from "./shown.js";

// By what it is about: the lines of this page that could say it, the notice that is said, and the one of them that says it. What
// was said where no line is left, since the page was left or closed, is over; unless it is still so.
const topics = new Map();

const topicOf = (name) => {
  if (!topics.has(name)) topics.set(name, { lines: new Map(), notice: "", line: null, over: "" });
  return topics.get(name);
};

let pressed = null;
if (typeof document !== "undefined") {
  document.addEventListener("click", ({ target }) => (pressed = target), { capture: true, passive: true });
}

const endsWithItsPage = (notice) => !notice.startsWith("still");

const isInSight = (line) => {
  const { top, bottom } = line.getBoundingClientRect();
  return top >= 0 && bottom <= window.innerHeight;
};

// What stands nearer to what was pressed than the others do.
const besidePressed = (lines) => {
  const from = pressed?.isConnected ? pressed : document.activeElement;
  for (let around = from; around; around = around.parentElement) {
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

const say = (topic, notice) => {
  if (notice === topic.notice && topic.lines.has(topic.line)) return;
  if (notice !== topic.over) topic.over = "";
  topic.notice = notice;
  topic.line = notice !== topic.over ? bestOf([...topic.lines.keys()]) : null;
  tell(topic);
};

// In each of the lines that could say a notice: one of them does, so that it is read and heard once. Where there was a notice its room
// stays, so that nothing moves when it goes.
export const NoticeLine = ({ about, notice, children, ...props }) => {
  const ref = useRef(null);
  const [said, setSaid] = useState("");
  const topic = topicOf(about);
  useLayoutEffect(() => {
    const line = ref.current;
    topic.lines.set(line, setSaid);
    return () => {
      topic.lines.delete(line);
      if (topic.lines.size === 0) Object.assign(topic, { over: endsWithItsPage(topic.notice) ? topic.notice : "", notice: "", line: null });
      else if (line === topic.line) queueMicrotask(() => topic.lines.size > 0 && say(topic, topic.notice));
    };
  }, [topic]);
  useLayoutEffect(() => say(topic, notice), [topic, notice]);
  const speaks = said !== "" && said === notice;
  useLayoutEffect(() => {
    if (!speaks) return;
    const { style } = ref.current;
    style.minBlockSize = style.minInlineSize = "";
    const { width, height } = ref.current.getBoundingClientRect();
    Object.assign(style, { minBlockSize: `${height}px`, minInlineSize: `min(100%, ${width}px)` });
  }, [speaks, notice]);
  return createElement("p", { ...props, ref }, speaks && createElement(Fragment, { key: notice }, children));
};
