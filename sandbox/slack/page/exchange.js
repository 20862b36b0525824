// One exchange as the inspector shows it: a line of the list, and all that is behind the line.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { asNodes, asText } from "./json.js";

export const KINDS = {
  delivery: {
    label: "Delivery",
    many: "Deliveries",
    arrow: "inwards",
    way: "Slack to the bot",
    bodies: ["Payload", "Acknowledgement"],
  },
  slack: {
    label: "Slack",
    many: "Slack calls",
    arrow: "outwards",
    way: "The bot to Slack",
    bodies: ["Arguments", "Answer"],
  },
  aws: { label: "AWS", many: "AWS calls", arrow: "outwards", way: "The bot to AWS", bodies: ["Parameters", "Answer"] },
};
/** What a line says beside the name. */
const ABOUT = { delivery: "from", slack: "about", aws: "where" };
const SLOW_MS = 1000;
const COPIED_MS = 1500;
const SAID_NOTHING = {
  ok: "Acknowledged without a payload.",
  timeout: "No acknowledgement came in time.",
  no_connection: "The bot was not connected.",
};

/**
 * A duration that is read at a glance.
 * @param {number} ms
 */
export function duration(ms) {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < SLOW_MS ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

function size(bytes) {
  return bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KB`;
}

function badge(kind) {
  return h("span", { class: `kind kind-of-${kind}` }, KINDS[kind].label);
}

function outcome({ outcome: said, failed }) {
  return h(
    "span",
    { class: failed ? "outcome is-error" : "outcome", title: said },
    failed && icon("warning", 12),
    h("span", {}, said),
  );
}

/**
 * A line of the list.
 * @param {any} exchange its summary
 */
export function row(exchange) {
  const { number, at, kind, name, about, id, ms } = exchange;
  const { arrow, way } = KINDS[kind];
  const slow = kind === "delivery" && ms > SLOW_MS;
  return h(
    "div",
    {
      class: exchange.failed ? "exchange is-error" : "exchange",
      role: "option",
      id: `exchange-${number}`,
      "data-number": number,
    },
    h("time", { datetime: at }, at.slice(11, 23)),
    h(
      "span",
      { class: `arrow kind-of-${kind}`, title: way },
      icon(arrow, 13),
      h("span", { class: "visually-hidden" }, way),
    ),
    badge(kind),
    h(
      "span",
      { class: "exchange-name", title: about ? `${name} · ${about}` : name },
      h("b", {}, name),
      about && h("span", { class: "exchange-about" }, about),
    ),
    h("span", { class: "exchange-id" }, id),
    outcome(exchange),
    h("span", { class: slow ? "ms slow" : "ms" }, duration(ms)),
  );
}

function fact(name, value) {
  const words = typeof value === "string" ? value : JSON.stringify(value);
  return h("div", {}, h("dt", {}, name.replaceAll("_", " ")), h("dd", { title: words }, words));
}

function facts(whole, find) {
  const { at, ms, status, about, id, facts: more } = whole;
  return h(
    "dl",
    { class: "facts" },
    about && fact(ABOUT[whole.kind], about),
    id &&
      h(
        "div",
        {},
        h("dt", {}, "id"),
        h(
          "dd",
          {},
          h(
            "button",
            { type: "button", class: "same-id", title: "Show all with this id", onclick: () => find(id) },
            id,
          ),
        ),
      ),
    status !== null && fact("status", String(status)),
    fact("took", duration(ms)),
    fact("began", at.replace("T", " ").replace("+00:00", " UTC")),
    Object.entries(more).map(([name, value]) => fact(name, value)),
  );
}

function copyButton(what, text) {
  const words = h("span", {}, "Copy");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      words.textContent = "Copied";
    } catch {
      words.textContent = "Not allowed";
    }
    setTimeout(() => (words.textContent = "Copy"), COPIED_MS);
  };
  return h(
    "button",
    { type: "button", class: "copy", "aria-label": `Copy ${what}`, onclick: copy },
    icon("copy", 13),
    words,
  );
}

/** What stands where nothing was sent. */
function nothing(whole, isRequest) {
  if (isRequest) return "No arguments.";
  if (whole.kind === "delivery") return SAID_NOTHING[whole.outcome] ?? "The answer was empty.";
  return whole.status === null ? "No answer: the connection ended." : "The answer was empty.";
}

function pane(whole, name, title) {
  const value = whole[name];
  const text = asText(value);
  const isEmpty = value === null || value === "" || text === "{}";
  const whollyBytes = whole.cut[name];
  const content = isEmpty
    ? h("p", { class: "quiet" }, nothing(whole, name === "request"))
    : h("pre", { tabindex: "0", role: "region", "aria-label": title }, asNodes(value));
  return h(
    "section",
    { class: "pane", "aria-label": title },
    h(
      "header",
      {},
      h("h3", {}, title),
      !isEmpty && h("span", { class: "quiet" }, size(whollyBytes ?? new TextEncoder().encode(text).length)),
      h("span", { class: "grow" }),
      !isEmpty && copyButton(title.toLowerCase(), text),
    ),
    whollyBytes && h("p", { class: "cut" }, `Cut: only the first 64 KB of ${size(whollyBytes)} are kept.`),
    content,
  );
}

/**
 * All that is known of an exchange.
 * @param {any} whole
 * @param {{find: (text: string) => void, close: () => void}} acts
 */
export function detail(whole, { find, close }) {
  const [asked, answered] = KINDS[whole.kind].bodies;
  return [
    h(
      "header",
      { class: "detail-head" },
      badge(whole.kind),
      h("h2", { title: whole.name }, whole.name),
      outcome(whole),
      h("span", { class: "grow" }),
      h(
        "button",
        { type: "button", class: "icon-button", "aria-label": "Close details", onclick: close },
        icon("close", 16),
      ),
    ),
    facts(whole, find),
    h("div", { class: "panes" }, pane(whole, "request", asked), pane(whole, "answer", answered)),
  ];
}
