// data_visualization: line, bar, area and pie charts as SVG. Colours come from the style sheet's series classes.

import { axis, axisTitles, categoryLabels, figure, frame, gridLines } from "./chart_axes.js";
import { tip } from "./chart_tip.js";
import { h, svg } from "./dom.js";

const DOTTED = 12;

function lines(chart, rows, { x, y }, filled) {
  return rows.map((row, s) => {
    const points = row.values.map((value, index) => `${x(index)},${y(value)}`);
    const ends = [`${x(row.values.length - 1)},${y(0)}`, `${x(0)},${y(0)}`];
    return svg(
      "g",
      { class: `series-${s % 12}` },
      filled && svg("polygon", { class: "chart-fill", points: [...points, ...ends].join(" ") }),
      svg("polyline", { class: "chart-line", points: points.join(" ") }),
      row.values.map((value, index) =>
        svg("circle", { class: "chart-dot", cx: x(index), cy: y(value), r: points.length > DOTTED ? 2.2 : 3 }),
      ),
    );
  });
}

function bars(chart, rows, { x, y, slot }) {
  const width = Math.min(40, (slot * 0.72) / rows.length);
  const space = width > 6 ? 1 : 0.4;
  return rows.map((row, s) =>
    svg(
      "g",
      { class: `series-${s % 12}` },
      row.values.map((value, index) => {
        const left = x(index) + (s - rows.length / 2) * width;
        const [top, bottom] = [y(Math.max(value, 0)), y(Math.min(value, 0))];
        return svg("rect", {
          class: "chart-bar",
          x: left + space,
          y: top,
          width: width - 2 * space,
          height: Math.max(1, bottom - top),
          rx: Math.min(2, width / 4),
        });
      }),
    ),
  );
}

/** Each series' values in the order of the categories. */
function ordered(chart, categories) {
  return chart.series.map((series) => {
    const values = new Map(series.data.map((point) => [point.label, point.value]));
    return { name: series.name, values: categories.map((label) => values.get(label) ?? 0) };
  });
}

function cartesian(chart) {
  const config = chart.axis_config ?? {};
  const categories = config.categories ?? chart.series[0].data.map((point) => point.label);
  const rows = ordered(chart, categories);
  const scale = axis(
    rows.flatMap((row) => row.values),
    chart.type !== "line",
  );
  const measures = frame({ categories, scale, config, named: chart.type === "bar" });
  const marks =
    chart.type === "bar" ? bars(chart, rows, measures) : lines(chart, rows, measures, chart.type === "area");
  return {
    drawing: [gridLines(scale, measures), marks, categoryLabels(categories, measures), axisTitles(config, measures)],
    names: rows.map((row) => row.name),
    width: measures.width,
    height: measures.height,
    tell: (image) => tip(image, { categories, rows }, measures),
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
    const hint = svg("title", {}, `${segment.label}: ${figure(segment.value)} (${Math.round(part * 100)}%)`);
    if (part > 0.9999)
      return svg("circle", { class: `chart-slice series-${index % 12}`, cx: 120, cy: 120, r: radius }, hint);
    const [[x1, y1], [x2, y2]] = [at(from), at(share)];
    const path = `M120 120L${x1} ${y1}A${radius} ${radius} 0 ${part > 0.5 ? 1 : 0} 1 ${x2} ${y2}Z`;
    return svg("path", { class: `chart-slice series-${index % 12}`, d: path }, hint);
  });
  const names = chart.segments.map((segment) => `${segment.label} (${Math.round((segment.value / total) * 100)}%)`);
  return { drawing: slices, names, width: 240, height: 240, tell: () => null };
}

/**
 * A chart block with its title and legend; an unknown kind of chart is named.
 * @param {any} block
 */
export function chart(block) {
  const { chart: data } = block;
  if (!["line", "bar", "area", "pie"].includes(data?.type))
    return h("div", { class: "unknown-block" }, `Unknown chart: ${data?.type}`);
  const { drawing, names, width, height, tell } = data.type === "pie" ? pie(data) : cartesian(data);
  const image = svg(
    "svg",
    {
      class: `chart kind-${data.type}`,
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      tabindex: data.type === "pie" ? null : "0",
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
    h("div", { class: "chart-canvas" }, image, tell(image)),
    h("div", { class: "legend" }, legend),
  );
}
