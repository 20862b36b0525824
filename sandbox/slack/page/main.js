// The page: puts the parts together, hears the sandbox's news, remembers who and where one was.

import { get, listen, post } from "./api.js";
import { Composer } from "./composer.js";
import { h, refill } from "./dom.js";
import { icon } from "./icons.js";
import { Inspector } from "./inspector.js";
import { barOf, homeOf, introOf } from "./main_column.js";
import { MessageList } from "./messages.js";
import { Modals } from "./modals.js";
import { hasHome, places, switcher } from "./sidebar.js";
import { Store } from "./store.js";
import { Strip } from "./strip.js";
import { ThreadPane } from "./thread.js";
import { readPlace, writePlace } from "./place.js";

const TOAST_MS = 6000;
const store = new Store();
const inspector = new Inspector();
const strip = new Strip(store, inspector.button);
const modals = new Modals(store);
const openThread = (ts) => store.go(store.place, ts);
const list = new MessageList(store, { prefix: "m", label: "Messages", openThread });
const composer = new Composer(store, { thread: false });
const thread = new ThreadPane(store);

const workspaceName = h("strong", { class: "team" });
const nav = h("nav", { class: "places", "aria-label": "Channels" });
const foot = h("div", { class: "sidebar-foot" });
const bar = h("header", { class: "bar" });
const homeView = h("div", { class: "home", tabindex: "0", role: "region", "aria-label": "App Home" });
const visitor = h(
  "p",
  { class: "visitor", hidden: true },
  "You are looking at this channel without being a member: only members can write here.",
);
const announce = h("div", { class: "visually-hidden", role: "status", "aria-live": "polite" });
const lost = h("div", { class: "lost", role: "alert", hidden: true }, "Connection to the sandbox lost. Trying again…");

let stopListening = () => {};
let asked = 0;
/** For each reading that is under way, the news heard since it began. */
const reading = new Set();
/** Where the list stands, so that it is cleared only when that changes. */
let standing = "";

/** Notes how long the bot took to acknowledge. */
store.heard = (answer) => {
  if (typeof answer.ack_ms === "number") strip.acknowledged(answer.ack_ms);
};

function drawSidebar() {
  const focused = document.activeElement?.closest(".sidebar") && document.activeElement.dataset.key;
  workspaceName.textContent = store.team.name;
  nav.replaceChildren(...places(store));
  foot.replaceChildren(switcher(store, actAs));
  if (focused) document.querySelector(`.sidebar [data-key="${CSS.escape(focused)}"]`)?.focus();
}

function drawMessages() {
  const channel = store.channels.get(store.place);
  if (!channel) return;
  const here = `${store.me}/${store.place}`;
  if (here !== standing) list.clear();
  standing = here;
  list.show(store.inChannel(store.place), { lead: [introOf(channel, store)] });
  thread.redraw();
}

function drawHome() {
  homeView.replaceChildren(store.home ? homeOf(store) : h("p", { class: "home-empty" }, "Nothing stands here yet."));
}

function drawPlace() {
  const atHome = store.place === "home";
  document.body.classList.toggle("at-home", atHome);
  homeView.hidden = !atHome;
  list.node.hidden = atHome;
  const channel = store.channels.get(store.place);
  const outside = channel?.is_member === false;
  composer.node.hidden = atHome || outside;
  visitor.hidden = atHome || !outside;
  composer.label(channel ? `Message ${channel.is_im ? store.bot.name : `#${channel.name}`}` : "Message");
  drawSidebar();
  refill(bar, barOf(store));
  if (atHome) drawHome();
  else drawMessages();
  writePlace(store);
}

/** Reads everything anew for the acting person; an answer that comes after a later question is dropped. */
async function reload() {
  asked += 1;
  const turn = asked;
  const { me } = store;
  const [state, mine, views] = await Promise.all([get("state"), get("me", { user: me }), get("views", { user: me })]);
  if (turn !== asked || !state.users) return;
  store.describe(state);
  store.channels = new Map((mine.channels ?? state.channels).map((channel) => [channel.id, channel]));
  store.home = mine.home ?? null;
  if (!store.channels.has(store.place) && !(store.place === "home" && hasHome(store)))
    Object.assign(store, { place: firstPlace(), thread: null });
  modals.sync(views.views ?? []);
  store.changed("world");
  await readMessages();
}

function firstPlace() {
  const channels = [...store.channels.values()];
  return (channels.find((channel) => channel.name === "ml-alerts") ?? channels[0])?.id ?? "";
}

/** Reads the channel, and the thread, that is open; what is heard meanwhile is newer than the answer. */
async function readMessages() {
  const { me, place, thread: ts } = store;
  if (place && place !== "home") {
    const heard = [];
    reading.add(heard);
    const [channel, replies] = await Promise.all([
      get("messages", { channel: place, user: me }),
      ts ? get("messages", { channel: place, user: me, thread_ts: ts }) : { messages: [] },
    ]);
    reading.delete(heard);
    if (me !== store.me || place !== store.place) return;
    store.messages.set(place, new Map());
    for (const message of [...(channel.messages ?? []), ...(replies.messages ?? [])])
      store.keep({ ...message, channel: place });
    heard.forEach((note) => store.take(note));
  }
  drawPlace();
}

function noteUnread(message) {
  if (message.channel === store.place || message.user === store.me) return;
  const known = store.unread.get(message.channel) ?? { count: 0, mentioned: false };
  const mentioned =
    known.mentioned || JSON.stringify([message.text, message.blocks ?? null]).includes(`<@${store.me}>`);
  store.unread.set(message.channel, { count: known.count + 1, mentioned });
  drawSidebar();
}

const NEWS = {
  message: (note) => {
    const { channel, message } = note;
    const isNew = !store.messages.get(channel)?.has(message.ts);
    const shownIn = !message.thread_ts || message.thread_ts === message.ts || message.subtype === "thread_broadcast";
    store.take(note);
    if (isNew && shownIn && !message.edited) noteUnread(message);
    if (channel !== store.place) return;
    if (isNew)
      announce.textContent = `${store.people.get(message.user)?.name ?? "Someone"}: ${(message.text ?? "").slice(0, 200)}`;
    drawMessages();
  },
  ephemeral: (note) => NEWS.message(note),
  delete: (note) => {
    store.take(note);
    if (note.channel === store.place) drawMessages();
  },
  view: ({ op, view, stack, errors }) => (op === "errors" ? modals.refuse(view.id, errors) : modals.sync(stack)),
  warning: ({ text }) => toast(text),
  home: ({ view }) => {
    store.home = view;
    if (store.place === "home") drawHome();
  },
  exchange: ({ exchange }) => inspector.hear(exchange),
  bot: ({ connected, last_ack_ms }) => {
    Object.assign(store.bot, { connected, last_ack_ms });
    store.changed("bot");
    drawSidebar();
  },
  world: (note) => {
    store.tellWorldTime(note.now);
    store.changed("world");
    strip.said({ ok: true, ...note }, note.do ?? "The world");
    if (store.place !== "home") drawMessages();
  },
};

/** A warning that goes by itself, as Slack's client shows it. */
function toast(text) {
  const node = h("div", { class: "toast", role: "alert" }, icon("warning", 16), text);
  (document.querySelector("dialog[open]") ?? document.body).append(node);
  setTimeout(() => node.remove(), TOAST_MS);
}

function hear(note) {
  reading.forEach((heard) => heard.push(note));
  if (Object.hasOwn(NEWS, note.kind)) NEWS[note.kind](note);
}

/** Listens as the acting person. */
function connect() {
  stopListening();
  stopListening = listen(store.me, {
    news: hear,
    opened: async () => {
      lost.hidden = true;
      inspector.reload();
      await reload();
      if (document.activeElement === document.body && !composer.node.hidden) composer.focus();
    },
    lost: () => (lost.hidden = false),
  });
}

/** Becomes another person: nothing that the former one saw may stay. */
function actAs(id) {
  if (id === store.me) return;
  store.me = id;
  store.thread = null;
  store.messages.clear();
  store.unread.clear();
  store.home = null;
  announce.textContent = "";
  list.clear();
  thread.clear();
  modals.sync([]);
  writePlace(store);
  connect();
}

/** The app hears when somebody opens its conversation or its Home, and may publish one then. */
function openedApp() {
  const atApp = store.place === "home" || store.channels.get(store.place)?.is_im;
  if (atApp && !store.myself?.isPartner && store.thread === null) post("home", { user: store.me });
}

function build() {
  const hint = h(
    "p",
    { class: "hint" },
    "A workspace on your own machine: no AWS, no Slack. Type ",
    h("kbd", {}, "/ml"),
  );
  const sidebar = h("div", { class: "sidebar" }, h("div", { class: "sidebar-head" }, workspaceName), nav, foot);
  const main = h("main", { class: "main" }, bar, list.node, homeView, composer.node, visitor);
  const slack = h("div", { class: "slack" }, sidebar, main, thread.node);
  document.body.append(hint, slack, inspector.node, strip.node, lost, announce);
}

async function start() {
  build();
  const wished = readPlace();
  const state = await waitForState();
  store.describe(state);
  const people = [...store.people.values()].filter((person) => !person.isBot);
  store.me = people.some((person) => person.id === wished.me) ? wished.me : people[0].id;
  store.place = wished.place;
  store.thread = wished.thread;
  store.addEventListener("place", () => {
    drawPlace();
    readMessages();
    openedApp();
    if (store.thread) thread.focus();
    else if (!composer.node.hidden) composer.focus();
  });
  connect();
}

/** The sandbox's description of itself, asked until there is one. */
async function waitForState() {
  for (;;) {
    const state = await get("state");
    if (state.users?.length) return state;
    lost.hidden = false;
    await new Promise((resolve) => {
      setTimeout(resolve, 500);
    });
  }
}

start();
