// What has no box of its own is shown where what it stands in is.
const withBox = (element) => {
  let at = element;
  while (at && getComputedStyle(at).display === "contents") at = at.parentElement;
  return at;
};

export const isShown = (element) => Boolean(withBox(element)?.checkVisibility({ visibilityProperty: true }));

// Tells when a host may have shown or hidden it.
export const watchShown = (element, told) => {
  const watcher = new ResizeObserver(told);
  const box = withBox(element);
  if (box) watcher.observe(box);
  return () => watcher.disconnect();
};
