// A scrolling list of messages that redraws only what changed, and stays at the bottom while the reader is there.

import { dayOf, dayTitle } from "./dates.js";
import { h, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { messageNode } from "./message.js";

const NEAR_PX = 80;
const GROUP_S = 300;

/** Whether a message follows its neighbour closely enough to go without name and picture. */
function followsClosely(message, previous, zone) {
  if (
    !previous ||
    message.thread_ts === previous.ts ||
    previous.user !== message.user ||
    previous.is_ephemeral !== message.is_ephemeral
  )
    return false;
  if (message.subtype === "thread_broadcast" || previous.subtype === "thread_broadcast" || message.blocks?.length > 1)
    return false;
  const near = Number(message.ts) - Number(previous.ts) < GROUP_S;
  return near && dayOf(Number(message.ts) * 1000, zone) === dayOf(Number(previous.ts) * 1000, zone);
}

/** Messages of one channel or one thread. */
export class MessageList {
  #drawn = new Map();
  #dividers = new Map();

  /**
   * @param {any} store
   * @param {{prefix: string, label: string, openThread: ((ts: string) => void) | null}} options
   */
  constructor(store, { prefix, label, openThread }) {
    this.store = store;
    this.prefix = prefix;
    this.openThread = openThread;
    this.rows = h("div", { class: "rows" });
    this.jump = h(
      "button",
      { type: "button", class: "jump", hidden: true, onclick: () => this.toBottom() },
      icon("down", 14),
      "New messages",
    );
    this.scroller = h("div", { class: "messages", tabindex: "0", role: "region", "aria-label": label }, this.rows);
    this.scroller.addEventListener("scroll", () => this.#atBottom() && (this.jump.hidden = true), { passive: true });
    this.node = h("div", { class: "messages-frame" }, this.scroller, this.jump);
    // A growing composer or strip shrinks the list: who was at the bottom stays there.
    this.stuck = true;
    new ResizeObserver(() => this.stuck && this.toBottom()).observe(this.scroller);
    this.scroller.addEventListener("scroll", () => (this.stuck = this.#atBottom()), { passive: true });
  }

  #atBottom() {
    return this.scroller.scrollTop + this.scroller.clientHeight > this.scroller.scrollHeight - NEAR_PX;
  }

  /** Scrolls to the newest message. */
  toBottom() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.jump.hidden = true;
    this.stuck = true;
  }

  /** Forgets what is drawn: another channel or another person comes. */
  clear() {
    this.#drawn.clear();
    this.#dividers.clear();
    this.rows.replaceChildren();
    this.stuck = true;
  }

  #row(message, previous) {
    const { zone, now } = this.store.reader;
    const compact = followsClosely(message, previous, zone);
    const signature = JSON.stringify([message, compact, dayOf(now, zone), zone]);
    const known = this.#drawn.get(message.ts);
    if (known?.signature === signature) return known.node;
    const key = `${this.prefix}/${message.channel}/${message.ts}`;
    const node = messageNode(message, { store: this.store, key, compact, openThread: this.openThread });
    this.#drawn.set(message.ts, { signature, node });
    return node;
  }

  #divider(message, previous) {
    const { zone } = this.store.reader;
    const at = Number(message.ts) * 1000;
    const day = dayOf(at, zone);
    if (previous && dayOf(Number(previous.ts) * 1000, zone) === day) return [];
    if (!this.#dividers.has(day)) this.#dividers.set(day, h("div", { class: "day", role: "separator" }, h("span", {})));
    const line = this.#dividers.get(day);
    line.firstChild.textContent = dayTitle(at, zone, Date.now());
    return [line];
  }

  /**
   * Shows these messages, oldest first.
   * @param {any[]} messages
   * @param {{days?: boolean, lead?: Element[]}} [options] `lead` stands above the first one
   */
  show(messages, { days = true, lead = [] } = {}) {
    const focus = focusWithin(this.rows);
    const before = this.rows.querySelectorAll(".message").length;
    const nodes = messages.flatMap((message, i) => [
      ...(days ? this.#divider(message, messages[i - 1]) : []),
      this.#row(message, messages[i - 1]),
    ]);
    const known = new Set(messages.map((message) => message.ts));
    for (const ts of this.#drawn.keys()) if (!known.has(ts)) this.#drawn.delete(ts);
    const { stuck } = this;
    reconcile(this.rows, [...lead, ...nodes]);
    focus();
    if (stuck) this.toBottom();
    else if (messages.length > before) this.jump.hidden = false;
  }
}

/** Remembers where the focus is, and puts it back onto the same control of the redrawn message. */
function focusWithin(root) {
  const focused = document.activeElement;
  if (!focused || !root.contains(focused)) return () => {};
  const { key } = focused.dataset;
  const { ts } = focused.closest(".message")?.dataset ?? {};
  return () => {
    if (focused.isConnected) return;
    const article = ts && root.querySelector(`.message[data-ts="${CSS.escape(ts)}"]`);
    const same = key && root.querySelector(`[data-key="${CSS.escape(key)}"]`);
    (same || article || null)?.focus({ preventScroll: true });
  };
}
