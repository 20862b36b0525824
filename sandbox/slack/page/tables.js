// table and data_table. Sorting headers and page turns are buttons; a redraw keeps the reader's sorting and page.

import { h } from "./dom.js";
import { element } from "./elements.js";
import { icon } from "./icons.js";
import { plainOf, rich } from "./rich.js";

/** @typedef {import("./elements.js").Surface} Surface */

/** Sorting and page by surface and block position, so that an edited message does not jump back. */
const views = new Map();

function content(cell, block, surface) {
  switch (cell.type) {
    case "raw_text":
      return cell.text;
    case "raw_number":
      return cell.text ?? String(cell.value);
    case "rich_text":
      return cell.elements.map((part) => rich(part, surface.reader));
    case "action_cell":
      return element(cell.element, block, surface);
    default:
      return h("span", { class: "unknown-block" }, `Unknown cell: ${cell.type}`);
  }
}

function firstDate(node) {
  if (node.type === "date") return node.timestamp;
  return node.elements?.map(firstDate).find((found) => found !== undefined);
}

/** What a cell sorts by: numbers before text. */
function sortKey(cell) {
  if (cell.type === "raw_number") return cell.value;
  if (cell.type === "raw_text") return cell.text.toLowerCase();
  if (cell.type === "rich_text") return firstDate(cell) ?? plainOf(cell).toLowerCase();
  return (cell.element?.text?.text ?? "").toLowerCase();
}

function compare(a, b) {
  if (typeof a === typeof b) return typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true });
  return typeof a === "number" ? -1 : 1;
}

function sorted(rows, { column, descending }) {
  if (column === null) return rows;
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => sign * compare(sortKey(a[column]), sortKey(b[column])));
}

function alignment(rows, column) {
  return rows.length > 0 && rows.every((row) => row[column]?.type === "raw_number") ? "right" : "left";
}

/**
 * The plain table block: the first row is its head.
 * @param {any} block
 * @param {Surface} surface
 */
export function table(block, surface) {
  const [head, ...rows] = block.rows;
  const align = head.map((_, column) => block.column_settings?.[column]?.align ?? alignment(rows, column));
  const row = (cells, tag) =>
    h(
      "tr",
      {},
      cells.map((cell, column) =>
        h(tag, { class: `align-${align[column]}`, scope: tag === "th" && "col" }, content(cell, block, surface)),
      ),
    );
  return h(
    "div",
    { class: "table-scroll" },
    h(
      "table",
      { class: "grid" },
      h("thead", {}, row(head, "th")),
      h(
        "tbody",
        {},
        rows.map((cells) => row(cells, "td")),
      ),
    ),
  );
}

/** A head cell: pressing it sorts ascending, then descending, then as sent. */
function heading(cell, column, align, view, redraw, key) {
  const active = view.column === column;
  const turn = () => {
    if (active && view.descending) Object.assign(view, { column: null, descending: false });
    else Object.assign(view, { column, descending: active });
    view.page = 0;
    redraw();
  };
  const order = active ? (view.descending ? "descending" : "ascending") : "none";
  const arrow = active ? icon(view.descending ? "down" : "up", 12) : null;
  return h(
    "th",
    { scope: "col", class: `align-${align}`, "aria-sort": order },
    h(
      "button",
      { type: "button", class: "sort", onclick: turn, "data-key": `${key}/sort/${column}` },
      content(cell),
      arrow,
    ),
  );
}

function pager(view, count, size, redraw, key) {
  const pages = Math.ceil(count / size);
  const turn = (by) => () => {
    view.page += by;
    redraw();
  };
  const step = (name, by, off) =>
    h(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": `${name} page`,
        disabled: off,
        onclick: turn(by),
        "data-key": `${key}/${name}`,
      },
      icon(by < 0 ? "left" : "right", 14),
    );
  const first = view.page * size;
  return h(
    "div",
    { class: "pager" },
    h("span", {}, `${first + 1}–${Math.min(first + size, count)} of ${count}`),
    step("Previous", -1, view.page === 0),
    step("Next", 1, view.page >= pages - 1),
  );
}

/** Rows of the shown page, drawn anew at each turn; the button that was pressed keeps the focus. */
function draw(holder, block, surface, key) {
  const [head, ...rows] = block.rows;
  const size = block.page_size ?? 5;
  const view = views.get(key);
  view.page = Math.min(view.page, Math.max(0, Math.ceil(rows.length / size) - 1));
  const redraw = () => {
    const focused = document.activeElement?.dataset?.key;
    draw(holder, block, surface, key);
    const same = focused && holder.querySelector(`[data-key="${CSS.escape(focused)}"]:not(:disabled)`);
    (same || holder.querySelector(".pager button:not(:disabled)"))?.focus();
  };
  const align = head.map((_, column) => alignment(rows, column));
  const shown = sorted(rows, view).slice(view.page * size, (view.page + 1) * size);
  const body = shown.map((cells) =>
    h(
      "tr",
      {},
      cells.map((cell, column) => {
        const tag = column === block.row_header_column_index ? "th" : "td";
        return h(tag, { class: `align-${align[column]}`, scope: tag === "th" && "row" }, content(cell, block, surface));
      }),
    ),
  );
  const heads = head.map((cell, column) => heading(cell, column, align[column], view, redraw, key));
  holder.replaceChildren(
    h(
      "div",
      { class: "table-scroll" },
      h(
        "table",
        { class: "grid" },
        h("caption", {}, block.caption),
        h("thead", {}, h("tr", {}, heads)),
        h("tbody", {}, body),
      ),
    ),
    rows.length > size ? pager(view, rows.length, size, redraw, key) : "",
  );
}

/**
 * The data_table block: sortable, paged, with a caption.
 * @param {any} block
 * @param {Surface} surface
 * @param {number} position of the block on its surface
 */
export function dataTable(block, surface, position) {
  const key = `${surface.key}/${position}`;
  if (!views.has(key)) views.set(key, { column: null, descending: false, page: 0 });
  const holder = h("div", { class: "data-table" });
  draw(holder, block, surface, key);
  return holder;
}
