// Where one types: Enter sends, Shift+Enter breaks the line, the arrow up recalls, a slash brings suggestions.

import { post } from "./api.js";
import { freshId, h } from "./dom.js";
import { icon } from "./icons.js";

const HISTORY = 50;
const SHOWN = 8;

function historyKey(user) {
  return `sagewatch.history.${user}`;
}

/** @param {string} user @returns {string[]} oldest first */
function historyOf(user) {
  try {
    return JSON.parse(localStorage.getItem(historyKey(user)) ?? "[]");
  } catch {
    return [];
  }
}

function remember(user, line) {
  const lines = [...historyOf(user).filter((known) => known !== line), line].slice(-HISTORY);
  localStorage.setItem(historyKey(user), JSON.stringify(lines));
}

/**
 * Commands and earlier lines that continue what is typed, commands first.
 * @param {string} typed
 * @param {{command: string, usage_hint?: string, description?: string}[]} commands
 * @param {string[]} history
 * @returns {{insert: string, title: string, usage: string, about: string}[]}
 */
export function suggestions(typed, commands, history) {
  if (!typed.startsWith("/")) return [];
  const lower = typed.toLowerCase();
  const declared = commands
    .filter(({ command }) => command.startsWith(lower) || lower.startsWith(`${command} `))
    .filter(({ command }) => !lower.startsWith(`${command} `) || lower.trim() === command)
    .map(({ command, usage_hint: usage = "", description = "" }) => ({
      insert: `${command} `,
      title: command,
      usage,
      about: description,
    }));
  const earlier = history.filter((line) => line.toLowerCase().startsWith(lower) && line !== typed).reverse();
  return [
    ...declared,
    ...earlier.map((line) => ({ insert: line, title: line, usage: "", about: "typed before" })),
  ].slice(0, SHOWN);
}

/** A composer for a channel or, with `thread`, for a thread. */
export class Composer {
  #chosen = -1;
  #found = [];
  #recalled = 0;

  /** @param {any} store @param {{thread: boolean}} options */
  constructor(store, { thread }) {
    this.store = store;
    this.thread = thread;
    const id = freshId("suggestions");
    this.list = h("div", { class: "suggestions", role: "listbox", id, "aria-label": "Commands", hidden: true });
    this.box = h("textarea", {
      rows: 1,
      "aria-controls": id,
      "aria-autocomplete": "list",
      oninput: () => this.#typed(),
      onkeydown: (event) => this.#key(event),
      onblur: () => this.#suggest([]),
      "data-key": thread ? "composer/thread" : "composer",
    });
    this.button = h(
      "button",
      { type: "button", class: "send", "aria-label": "Send", onclick: () => this.#send() },
      icon("send", 18),
    );
    this.trouble = h("div", { class: "composer-trouble", role: "alert" });
    this.node = h(
      "div",
      { class: "composer" },
      this.list,
      h("div", { class: "composer-box" }, this.box, this.button),
      this.trouble,
    );
  }

  /** @param {string} words shown while empty */
  label(words) {
    this.box.placeholder = words;
    this.box.setAttribute("aria-label", words);
    this.#recalled = 0;
  }

  focus() {
    this.box.focus();
  }

  #typed() {
    this.#grow();
    this.#recalled = 0;
    this.#suggest(this.thread ? [] : suggestions(this.box.value, this.store.commands, historyOf(this.store.me)));
  }

  #grow() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, 180)}px`;
    this.button.classList.toggle("ready", this.box.value.trim() !== "");
  }

  #suggest(found) {
    this.#found = found;
    this.#chosen = -1;
    this.list.hidden = found.length === 0;
    this.list.replaceChildren(
      ...found.map((one, index) =>
        h(
          "div",
          {
            class: "suggestion",
            role: "option",
            id: `${this.list.id}-${index}`,
            "aria-selected": "false",
            // The press must not take the focus from the box, which would close the list.
            onpointerdown: (event) => event.preventDefault(),
            onclick: () => this.#take(index),
          },
          h(
            "span",
            { class: "suggestion-title" },
            one.title,
            one.usage && h("span", { class: "usage" }, ` ${one.usage}`),
          ),
          h("span", { class: "quiet" }, one.about),
        ),
      ),
    );
    this.box.removeAttribute("aria-activedescendant");
  }

  #choose(index) {
    this.#chosen = (index + this.#found.length) % this.#found.length;
    [...this.list.children].forEach((node, i) => node.setAttribute("aria-selected", String(i === this.#chosen)));
    this.list.children[this.#chosen].scrollIntoView({ block: "nearest" });
    this.box.setAttribute("aria-activedescendant", `${this.list.id}-${this.#chosen}`);
  }

  #take(index) {
    this.box.value = this.#found[index].insert;
    this.#typed();
    this.#suggest([]);
    this.box.focus();
  }

  /** Keys while suggestions are shown; true when the key was meant for them. */
  #keyInList(event) {
    if (this.#found.length === 0) return false;
    if (event.key === "ArrowDown") this.#choose(this.#chosen + 1);
    else if (event.key === "ArrowUp") this.#choose(this.#chosen < 0 ? this.#found.length - 1 : this.#chosen - 1);
    else if (event.key === "Escape") this.#suggest([]);
    else if (event.key === "Tab" && !event.shiftKey) this.#take(Math.max(this.#chosen, 0));
    else if (event.key === "Enter" && this.#chosen >= 0) this.#take(this.#chosen);
    else return false;
    return true;
  }

  /** The arrows walk through earlier lines while the box is empty or shows one of them. */
  #keyInHistory(event) {
    const lines = historyOf(this.store.me);
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key] ?? 0;
    const next = this.#recalled + by;
    if (!by || event.shiftKey || (this.#recalled === 0 && this.box.value) || next < 0 || next > lines.length)
      return false;
    this.box.value = next ? lines[lines.length - next] : "";
    this.#grow();
    this.#recalled = next;
    return true;
  }

  #key(event) {
    if (event.isComposing) return;
    if (this.#keyInList(event) || this.#keyInHistory(event)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#send();
    }
  }

  async #send() {
    const text = this.box.value.trim();
    if (!text) return;
    const { store } = this;
    const body = { user: store.me, channel: store.place, text, thread_ts: this.thread ? store.thread : undefined };
    remember(store.me, text);
    this.box.value = "";
    this.#typed();
    this.trouble.textContent = "";
    const answer = await post("say", body);
    store.heard(answer);
    // A command that failed is told of by a private message; other refusals are said here and the words are kept.
    if (answer.ok || (text.startsWith("/") && answer.ack_ms !== undefined)) return;
    this.trouble.textContent = `Not sent: ${answer.error}`;
    if (!this.box.value && !text.startsWith("/")) this.box.value = text;
    this.#grow();
  }
}
