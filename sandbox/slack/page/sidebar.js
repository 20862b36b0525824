// The left column: channels, the app, and who one is acting as.

import { h } from "./dom.js";
import { botMark, icon } from "./icons.js";
import { avatar, badges } from "./message.js";
import { openPopup, opensPopup } from "./popup.js";

/** Which sign stands before a channel's name. */
export function channelIcon(channel) {
  if (channel.is_ext_shared) return icon("link", 15);
  return icon(channel.is_private ? "lock" : "hash", 15);
}

/** Whether the acting person can open the app's Home: members of its workspace can. */
export function hasHome(store) {
  return Boolean(store.home) || [...store.channels.values()].some((channel) => channel.is_im);
}

function entry(store, { place, leading, name, trailing = null }) {
  const unread = store.unread.get(place);
  const here = store.place === place;
  return h(
    "button",
    {
      type: "button",
      class: `place${here ? " here" : ""}${unread ? " unread" : ""}`,
      "aria-current": here && "page",
      "data-key": `place/${place}`,
      onclick: () => store.go(place),
    },
    leading,
    h("span", { class: "place-name" }, name),
    trailing,
    unread &&
      h(
        "span",
        { class: `unread-mark${unread.mentioned ? " mentioned" : ""}`, "aria-label": `${unread.count} unread` },
        String(unread.count),
      ),
  );
}

function people(store) {
  const rank = (person) => (person.isPartner ? 2 : person.isGuest ? 1 : 0);
  const groups = ["People", "Guests", "Other workspaces"];
  const everyone = [...store.people.values()].filter((person) => !person.isBot).sort((a, b) => rank(a) - rank(b));
  return everyone.map((person) => ({
    content: [
      avatar(person, 28),
      h(
        "span",
        {},
        h("span", {}, person.name, badges(person)),
        h("small", {}, [person.role, person.zone].filter(Boolean).join(" · ")),
      ),
    ],
    label: person.name,
    value: person.id,
    selected: person.id === store.me,
    group: groups[rank(person)],
  }));
}

/**
 * The switcher at the foot of the column.
 * @param {any} store
 * @param {(id: string) => void} actAs
 */
export function switcher(store, actAs) {
  const person = store.myself;
  const button = h(
    "button",
    {
      type: "button",
      class: "switcher",
      "data-key": "switcher",
      "aria-label": `Acting as ${person?.name ?? "nobody"}. Change person`,
    },
    avatar(person, 36),
    h(
      "span",
      { class: "switcher-words" },
      h("small", {}, "Acting as"),
      h("strong", {}, person?.name ?? "nobody", badges(person)),
      person?.role && h("small", {}, person.role),
    ),
    icon("up", 16),
  );
  opensPopup(button, "listbox", () =>
    openPopup(button, { role: "listbox", label: "Act as", items: people(store), choose: ({ value }) => actAs(value) }),
  );
  return button;
}

/**
 * The column's places.
 * @param {any} store
 * @returns {HTMLElement[]}
 */
export function places(store) {
  const channels = [...store.channels.values()].filter((channel) => !channel.is_archived);
  const light = h("span", {
    class: `light${store.bot.connected ? " on" : ""}`,
    title: store.bot.connected ? "connected" : "not connected",
  });
  const open = channels
    .filter((channel) => !channel.is_im)
    .map((channel) => entry(store, { place: channel.id, leading: channelIcon(channel), name: channel.name }));
  const direct = channels
    .filter((channel) => channel.is_im)
    .map((channel) => entry(store, { place: channel.id, leading: botMark(18), name: store.bot.name, trailing: light }));
  const home = hasHome(store) && entry(store, { place: "home", leading: icon("home", 16), name: `${store.bot.name} Home` });
  return [
    h("h2", {}, "Channels"),
    ...open,
    ...(direct.length || home ? [h("h2", {}, "Apps")] : []),
    ...direct,
    ...(home ? [home] : []),
  ];
}
