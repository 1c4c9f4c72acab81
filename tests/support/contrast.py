"""How well a colour stands out from another in a page, after WCAG 2: script to put into a function that a browser evaluates."""

CONTRAST = """
  // However it is written: a mixed colour is given as oklab(...).
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const pixel = (color) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = color;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const light = (color) => pixel(color).slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  // The nearest ground that is painted.
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (pixel(color)[3] !== 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
"""
