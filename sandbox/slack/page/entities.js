// Mentions, channels, links and dates: what both mrkdwn and rich text show of people and places.

import { formatDate } from "./dates.js";
import { h } from "./dom.js";

/**
 * Who reads: names by id, the reader's zone and the instant taken as now.
 * @typedef {object} Reader
 * @property {string} zone IANA name
 * @property {number} now milliseconds, UTC
 * @property {string} me
 * @property {(id: string) => string | undefined} userName
 * @property {(id: string) => string | undefined} groupName
 * @property {(id: string) => string | undefined} channelName
 * @property {(id: string) => void} openChannel
 */

/**
 * @param {string} id
 * @param {string} label shown when the id is unknown
 * @param {Reader} reader
 */
export function mentionOfUser(id, label, reader) {
  const self = id === reader.me ? " self" : "";
  return h("span", { class: `mention${self}`, "data-user": id }, `@${reader.userName(id) ?? (label || id)}`);
}

/**
 * @param {string} id
 * @param {string} label
 * @param {Reader} reader
 */
export function mentionOfGroup(id, label, reader) {
  const name = reader.groupName(id) ?? (label || id);
  return h("span", { class: "mention" }, name.startsWith("@") ? name : `@${name}`);
}

/**
 * @param {string} id
 * @param {string} label
 * @param {Reader} reader
 */
export function channelLink(id, label, reader) {
  const name = reader.channelName(id);
  if (!name) return h("span", { class: "mention" }, `#${label || "private-channel"}`);
  return h("button", { type: "button", class: "mention channel", onclick: () => reader.openChannel(id) }, `#${name}`);
}

/**
 * A link, or null for what is no web or mail address: such text is shown as it stands.
 * @param {string} address
 * @param {string} label
 */
export function linkNode(address, label) {
  if (!/^(https?:\/\/|mailto:)/i.test(address) || !URL.canParse(address)) return null;
  return h(
    "a",
    { href: address, target: "_blank", rel: "noopener noreferrer" },
    label || address.replace(/^mailto:/i, ""),
  );
}

/**
 * An instant in the reader's zone, with the UTC time as its title.
 * @param {{timestamp: number, format: string, url?: string, fallback?: string}} date timestamp in seconds
 * @param {Reader} reader
 */
export function dateNode(date, reader) {
  const shown = formatDate(date.timestamp, date.format, date.fallback || "unknown date", reader);
  const at = new Date(date.timestamp * 1000);
  const valid = !Number.isNaN(at.getTime());
  const node = h(
    "time",
    { datetime: valid && at.toISOString(), title: valid && at.toUTCString(), "data-unix": date.timestamp },
    shown,
  );
  const link = date.url ? linkNode(date.url, "") : null;
  link?.replaceChildren(node);
  return link ?? node;
}
