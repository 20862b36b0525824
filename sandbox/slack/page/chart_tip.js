// What a chart tells where the pointer is, or the arrow keys: one category with the values of all its series.

import { figure } from "./chart_axes.js";
import { h, refill, svg } from "./dom.js";

/**
 * Makes a drawn chart tell its values.
 * @param {SVGElement} image the drawing, which gets a guide line
 * @param {{categories: string[], rows: {name: string, values: number[]}[]}} data
 * @param {ReturnType<import("./chart_axes.js").frame>} frame
 * @returns {HTMLElement} the tip, to stand in the same positioned element as the drawing
 */
export function tip(image, { categories, rows }, { plot, slot, x, width }) {
  const guide = svg("line", { class: "chart-guide", y1: plot.top, y2: plot.top + plot.height, visibility: "hidden" });
  const node = h("div", { class: "chart-tip", hidden: true, "aria-live": "polite" });
  image.prepend(guide);
  let shown = -1;

  function hide() {
    shown = -1;
    node.hidden = true;
    guide.setAttribute("visibility", "hidden");
  }

  function show(index) {
    if (index === shown) return;
    shown = index;
    const lines = rows.map((row, s) =>
      h(
        "div",
        { class: `chart-tip-row series-${s % 12}` },
        h("i", { class: "chart-tip-sign" }),
        h("span", { class: "grow" }, row.name),
        h("b", {}, figure(row.values[index])),
      ),
    );
    refill(node, h("div", { class: "chart-tip-title" }, categories[index]), ...lines);
    node.hidden = false;
    guide.setAttribute("visibility", "visible");
    for (const end of ["x1", "x2"]) guide.setAttribute(end, String(x(index)));
    const right = x(index) > plot.left + plot.width / 2;
    node.style.left = right ? "auto" : `${((x(index) + 10) / width) * 100}%`;
    node.style.right = right ? `${((width - x(index) + 10) / width) * 100}%` : "auto";
  }

  const last = categories.length - 1;
  image.addEventListener("pointermove", (event) => {
    const box = image.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * width;
    show(Math.min(last, Math.max(0, Math.floor((at - plot.left) / slot))));
  });
  image.addEventListener("pointerleave", hide);
  image.addEventListener("blur", hide);
  image.addEventListener("keydown", (event) => {
    const next = { ArrowRight: shown + 1, ArrowLeft: shown < 0 ? last : shown - 1, Home: 0, End: last }[event.key];
    if (event.key === "Escape" && shown >= 0) event.stopPropagation();
    if (event.key === "Escape") hide();
    if (next === undefined) return;
    event.preventDefault();
    show(Math.min(last, Math.max(0, next)));
  });
  return node;
}
