// rich_text blocks: sections, lists, preformatted text and quotes.

import { channelLink, dateNode, linkNode, mentionOfGroup, mentionOfUser } from "./entities.js";
import { h } from "./dom.js";
import { emoji } from "./icons.js";

/** @typedef {import("./entities.js").Reader} Reader */

const WRAPPERS = { code: "code", bold: "strong", italic: "em", strike: "s", underline: "u" };

const INLINE = {
  text: (e) => e.text,
  link: (e) => linkNode(e.url, e.text) ?? e.text ?? e.url,
  user: (e, reader) => mentionOfUser(e.user_id, "", reader),
  usergroup: (e, reader) => mentionOfGroup(e.usergroup_id, "", reader),
  channel: (e, reader) => channelLink(e.channel_id, "", reader),
  emoji: (e) => emoji(e.name) ?? `:${e.name}:`,
  date: (e, reader) => dateNode(e, reader),
  broadcast: (e) => h("span", { class: "mention broadcast" }, `@${e.range}`),
  color: (e) => h("code", {}, e.value),
};

function styled(element, reader) {
  const draw = Object.hasOwn(INLINE, element.type) ? INLINE[element.type] : null;
  if (!draw) return h("span", { class: "unknown-inline" }, `[${element.type}]`);
  return Object.entries(WRAPPERS).reduce(
    (node, [style, tag]) => (element.style?.[style] ? h(tag, {}, node) : node),
    draw(element, reader),
  );
}

function list(part, reader) {
  const items = part.elements.map((item) => h("li", {}, rich(item, reader)));
  const start = part.style === "ordered" && part.offset ? part.offset + 1 : null;
  return h(part.style === "ordered" ? "ol" : "ul", { class: `indent-${Math.min(part.indent ?? 0, 8)}`, start }, items);
}

/**
 * One part of a rich_text block; a part of unknown type is named.
 * @param {{type: string, elements: any[]}} part
 * @param {Reader} reader
 * @returns {HTMLElement}
 */
export function rich(part, reader) {
  const inside = () => part.elements.map((element) => styled(element, reader));
  switch (part.type) {
    case "rich_text_section":
      return h("div", { class: "lines" }, inside());
    case "rich_text_preformatted":
      return h("pre", {}, inside());
    case "rich_text_quote":
      return h("blockquote", {}, inside());
    case "rich_text_list":
      return list(part, reader);
    default:
      return h("div", { class: "unknown-block" }, `Unknown rich text: ${part.type}`);
  }
}

/**
 * The words of a rich_text block, for sorting and for screen readers.
 * @param {any} node block, part or element
 * @returns {string}
 */
export function plainOf(node) {
  return node.elements ? node.elements.map(plainOf).join(" ") : (node.text ?? node.fallback ?? node.name ?? "");
}
