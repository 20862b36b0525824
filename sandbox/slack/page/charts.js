// data_visualization: line, bar, area and pie charts as SVG. Colours come from the style sheet's series classes.

import { h, svg } from "./dom.js";

const SIZE = { width: 560, height: 240, left: 54, right: 12, top: 12, bottom: 44 };
const PLOT = { width: SIZE.width - SIZE.left - SIZE.right, height: SIZE.height - SIZE.top - SIZE.bottom };
const MAX_LABELS = 8;

/** A step of 1, 2 or 5 times a power of ten that cuts the span into about five. */
function niceStep(span) {
  const power = 10 ** Math.floor(Math.log10(span / 4));
  return power * [1, 2, 5, 10].find((factor) => factor * power * 5.5 >= span);
}

/**
 * Ends and marks of a value axis. Bars and areas start at zero; a line's axis hugs its values.
 * @param {number[]} values
 * @param {boolean} fromZero
 */
export function axis(values, fromZero) {
  let low = Math.min(...values, ...(fromZero ? [0] : []));
  let high = Math.max(...values, ...(fromZero ? [0] : []));
  if (low === high) [low, high] = [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  const step = niceStep(high - low);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const marks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toFixed(digits)));
  return {
    low: marks[0],
    high: marks.at(-1),
    marks,
    write: (value) => value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  };
}

function text(x, y, words, attributes = {}) {
  return svg("text", { x, y, class: "chart-text", ...attributes }, words);
}

function gridLines(scale, y) {
  return scale.marks.map((mark) =>
    svg(
      "g",
      {},
      svg("line", { class: "chart-grid", x1: SIZE.left, x2: SIZE.width - SIZE.right, y1: y(mark), y2: y(mark) }),
      text(SIZE.left - 8, y(mark) + 4, scale.write(mark), { "text-anchor": "end" }),
    ),
  );
}

/** Category names, thinned when there are many. */
function categoryLabels(categories, x) {
  const every = Math.ceil(categories.length / MAX_LABELS);
  return categories.map(
    (label, i) => i % every === 0 && text(x(i), SIZE.height - SIZE.bottom + 18, label, { "text-anchor": "middle" }),
  );
}

function axisLabels(config) {
  const middle = SIZE.top + PLOT.height / 2;
  return [
    config.x_label &&
      text(SIZE.left + PLOT.width / 2, SIZE.height - 6, config.x_label, {
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

function tip(series, point) {
  return svg("title", {}, `${series}, ${point.label}: ${point.value}`);
}

function lines(chart, values, x, y, filled) {
  return chart.series.map((series, s) => {
    const points = values[s].map((point) => `${x(point.index)},${y(point.value)}`);
    const ends = [values[s].at(-1), values[s][0]].map((point) => `${x(point.index)},${y(0)}`);
    return svg(
      "g",
      { class: `series-${s % 12}` },
      filled && svg("polygon", { class: "chart-fill", points: [...points, ...ends].join(" ") }),
      svg("polyline", { class: "chart-line", points: points.join(" ") }),
      values[s].map((point) =>
        svg("circle", { class: "chart-dot", cx: x(point.index), cy: y(point.value), r: 3 }, tip(series.name, point)),
      ),
    );
  });
}

function bars(chart, values, x, y, slot) {
  const width = Math.min(40, (slot * 0.7) / chart.series.length);
  return chart.series.map((series, s) =>
    svg(
      "g",
      { class: `series-${s % 12}` },
      values[s].map((point) => {
        const left = x(point.index) + (s - chart.series.length / 2) * width;
        const [top, bottom] = [y(Math.max(point.value, 0)), y(Math.min(point.value, 0))];
        return svg(
          "rect",
          { class: "chart-bar", x: left + 1, y: top, width: width - 2, height: Math.max(1, bottom - top), rx: 2 },
          tip(series.name, point),
        );
      }),
    ),
  );
}

/** Points of each series in the order of the categories. */
function ordered(chart, categories) {
  return chart.series.map((series) =>
    series.data
      .map((point) => ({ ...point, index: categories.indexOf(point.label) }))
      .filter((point) => point.index >= 0)
      .sort((a, b) => a.index - b.index),
  );
}

function cartesian(chart) {
  const categories = chart.axis_config?.categories ?? chart.series[0].data.map((point) => point.label);
  const values = ordered(chart, categories);
  const scale = axis(
    values.flat().map((point) => point.value),
    chart.type !== "line",
  );
  const slot = PLOT.width / categories.length;
  const x = (index) => SIZE.left + slot * (index + 0.5);
  const y = (value) => SIZE.top + PLOT.height * (1 - (value - scale.low) / (scale.high - scale.low));
  const marks =
    chart.type === "bar" ? bars(chart, values, x, y, slot) : lines(chart, values, x, y, chart.type === "area");
  return {
    drawing: [gridLines(scale, y), marks, categoryLabels(categories, x), axisLabels(chart.axis_config ?? {})],
    names: chart.series.map((s) => s.name),
    width: SIZE.width,
  };
}

function pie(chart) {
  const total = chart.segments.reduce((sum, segment) => sum + segment.value, 0);
  const radius = 100;
  const at = (share) => [120 + radius * Math.sin(2 * Math.PI * share), 120 - radius * Math.cos(2 * Math.PI * share)];
  let share = 0;
  const slices = chart.segments.map((segment, index) => {
    const [from, part] = [share, segment.value / total];
    share += part;
    const hint = tip(chart.segments[index].label, { label: `${Math.round(part * 100)}%`, value: segment.value });
    if (part > 0.9999)
      return svg("circle", { class: `chart-slice series-${index % 12}`, cx: 120, cy: 120, r: radius }, hint);
    const [[x1, y1], [x2, y2]] = [at(from), at(share)];
    const path = `M120 120L${x1} ${y1}A${radius} ${radius} 0 ${part > 0.5 ? 1 : 0} 1 ${x2} ${y2}Z`;
    return svg("path", { class: `chart-slice series-${index % 12}`, d: path }, hint);
  });
  const names = chart.segments.map((segment) => `${segment.label} (${Math.round((segment.value / total) * 100)}%)`);
  return { drawing: slices, names, width: 240 };
}

/**
 * A chart block with its title and legend; an unknown kind of chart is named.
 * @param {any} block
 */
export function chart(block) {
  const { chart: data } = block;
  if (!["line", "bar", "area", "pie"].includes(data?.type))
    return h("div", { class: "unknown-block" }, `Unknown chart: ${data?.type}`);
  const { drawing, names, width } = data.type === "pie" ? pie(data) : cartesian(data);
  const image = svg(
    "svg",
    {
      class: `chart kind-${data.type}`,
      viewBox: `0 0 ${width} ${SIZE.height}`,
      role: "img",
      "aria-label": `${block.title}: ${data.type} chart of ${names.join(", ")}`,
    },
    drawing,
  );
  const legend = names.map((name, index) =>
    h(
      "span",
      { class: "legend-item" },
      svg(
        "svg",
        { viewBox: "0 0 10 10", width: 10, height: 10, class: `series-${index % 12}`, "aria-hidden": "true" },
        svg("rect", { class: "chart-bar", width: 10, height: 10, rx: 3 }),
      ),
      name,
    ),
  );
  return h(
    "figure",
    { class: "chart-block" },
    h("figcaption", {}, block.title),
    image,
    h("div", { class: "legend" }, legend),
  );
}
