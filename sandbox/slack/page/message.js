// One message as a node: avatar, name, time, blocks, files, thread summary.

import { failure, post } from "./api.js";
import { blocks, plainMessage } from "./blocks.js";
import { dayOf, timeOf } from "./dates.js";
import { h } from "./dom.js";
import { picture } from "./elements.js";
import { botMark, icon } from "./icons.js";

const TINTS = 8;
/** Who tells what Slack itself has to say. */
const SLACKBOT = {
  id: "USLACKBOT",
  name: "Slackbot",
  handle: "slackbot",
  zone: "UTC",
  role: "",
  isBot: false,
  isGuest: false,
  isPartner: false,
};

/**
 * A person's or the bot's picture.
 * @param {import("./store.js").Person | undefined} person
 * @param {number} [size] CSS pixels
 */
export function avatar(person, size = 36) {
  const sized = (node) => {
    node.style.setProperty("--size", `${size}px`);
    return node;
  };
  if (person?.isBot) return sized(h("span", { class: "avatar" }, botMark(size)));
  const name = person?.name ?? "?";
  const tint = [...(person?.id ?? "")].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % TINTS;
  const initials = name
    .split(/\s+/)
    .map((word) => word[0])
    .slice(0, 2)
    .join("");
  return sized(h("span", { class: `avatar tint-${Math.abs(tint)}`, "aria-hidden": "true" }, initials));
}

/** Guest and partner marks. */
export function badges(person) {
  return [
    person?.isBot && h("span", { class: "badge" }, "APP"),
    person?.isGuest && h("span", { class: "badge" }, "Guest"),
    person?.isPartner && h("span", { class: "badge external" }, icon("link", 10), "Partner"),
  ];
}

function surfaceOf(message, store, key, kept) {
  const fire = async (action) => {
    const answer = await post("click", {
      user: store.me,
      channel: message.channel,
      ts: message.ts,
      ...action,
      value: action.value ?? undefined,
    });
    store.heard(answer);
    return failure(answer);
  };
  return { kind: "message", key, reader: store.reader, fire, kept };
}

function file(one) {
  const address = one.url_private ?? one.permalink ?? "";
  if (one.mimetype?.startsWith("image/")) {
    return h(
      "figure",
      { class: "image-block" },
      h("figcaption", {}, one.title ?? one.name),
      picture({ image_url: address, alt_text: one.title ?? one.name }, "image"),
    );
  }
  return h("div", { class: "file-block" }, download(one, address), one.mimetype === "text/csv" && preview(address));
}

function download(one, address) {
  return h(
    "a",
    { class: "file", href: address, download: one.name },
    icon("file", 20),
    h(
      "span",
      {},
      h("strong", {}, one.title ?? one.name),
      h("small", {}, `${one.mimetype ?? "file"}${one.size ? `, ${one.size.toLocaleString("en-US")} bytes` : ""}`),
    ),
  );
}

const PREVIEW_LINES = 6;

/** The first lines of a text, as Slack shows them under the file; filled in when they are read. */
function preview(address) {
  const lines = h("pre", { class: "file-preview", hidden: true });
  fetch(address)
    .then((answer) => (answer.ok ? answer.text() : ""))
    .then((text) => {
      const all = text.replace(/^\uFEFF/, "").trimEnd().split(/\r?\n/);
      const more = all.length - PREVIEW_LINES;
      const tail = more > 0 ? `\n… ${more.toLocaleString("en-US")} more lines` : "";
      lines.textContent = all.slice(0, PREVIEW_LINES).join("\n") + tail;
      lines.hidden = !text;
    })
    .catch(() => {}); // the file can still be downloaded
  return lines;
}

function summary(message, store, openThread) {
  const count = message.reply_count ?? 0;
  if (!count) return null;
  const people = (message.reply_users ?? []).slice(0, 3).map((id) => avatar(store.people.get(id), 20));
  return h(
    "button",
    {
      type: "button",
      class: "thread-summary",
      "data-key": `summary/${message.ts}`,
      onclick: () => openThread(message.ts),
    },
    people,
    h("span", { class: "count" }, `${count} ${count === 1 ? "reply" : "replies"}`),
    h("span", { class: "quiet" }, "View thread"),
  );
}

function broadcastLine(message, openThread) {
  if (message.subtype !== "thread_broadcast") return null;
  const link = h(
    "button",
    { type: "button", class: "link", onclick: () => openThread(message.thread_ts) },
    "replied to a thread",
  );
  return h("div", { class: "note-line" }, icon("reply", 13), link);
}

function privateLine(message) {
  return message.is_ephemeral && h("div", { class: "note-line" }, icon("eye", 14), "Only visible to you");
}

function heading(person, message, zone) {
  const at = Number(message.ts) * 1000;
  return h(
    "div",
    { class: "message-head" },
    h("strong", { class: "name" }, person.name),
    badges(person),
    h(
      "time",
      { class: "at", datetime: new Date(at).toISOString(), title: `${dayOf(at, zone)} (${zone})` },
      timeOf(at, zone),
    ),
  );
}

/**
 * A message.
 * @param {any} message
 * @param {{store: import("./store.js").Store & {heard: (answer: any) => void}, key: string, compact: boolean,
 *   openThread: ((ts: string) => void) | null}} options `openThread` is null inside of a thread; `compact` leaves out
 *   name and picture
 * @returns {HTMLElement}
 */
export function messageNode(message, { store, key, compact, openThread }) {
  const zone = store.myself?.zone ?? "UTC";
  const person = store.people.get(message.user) ?? (message.bot_id ? store.people.get(store.bot.id) : SLACKBOT);
  const surface = surfaceOf(message, store, key, new Map());
  // What people type carries blocks too, but its text alone has links and channel names.
  const body =
    message.blocks?.length && !message.client_msg_id
      ? blocks(message.blocks, surface)
      : message.text && plainMessage(message.text, store.reader);
  const at = Number(message.ts) * 1000;
  const gutter = compact
    ? h("time", { class: "gutter-time" }, timeOf(at, zone).replace(/ [AP]M$/, ""))
    : avatar(person);
  const state = [
    message.is_ephemeral && "ephemeral",
    message.subtype === "thread_broadcast" && "broadcast",
    compact && "compact",
  ];
  const threadable = openThread && !message.is_ephemeral;
  return h(
    "article",
    {
      class: `message ${state.filter(Boolean).join(" ")}`,
      "data-ts": message.ts,
      tabindex: "-1",
      "aria-label": `${person.name}, ${timeOf(at, zone)}`,
    },
    h("div", { class: "gutter" }, gutter),
    h(
      "div",
      { class: "message-body" },
      privateLine(message),
      openThread && broadcastLine(message, openThread),
      compact ? null : heading(person, message, zone),
      body,
      message.edited && h("span", { class: "edited" }, "(edited)"),
      (message.files ?? []).map(file),
      openThread && summary(message, store, openThread),
    ),
    threadable &&
      h(
        "div",
        { class: "hover-bar" },
        h(
          "button",
          {
            type: "button",
            class: "icon-button",
            "aria-label": "Reply in thread",
            title: "Reply in thread",
            "data-key": `reply/${message.ts}`,
            onclick: () => openThread(message.thread_ts ?? message.ts),
          },
          icon("reply", 16),
        ),
      ),
  );
}
