// The middle column: the bar on top, the start of a channel, the App Home.

import { failure, post } from "./api.js";
import { blocks } from "./blocks.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { channelIcon } from "./sidebar.js";

/**
 * What stands in the bar above a channel or the App Home.
 * @param {any} store
 * @returns {unknown[]}
 */
export function barOf(store) {
  if (store.place === "home") return [h("h1", {}, icon("home", 18), `${store.bot.name} Home`)];
  const channel = store.channels.get(store.place);
  if (!channel) return [];
  const members = (channel.members ?? []).length;
  return [
    h("h1", {}, channel.is_im ? null : channelIcon(channel), channel.is_im ? store.bot.name : channel.name),
    channel.is_ext_shared && h("span", { class: "badge external" }, icon("link", 10), "Shared with another workspace"),
    h("span", { class: "topic" }, channel.topic || ""),
    members > 0 &&
      !channel.is_im &&
      h("span", { class: "members", title: `${members} members` }, icon("people", 16), String(members)),
  ];
}

/**
 * The words above a channel's first message.
 * @param {any} channel
 * @param {any} store
 */
export function introOf(channel, store) {
  const words = channel.is_im
    ? `This is your conversation with ${store.bot.name}.`
    : `This is the very beginning of #${channel.name}.`;
  return h("div", { class: "intro" }, h("p", {}, words));
}

/**
 * The App Home that the bot has published for the acting person.
 * @param {any} store
 */
export function homeOf(store) {
  const view = store.home;
  const fire = async (action) => {
    const answer = await post("click", {
      user: store.me,
      view_id: view.id,
      ...action,
      value: action.value ?? undefined,
    });
    store.heard(answer);
    return failure(answer);
  };
  const surface = { kind: "home", key: `h/${view.id}`, reader: store.reader, fire, kept: new Map() };
  return h("div", { class: "home-blocks" }, blocks(view.blocks, surface));
}
