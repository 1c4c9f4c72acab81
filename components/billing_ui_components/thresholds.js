// Percentages are floored to two decimals and thresholds have two at most: comparing them decides as the exact quantities do.
const band = (percentage, near, critical) => (percentage >= critical ? 2 : percentage >= near ? 1 : 0);

const TONES = ["good", "near", "critical"];

const toned = (view, near, critical, sentenceBreak) => {
  const windows = view.windows.map((window) =>
    window.tone === "neutral" ? window : { ...window, tone: TONES[band(window.percentage_used, near, critical)] },
  );
  if (view.band_texts.length === 0) return { ...view, windows };
  const at = band(view.percentage_used, near, critical);
  return {
    ...view,
    windows,
    state: ["normal", "near", "critical"][at],
    tone: TONES[at],
    shape: ["disc", "triangle", "square"][at],
    status_text: view.band_texts[at],
    value_text: [view.band_texts[at], view.details_text].join(sentenceBreak),
  };
};

export const withThresholds = (views, near, critical, sentenceBreak) =>
  views.map((view) => toned(view, near, critical, sentenceBreak));
