// JSON for reading: indented, its parts told apart by colour, every letter of it in a text node.

import { h } from "./dom.js";

const INDENT = "  ";

/**
 * What a value looks like, as one text.
 * @param {unknown} value a text stands for itself: a body that was cut, or that is no JSON
 */
export function asText(value) {
  return typeof value === "string" ? value : (JSON.stringify(value, null, INDENT.length) ?? "");
}

/**
 * The same, as nodes and texts for `h`.
 * @param {unknown} value
 * @returns {(Node | string)[]}
 */
export function asNodes(value) {
  return typeof value === "string" ? [value] : [...parts(value, "\n")];
}

/** @param {unknown} value @param {string} line a line's end and the indentation of the next one */
function* parts(value, line) {
  if (Array.isArray(value))
    yield* listed(
      value.map((item) => [null, item]),
      "[]",
      line,
    );
  else if (value !== null && typeof value === "object") yield* listed(Object.entries(value), "{}", line);
  else yield h("span", { class: `json-${value === null ? "null" : typeof value}` }, JSON.stringify(value));
}

function* listed(members, [open, close], line) {
  if (members.length === 0) {
    yield open + close;
    return;
  }
  const inner = line + INDENT;
  for (const [index, [name, item]] of members.entries()) {
    yield (index ? "," : open) + inner;
    if (name !== null) yield* [h("span", { class: "json-name" }, JSON.stringify(name)), ": "];
    yield* parts(item, inner);
  }
  yield line + close;
}
