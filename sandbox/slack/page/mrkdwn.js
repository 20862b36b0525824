// Slack's mrkdwn as DOM nodes. The input is escaped as Slack wants it: only &amp; &lt; &gt; are entities.

import { h } from "./dom.js";
import { emoji } from "./icons.js";
import { channelLink, dateNode, linkNode, mentionOfGroup, mentionOfUser } from "./entities.js";

/** @typedef {import("./entities.js").Reader} Reader */

const STYLES = { "*": "strong", _: "em", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;

/**
 * Undoes the only escapes that Slack knows.
 * @param {string} text
 */
export function unescape(text) {
  return text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);
}

function special(body, label, reader) {
  const [kind, ...rest] = body.slice(1).split("^");
  if (kind === "subteam") return mentionOfGroup(rest[0] ?? "", label, reader);
  if (["here", "channel", "everyone"].includes(kind)) return h("span", { class: "mention broadcast" }, `@${kind}`);
  if (kind !== "date" || rest.length < 2) return null;
  return dateNode(
    { timestamp: Number(rest[0]), format: unescape(rest[1]), url: rest[2], fallback: unescape(label) },
    reader,
  );
}

/** What stands between < and >, or null when it is nothing that Slack knows. */
function entity(inside, reader) {
  const bar = inside.indexOf("|");
  const body = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? "" : inside.slice(bar + 1);
  if (body.startsWith("@")) return mentionOfUser(body.slice(1), unescape(label), reader);
  if (body.startsWith("#")) return channelLink(body.slice(1), unescape(label), reader);
  if (body.startsWith("!")) return special(body, label, reader);
  return linkNode(unescape(body), unescape(label));
}

/** Plain words: entities undone, the emoji that the page can draw drawn, line breaks kept. */
export function words(text) {
  const nodes = [];
  let last = 0;
  for (const match of text.matchAll(/:([a-z0-9_+-]+):/g)) {
    const picture = emoji(match[1]);
    if (!picture) continue;
    nodes.push(text.slice(last, match.index), picture);
    last = match.index + match[0].length;
  }
  nodes.push(text.slice(last));
  return nodes.filter((node) => node !== "");
}

/** Where a span that opens at `start` with `mark` closes, or -1: on the same line, at a word's end, past code and entities. */
function closing(text, start, mark) {
  for (let i = start + 1; i < text.length && text[i] !== "\n"; i += 1) {
    const skip = text[i] === "`" ? text.indexOf("`", i + 1) : text[i] === "<" ? text.indexOf(">", i + 1) : -1;
    if (skip > 0) i = skip;
    else if (text[i] === mark && i > start + 1 && text[i - 1] !== " " && !WORD.test(text[i + 1] ?? " ")) return i;
  }
  return -1;
}

function opens(text, at) {
  return !WORD.test(text[at - 1] ?? " ") && /\S/.test(text[at + 1] ?? " ");
}

/** One span at `at`: its node and where the text goes on, or null when no span begins here. */
function span(text, at, reader) {
  const mark = text[at];
  if (mark === "<") {
    const end = text.indexOf(">", at);
    const node = end < 0 ? null : entity(text.slice(at + 1, end), reader);
    return node && { node, next: end + 1 };
  }
  if (mark === "`") {
    const end = text.indexOf("`", at + 1);
    const line = text.slice(at + 1, end);
    return end > at + 1 && !line.includes("\n") ? { node: h("code", {}, unescape(line)), next: end + 1 } : null;
  }
  if (!Object.hasOwn(STYLES, mark) || !opens(text, at)) return null;
  const end = closing(text, at, mark);
  return end < 0 ? null : { node: h(STYLES[mark], {}, inline(text.slice(at + 1, end), reader)), next: end + 1 };
}

/** Spans of one piece of text without fences or quotes. */
function inline(text, reader) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push(...words(unescape(plain)));
    plain = "";
  };
  for (let at = 0; at < text.length;) {
    const found = "<`*_~".includes(text[at]) ? span(text, at, reader) : null;
    if (found) {
      flush();
      nodes.push(found.node);
    } else plain += text[at];
    at = found ? found.next : at + 1;
  }
  flush();
  return nodes;
}

/** Lines grouped into quotes and the rest. */
function paragraphs(text, reader) {
  const groups = [];
  for (const line of text.split("\n")) {
    const quoted = line.match(/^(?:&gt;|>) ?(.*)$/);
    const last = groups.at(-1);
    const body = quoted ? quoted[1] : line;
    if (last && last.quoted === Boolean(quoted)) last.lines.push(body);
    else groups.push({ quoted: Boolean(quoted), lines: [body] });
  }
  return groups.map(({ quoted, lines }) => {
    const nodes = inline(lines.join("\n"), reader);
    return quoted ? h("blockquote", {}, nodes) : h("span", { class: "lines" }, nodes);
  });
}

/**
 * mrkdwn as nodes: styles, code, fences, quotes, links, mentions, dates in the reader's zone.
 * @param {string} text
 * @param {Reader} reader
 * @returns {Node[]}
 */
export function mrkdwn(text, reader) {
  const pieces = text.split("```");
  if (pieces.length % 2 === 0) pieces.push(pieces.splice(-2).join("```"));
  return pieces.flatMap((piece, index) => {
    if (index % 2 === 1) return h("pre", {}, unescape(piece.replace(/^\n|\n$/g, "")));
    const start = index > 0 && piece.startsWith("\n") ? 1 : 0;
    const end = index < pieces.length - 1 && piece.endsWith("\n") ? -1 : undefined;
    const trimmed = piece.slice(start, end);
    return trimmed ? paragraphs(trimmed, reader) : [];
  });
}

/**
 * A text object of a block (`plain_text` or `mrkdwn`) as nodes.
 * @param {{type: string, text: string} | undefined} object
 * @param {Reader} reader
 * @returns {Node[]}
 */
export function textObject(object, reader) {
  if (!object) return [];
  return object.type === "mrkdwn"
    ? mrkdwn(object.text, reader)
    : words(object.text).map((x) => (x instanceof Node ? x : document.createTextNode(x)));
}
