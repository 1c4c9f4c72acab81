import { createElement, Fragment, useLayoutEffect, useRef, useState } from "react";

import { markRead, wasRead } from "./notice_read.js";
import { join, reveal, say, topicOf } from "./notice_topic.js";
import { isShown } from "./shown.js";

// Nobody reads it faster, and a page may be drawn twice when it comes.
const SEEN = 300;

// In each of the lines that could say a notice: one of them does, so that it is read and heard once. Where there was a notice its room
// stays, so that nothing moves when it goes.
export const NoticeLine = ({ about, notice, lasts, waits, children, ...props }) => {
  const ref = useRef(null);
  const [said, setSaid] = useState("");
  const topic = topicOf(about);
  useLayoutEffect(() => join(topic, ref.current, setSaid), [topic]);
  useLayoutEffect(() => say(topic, notice, lasts, waits), [topic, notice, lasts, waits]);
  const speaks = said !== "" && said === notice;
  useLayoutEffect(() => {
    if (!speaks) return;
    const { style } = ref.current;
    style.minBlockSize = style.minInlineSize = "";
    const { width, height } = ref.current.getBoundingClientRect();
    Object.assign(style, { minBlockSize: `${height}px`, minInlineSize: `min(100%, ${width}px)` });
    if (!waits || lasts || wasRead(notice)) return;
    reveal(ref.current);
    const seen = setTimeout(() => isShown(ref.current) && markRead(notice), SEEN);
    return () => clearTimeout(seen);
  }, [speaks, notice]);
  return createElement("p", { ...props, ref }, speaks && createElement(Fragment, { key: notice }, children));
};
