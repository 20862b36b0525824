// Every picture of the page, drawn as inline SVG: no font or file of the machine is needed.

import { svg } from "./dom.js";

const STROKES = {
  hash: "M6.5 2.5 5 13.5M11 2.5 9.5 13.5M2.5 5.75h11M2 10.25h11",
  lock: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  link: "M6.5 9.5 9.5 6.5M7 4.5l1-1a3 3 0 0 1 4.5 4.5l-1 1M9 11.5l-1 1A3 3 0 0 1 3.5 8l1-1",
  home: "M2.5 7.5 8 3l5.5 4.5M4 6.8V13h3V9.5h2V13h3V6.8",
  close: "M4 4l8 8M12 4l-8 8",
  send: "M2.5 13 13.5 8 2.5 3l1.7 5zM4.2 8h4.3",
  reply:
    "M2.5 4.5c0-1 .7-1.7 1.7-1.7h7.6c1 0 1.7.7 1.7 1.7v4.6c0 1-.7 1.7-1.7 1.7H7.5L4.5 13.3v-2.5h-.3c-1 0-1.7-.7-1.7-1.7z",
  eye: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6z",
  down: "M4 6l4 4 4-4",
  inwards: "M2.5 8h9M8 4l4 4-4 4M14 2.5v11",
  outwards: "M13.5 8h-9M8 4 4 8l4 4M2 2.5v11",
  copy: "M5.5 5.5h7v8h-7zM3.5 10.5v-8h7",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  play: "M5 3.5v9l7.5-4.5z",
  bin: "M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4M9.2 7v4",
  left: "M10 4 6 8l4 4",
  right: "M6 4l4 4-4 4",
  up: "M4 10l4-4 4 4",
  check: "M3 8.5l3.3 3.3L13 4.8",
  warning: "M8 2.2 14.5 13.5h-13zM8 6.5v3.5M8 11.7v.1",
  info: "M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8zM8 7.3v4M8 4.8v.1",
  bell: "M3.5 11.5c1-1 1-2 1-4a3.5 3.5 0 0 1 7 0c0 2 0 3 1 4zM6.7 13.3c.5.9 2.1.9 2.6 0",
  clock: "M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8zM8 4.5V8l2.5 1.5",
  search: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.3 13.5 13.5",
  file: "M4 1.8h5l3 3v9.4H4zM9 1.8v3h3",
  trend: "M2 12l4-4 2.5 2.5L14 5M10.5 5H14v3.5",
  bolt: "M9 1.8 3.5 9h4L7 14.2 12.5 7h-4z",
  people:
    "M6 3.2a2.3 2.3 0 1 1 0 4.6 2.3 2.3 0 0 1 0-4.6zM1.8 13c.3-2.5 2-3.7 4.2-3.7s3.9 1.2 4.2 3.7M10.8 3.7a2 2 0 0 1 0 3.8M12 9.7c1.3.5 2 1.6 2.2 3.3",
};

/**
 * A 16-unit line drawing in the text's colour, hidden from screen readers.
 * @param {keyof typeof STROKES} name
 * @param {number} [size] CSS pixels
 */
export function icon(name, size = 16) {
  return svg(
    "svg",
    { class: `icon icon-${name}`, viewBox: "0 0 16 16", width: size, height: size, "aria-hidden": "true" },
    svg("path", { d: STROKES[name] }),
  );
}

/** The three dots of Slack's overflow button. */
export function dots() {
  const circles = [3.2, 8, 12.8].map((cx) => svg("circle", { cx, cy: 8, r: 1.4 }));
  return svg(
    "svg",
    { class: "icon solid", viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" },
    circles,
  );
}

/**
 * Sagewatch's mark: a sage leaf whose vein is a chart.
 * @param {number} size CSS pixels
 */
export function botMark(size) {
  return svg(
    "svg",
    { class: "bot-mark", viewBox: "0 0 36 36", width: size, height: size, "aria-hidden": "true" },
    svg("rect", { class: "mark-back", width: 36, height: 36, rx: 8 }),
    svg("path", { class: "mark-leaf", d: "M7.5 28.5C6 16 13 7.5 29 7c.8 14.5-6.5 22.8-18.2 22z" }),
    svg("path", { class: "mark-vein", d: "M7 30c2-3.5 4-5.5 6.5-7.5l2.5 2 3.5-7.5 2.5 2.5 3.5-6" }),
  );
}

const DOTS = {
  red_circle: "red",
  large_orange_circle: "orange",
  large_yellow_circle: "yellow",
  large_green_circle: "green",
  large_blue_circle: "blue",
  white_circle: "grey",
  rotating_light: "red",
};
const GLYPHS = {
  white_check_mark: ["check", "green"],
  heavy_check_mark: ["check", "green"],
  x: ["close", "red"],
  warning: ["warning", "orange"],
  information_source: ["info", "blue"],
  bell: ["bell", "yellow"],
  lock: ["lock", "grey"],
  hourglass_flowing_sand: ["clock", "grey"],
  mag: ["search", "grey"],
  eyes: ["eye", "blue"],
  chart_with_upwards_trend: ["trend", "red"],
  zap: ["bolt", "orange"],
};

/**
 * A drawing for an emoji's short name, or null when the page has none (its name is shown instead).
 * @param {string} name without colons
 */
export function emoji(name) {
  if (Object.hasOwn(DOTS, name)) {
    const circle = svg("circle", { cx: 8, cy: 8, r: 6 });
    return svg(
      "svg",
      { class: `emoji dot-${DOTS[name]}`, viewBox: "0 0 16 16", role: "img", "aria-label": name },
      circle,
    );
  }
  if (!Object.hasOwn(GLYPHS, name)) return null;
  const [glyph, colour] = GLYPHS[name];
  const path = svg("path", { d: STROKES[glyph] });
  return svg("svg", { class: `emoji line dot-${colour}`, viewBox: "0 0 16 16", role: "img", "aria-label": name }, path);
}
