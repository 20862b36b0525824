// The markdown block, in the plain subset that bots write: headings, lists, tasks, quotes, fences, tables, inline styles.

import { h } from "./dom.js";
import { linkNode } from "./entities.js";

const INLINE =
  /`([^`\n]+)`|\*\*(.+?)\*\*|~~(.+?)~~|\*([^*\n]+)\*|(?<![\p{L}\p{N}])_([^_\n]+)_(?![\p{L}\p{N}])|\[([^\]\n]+)\]\(([^)\s]+)\)/gu;

function inline(text) {
  const nodes = [];
  let last = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, bold, strike, star, underscore, label, address] = match;
    nodes.push(text.slice(last, match.index));
    last = match.index + whole.length;
    if (code) nodes.push(h("code", {}, code));
    else if (bold) nodes.push(h("strong", {}, inline(bold)));
    else if (strike) nodes.push(h("s", {}, inline(strike)));
    else if (star ?? underscore) nodes.push(h("em", {}, inline(star ?? underscore)));
    else nodes.push(linkNode(address, label) ?? whole);
  }
  return [...nodes, text.slice(last)];
}

function cells(line) {
  return line
    .trim()
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => inline(cell.trim()));
}

function item(text) {
  const task = text.match(/^\[([ xX])\] (.*)$/);
  if (!task) return h("li", {}, inline(text));
  return h(
    "li",
    { class: "task" },
    h("input", { type: "checkbox", checked: task[1] !== " ", disabled: true }),
    " ",
    inline(task[2]),
  );
}

function table(lines) {
  const [head, ...rest] = lines.filter((line) => !/^[\s|:-]+$/.test(line));
  const row = (line, tag) =>
    h(
      "tr",
      {},
      cells(line).map((cell) => h(tag, {}, cell)),
    );
  return h(
    "table",
    { class: "grid" },
    h("thead", {}, row(head, "th")),
    h(
      "tbody",
      {},
      rest.map((line) => row(line, "td")),
    ),
  );
}

const KINDS = [
  { test: /^\s*\|/, draw: table },
  {
    test: /^\s*[-*] /,
    draw: (lines) =>
      h(
        "ul",
        {},
        lines.map((x) => item(x.replace(/^\s*[-*] /, ""))),
      ),
  },
  {
    test: /^\s*\d+[.)] /,
    draw: (lines) =>
      h(
        "ol",
        {},
        lines.map((x) => item(x.replace(/^\s*\d+[.)] /, ""))),
      ),
  },
  { test: /^> ?/, draw: (lines) => h("blockquote", {}, inline(lines.map((x) => x.replace(/^> ?/, "")).join("\n"))) },
  {
    test: /^#{1,6} /,
    draw: (lines) =>
      lines.map((x) => h(`h${Math.min(x.match(/^#+/)[0].length + 2, 6)}`, {}, inline(x.replace(/^#+ /, "")))),
  },
  { test: /^\s*(---+|\*\*\*+)\s*$/, draw: () => h("hr") },
  { test: /^\s*$/, draw: () => [] },
  { test: /^/, draw: (lines) => h("p", {}, inline(lines.join("\n"))) },
];

function flow(text) {
  const groups = [];
  for (const line of text.split("\n")) {
    const kind = KINDS.find((candidate) => candidate.test.test(line));
    if (groups.at(-1)?.kind === kind) groups.at(-1).lines.push(line);
    else groups.push({ kind, lines: [line] });
  }
  return groups.flatMap(({ kind, lines }) => kind.draw(lines));
}

/**
 * Markdown as nodes; code between fences stands as it is.
 * @param {string} text
 * @returns {Node[]}
 */
export function markdown(text) {
  return text.split(/^```[^\n]*$/m).flatMap((piece, index) => {
    const body = piece.replace(/^\n|\n$/g, "");
    return index % 2 === 1 ? [h("pre", {}, body)] : flow(body);
  });
}
