// One function for each kind of block; a kind that the page does not know is a grey box that names it.

import { chart } from "./charts.js";
import { control, initialValue } from "./controls.js";
import { freshId, h } from "./dom.js";
import { element, picture } from "./elements.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { mrkdwn, textObject } from "./mrkdwn.js";
import { rich } from "./rich.js";
import { dataTable, table } from "./tables.js";

/** @typedef {import("./elements.js").Surface} Surface */

const LEVELS = { default: "info", info: "info", warning: "warning", error: "warning", success: "check" };

function section(block, surface) {
  const { reader } = surface;
  const fields =
    block.fields &&
    h(
      "div",
      { class: "fields" },
      block.fields.map((field) => h("div", { class: "section-field" }, textObject(field, reader))),
    );
  const words = h("div", { class: "section-text" }, block.text && h("div", {}, textObject(block.text, reader)), fields);
  return h(
    "div",
    { class: "section" },
    words,
    block.accessory && h("div", { class: "accessory" }, element(block.accessory, block, surface)),
  );
}

function context(block, { reader }) {
  return h(
    "div",
    { class: "context" },
    block.elements.map((part) =>
      part.type === "image" ? picture(part, "tiny") : h("span", { class: "context-part" }, textObject(part, reader)),
    ),
  );
}

function image(block, { reader }) {
  return h(
    "figure",
    { class: "image-block" },
    block.title && h("figcaption", {}, textObject(block.title, reader)),
    picture(block, "image"),
  );
}

/**
 * The name under which a form's field travels: its block's id, which is unique on the surface.
 * @param {any} block
 */
export function fieldName(block) {
  return block.block_id;
}

function input(block, surface) {
  const { reader, kept } = surface;
  const name = fieldName(block);
  const ids = { label: freshId("label"), hint: freshId("hint"), error: freshId("error") };
  const change = (value, final) => {
    kept.set(name, value);
    if (final && block.dispatch_action)
      surface.fire({ block_id: block.block_id, action_id: block.element.action_id, value });
  };
  const wiring = {
    reader,
    change,
    key: `${surface.key}/${name}`,
    label: block.label.text,
    kept: kept.has(name) ? kept.get(name) : undefined,
    describedBy: [block.hint && ids.hint, ids.error].filter(Boolean).join(" "),
  };
  if (!kept.has(name)) kept.set(name, initialValue(block.element));
  const field =
    control(block.element, wiring) ?? h("span", { class: "unknown-block" }, `Unknown element: ${block.element.type}`);
  return h(
    "div",
    { class: "input-block", "data-field": name, "data-required": !block.optional },
    h(
      "div",
      { class: "input-label", id: ids.label },
      textObject(block.label, reader),
      block.optional && h("small", {}, " (optional)"),
    ),
    field,
    h("div", { class: "input-error", id: ids.error, role: "alert" }),
    block.hint && h("div", { class: "input-hint", id: ids.hint }, textObject(block.hint, reader)),
  );
}

function alert(block, { reader }) {
  const level = Object.hasOwn(LEVELS, block.level) ? block.level : "default";
  return h(
    "div",
    { class: `alert alert-${level}`, role: "note" },
    icon(LEVELS[level], 18),
    h("div", {}, textObject(block.text, reader)),
  );
}

const DRAWN = {
  header: (block, { reader }) => h("h3", { class: "header" }, textObject(block.text, reader)),
  section,
  context,
  image,
  input,
  alert,
  table,
  divider: () => h("hr"),
  actions: (block, surface) =>
    h(
      "div",
      { class: "actions" },
      block.elements.map((part) => element(part, block, surface)),
    ),
  rich_text: (block, { reader }) =>
    h(
      "div",
      { class: "rich-text" },
      block.elements.map((part) => rich(part, reader)),
    ),
  markdown: (block) => h("div", { class: "markdown" }, markdown(block.text)),
  data_table: dataTable,
  data_visualization: chart,
};

/**
 * Blocks as they stand on a surface.
 * @param {any[]} list
 * @param {Surface} surface
 * @returns {HTMLElement[]}
 */
export function blocks(list, surface) {
  return list.map((block, position) => {
    const draw = Object.hasOwn(DRAWN, block.type) ? DRAWN[block.type] : null;
    const body = draw
      ? draw(block, surface, position)
      : h("div", { class: "unknown-block" }, `Unknown block: ${block.type}`);
    return h("div", { class: `block block-${draw ? block.type : "unknown"}`, "data-block": block.block_id }, body);
  });
}

/**
 * A message's text where it has no blocks.
 * @param {string} text
 * @param {any} reader
 */
export function plainMessage(text, reader) {
  return h("div", { class: "block block-section" }, mrkdwn(text, reader));
}
