// A chart's frame: the value axis and its marks, category labels that do not touch, axis titles.

import { svg } from "./dom.js";

const CHAR = 6.3;
const GAP = 10;
const SLANT = 40;

/** About as wide as the words are drawn. */
function wide(words) {
  return String(words).length * CHAR;
}

/** A step of 1, 2 or 5 times a power of ten that cuts the span into about five. */
function niceStep(span) {
  const power = 10 ** Math.floor(Math.log10(span / 4));
  return power * [1, 2, 5, 10].find((factor) => factor * power * 5.5 >= span);
}

/** Ends of an axis on which all values are the same: from zero if it must, else around them. */
function around(value, fromZero) {
  if (fromZero) return value < 0 ? [value, 0] : [0, value || 1];
  return [value - (Math.abs(value) || 1) / 2, value + (Math.abs(value) || 1) / 2];
}

/**
 * Ends and marks of a value axis. Bars and areas start at zero; a line's axis hugs its values.
 * @param {number[]} values
 * @param {boolean} fromZero
 */
export function axis(values, fromZero) {
  let low = Math.min(...values, ...(fromZero ? [0] : []));
  let high = Math.max(...values, ...(fromZero ? [0] : []));
  if (low === high) [low, high] = around(values[0], fromZero);
  const step = niceStep(high - low);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const digits = Math.min(20, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  const marks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toFixed(digits)));
  const compact = Math.max(Math.abs(marks[0]), Math.abs(marks.at(-1))) >= 1e6;
  return {
    low: marks[0],
    high: marks.at(-1),
    marks,
    write: (value) =>
      value.toLocaleString(
        "en-US",
        compact
          ? { notation: "compact", maximumSignificantDigits: 4 }
          : { minimumFractionDigits: digits, maximumFractionDigits: digits },
      ),
  };
}

/** A value as a tip tells it: six significant digits, a count whole. */
export function figure(value) {
  const digits = Math.abs(value) >= 1e5 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 6 };
  return value.toLocaleString("en-US", digits);
}

/**
 * How category labels lie: all side by side, or the last and some at equal distances, or all of them slanted.
 * Names must all be there, while of times some tell the others.
 * @param {string[]} categories
 * @param {number} slot the width that each has
 * @param {boolean} named
 */
export function layLabels(categories, slot, named) {
  const widest = Math.max(...categories.map(wide));
  const all = categories.map((_, index) => index);
  if (widest + GAP <= slot || categories.length === 1) return { shown: all, slanted: false, height: 18 };
  if (named) return { shown: all, slanted: true, height: 14 + widest * Math.sin((SLANT * Math.PI) / 180) };
  const last = categories.length - 1;
  const every = Math.ceil((widest + GAP) / slot);
  const shown = [...all.filter((index) => index % every === 0 && last - index >= every), last];
  return { shown, slanted: false, height: 18 };
}

/**
 * The drawing's measures: margins as wide as what stands in them.
 * @param {object} given
 * @param {string[]} given.categories
 * @param {ReturnType<typeof axis>} given.scale
 * @param {{x_label?: string, y_label?: string}} given.config
 * @param {boolean} given.named whether the categories are names, of which none may be left out
 */
export function frame({ categories, scale, config, named }) {
  const left = Math.max(...scale.marks.map((mark) => wide(scale.write(mark)))) + 12 + (config.y_label ? 20 : 0);
  const width = 560;
  const slot = (width - left - 14) / categories.length;
  const labels = layLabels(categories, slot, named);
  const bottom = labels.height + 6 + (config.x_label ? 20 : 0);
  const plot = { left, top: 10, width: width - left - 14, height: 186 };
  const x = (index) => left + slot * (index + 0.5);
  const y = (value) => plot.top + plot.height * (1 - (value - scale.low) / (scale.high - scale.low));
  return { width, height: plot.top + plot.height + bottom, plot, slot, labels, x, y };
}

function text(x, y, words, attributes = {}) {
  return svg("text", { x, y, class: "chart-text", ...attributes }, words);
}

/** Lines across at the marks, with their values; the one at zero is stronger. */
export function gridLines(scale, { plot, y }) {
  return scale.marks.map((mark) =>
    svg(
      "g",
      {},
      svg("line", {
        class: mark === 0 ? "chart-grid zero" : "chart-grid",
        x1: plot.left,
        x2: plot.left + plot.width,
        y1: y(mark),
        y2: y(mark),
      }),
      text(plot.left - 8, y(mark) + 4, scale.write(mark), { "text-anchor": "end" }),
    ),
  );
}

/** Names of the categories as `layLabels` lays them. */
export function categoryLabels(categories, { plot, labels, slot, x, width }) {
  const under = plot.top + plot.height + 17;
  return labels.shown.map((index) => {
    const at = x(index);
    if (labels.slanted)
      return text(at + 3, under - 5, categories[index], {
        "text-anchor": "end",
        transform: `rotate(-${SLANT} ${at + 3} ${under - 5})`,
      });
    const half = wide(categories[index]) / 2;
    const shift = Math.min(0, width - 2 - at - half) + Math.max(0, half - at);
    return text(at + (slot < half ? shift : 0), under, categories[index], { "text-anchor": "middle" });
  });
}

/** What the axes are called. */
export function axisTitles(config, { plot, height }) {
  const middle = plot.top + plot.height / 2;
  return [
    config.x_label &&
      text(plot.left + plot.width / 2, height - 6, config.x_label, {
        "text-anchor": "middle",
        class: "chart-text axis",
      }),
    config.y_label &&
      text(12, middle, config.y_label, {
        "text-anchor": "middle",
        class: "chart-text axis",
        transform: `rotate(-90 12 ${middle})`,
      }),
  ];
}
