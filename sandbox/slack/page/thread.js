// The pane at the right that shows one thread.

import { h } from "./dom.js";
import { Composer } from "./composer.js";
import { icon } from "./icons.js";
import { MessageList } from "./messages.js";

/** One thread, its replies and a composer; Esc closes it. */
export class ThreadPane {
  #standing = "";

  /** @param {any} store */
  constructor(store) {
    this.store = store;
    this.list = new MessageList(store, { prefix: "t", label: "Thread", openThread: null });
    this.composer = new Composer(store, { thread: true });
    this.where = h("span", { class: "topic" });
    const close = h(
      "button",
      { type: "button", class: "icon-button", "aria-label": "Close thread", onclick: () => this.close() },
      icon("close", 18),
    );
    this.node = h(
      "aside",
      { class: "thread", "aria-label": "Thread", hidden: true },
      h("header", { class: "bar" }, h("h1", {}, "Thread"), this.where, h("span", { class: "grow" }), close),
      this.list.node,
      this.composer.node,
    );
    this.node.addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && this.close());
  }

  /** Closes the pane; focus goes back to the message whose thread it was. */
  close() {
    const ts = this.store.thread;
    this.store.go(this.store.place);
    const message = document.querySelector(`.main .message[data-ts="${CSS.escape(ts ?? "")}"]`);
    (message?.querySelector(".thread-summary") ?? message?.querySelector(".hover-bar button"))?.focus();
  }

  clear() {
    this.list.clear();
    this.node.hidden = true;
  }

  focus() {
    this.composer.focus();
  }

  /** Shows the thread that is open, or hides the pane. */
  redraw() {
    const { store } = this;
    const channel = store.channels.get(store.place);
    this.node.hidden = !store.thread || !channel;
    if (this.node.hidden) return;
    const here = `${store.me}/${store.place}/${store.thread}`;
    if (here !== this.#standing) this.list.clear();
    this.#standing = here;
    this.where.textContent = channel.is_im ? store.bot.name : `#${channel.name}`;
    this.composer.label("Reply…");
    const messages = store.inThread(store.place, store.thread);
    const replies = messages.length - 1;
    this.list.show(messages, { days: false });
    this.list.rows.children[1]?.before(this.#count(replies));
    if (this.list.stuck) this.list.toBottom();
  }

  #count(replies) {
    this.list.rows.querySelector(".reply-count")?.remove();
    return h(
      "div",
      { class: "reply-count", role: "separator" },
      h("span", {}, `${replies} ${replies === 1 ? "reply" : "replies"}`),
    );
  }
}
