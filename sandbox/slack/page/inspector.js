// The inspector: a drawer with what Slack, the bot and AWS said to each other, as a browser's network panel shows it.

import { get } from "./api.js";
import { h, refill } from "./dom.js";
import { KINDS, detail } from "./exchange.js";
import { ExchangeList } from "./exchange_list.js";
import { Exchanges } from "./exchanges.js";
import { icon } from "./icons.js";

const SEARCH_MS = 180;

function button(className, content, onclick, attributes = {}) {
  return h("button", { type: "button", class: className, onclick, ...attributes }, content);
}

/** The drawer and the button that opens it. */
export class Inspector {
  #exchanges = new Exchanges();
  #list = new ExchangeList((number) => this.#choose(number));
  #asked = 0;
  #isDue = false;
  #timer = 0;

  constructor() {
    this.button = button("strip-button", "Inspector", () => this.toggle(), {
      title: "What Slack, the bot and AWS say to each other",
      "aria-expanded": "false",
      "aria-controls": "inspector",
      "data-key": "strip/inspector",
    });
    this.chips = Object.keys(KINDS).map((kind) => button(`kind-chip kind-of-${kind}`, "", () => this.#switch(kind)));
    this.failed = button("kind-chip only-failed", "", () => this.#onlyFailed());
    this.search = /** @type {HTMLInputElement} */ (
      h("input", {
        type: "search",
        placeholder: "Filter by text, bodies too",
        "aria-label": "Filter by text",
        spellcheck: "false",
        oninput: () => this.#search(),
      })
    );
    this.paused = button("strip-button", "", () => this.#exchanges.pause(!this.#exchanges.paused));
    this.state = h("span", { class: "inspector-state", role: "status" });
    this.detail = h("section", { class: "detail", "aria-label": "Details", hidden: true });
    const onkeydown = (event) => this.#escape(event);
    this.node = h(
      "section",
      { class: "inspector", id: "inspector", "aria-label": "Inspector", hidden: true, onkeydown },
      this.#bar(),
      h("div", { class: "inspector-body" }, this.#list.node, this.detail),
    );
    this.#exchanges.addEventListener("changed", () => this.#drawSoon());
  }

  #bar() {
    return h(
      "header",
      { class: "inspector-bar" },
      h("h2", {}, "Inspector"),
      h("div", { class: "chips", role: "group", "aria-label": "Filters" }, this.chips, this.failed),
      this.search,
      this.state,
      h("span", { class: "grow" }),
      this.paused,
      button("strip-button", [icon("bin", 13), "Clear"], () => this.#clear()),
      button("icon-button", icon("close", 16), () => this.close(), { "aria-label": "Close inspector" }),
    );
  }

  /** Opens or closes the drawer. */
  toggle() {
    if (this.node.hidden) this.open();
    else this.close();
  }

  /** Opens the drawer at the newest exchange. */
  open() {
    this.node.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.#draw();
    this.#list.toEnd();
    this.#exchanges.load();
    this.#list.focus();
  }

  /** Closes the drawer; the focus goes back to its button. */
  close() {
    this.node.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    this.button.focus();
  }

  /** Reads everything anew: the sandbox may be another one. */
  reload() {
    if (!this.node.hidden) this.#exchanges.load();
  }

  /** @param {any} exchange news of one; a closed drawer reads them all when it opens */
  hear(exchange) {
    if (this.node.hidden) return;
    this.#exchanges.hear(exchange);
    if (exchange.number === this.#list.chosen) this.#choose(exchange.number);
  }

  #switch(kind) {
    const { kinds } = this.#exchanges;
    if (!kinds.delete(kind)) kinds.add(kind);
    this.#draw();
  }

  #onlyFailed() {
    this.#exchanges.onlyFailed = !this.#exchanges.onlyFailed;
    this.#draw();
  }

  #search() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#exchanges.search(this.search.value), SEARCH_MS);
  }

  #find(text) {
    this.search.value = text;
    this.#exchanges.search(text);
  }

  #clear() {
    this.#choose(0);
    this.#exchanges.clear();
  }

  #showAll() {
    this.#exchanges.kinds = new Set(Object.keys(KINDS));
    this.#exchanges.onlyFailed = false;
    this.#find("");
    this.#list.focus();
  }

  #escape(event) {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    this.close();
  }

  /** @param {number} number of the one whose details are shown, 0: none */
  async #choose(number) {
    this.#list.mark(number);
    this.#asked += 1;
    const turn = this.#asked;
    if (number === 0) {
      this.detail.hidden = true;
      return;
    }
    const answer = await get("inspect", { after: String(number - 1), limit: "1" });
    if (turn !== this.#asked) return;
    const whole = answer.exchanges?.find((one) => one.number === number);
    const gone = h("p", { class: "quiet gone" }, "This exchange is no longer kept: newer ones took its place.");
    const close = () => {
      this.#choose(0);
      this.#list.focus();
    };
    refill(this.detail, whole ? detail(whole, { find: (text) => this.#find(text), close }) : gone);
    this.detail.hidden = false;
  }

  /** News come in bursts; one drawing a frame is enough. */
  #drawSoon() {
    if (this.#isDue || this.node.hidden) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  #draw() {
    const { shown, dropped } = this.#exchanges;
    this.#drawBar(shown.length);
    this.#list.show(shown, { dropped, instead: this.#instead() });
  }

  #drawBar(shown) {
    const exchanges = this.#exchanges;
    Object.entries(KINDS).forEach(([kind, { many }], index) => {
      this.chips[index].setAttribute("aria-pressed", String(exchanges.kinds.has(kind)));
      refill(this.chips[index], many, h("span", { class: "count" }, exchanges.count(kind)));
    });
    this.failed.setAttribute("aria-pressed", String(exchanges.onlyFailed));
    refill(this.failed, "Errors only", h("span", { class: "count" }, exchanges.failures));
    const { paused, waiting } = exchanges;
    this.paused.setAttribute("aria-pressed", String(paused));
    refill(this.paused, icon(paused ? "play" : "pause", 13), paused ? `Resume (${waiting} new)` : "Pause");
    const words = shown === exchanges.size ? "" : `${shown} of ${exchanges.size}`;
    if (this.state.textContent !== words) this.state.textContent = words;
  }

  /** What an empty list says. */
  #instead() {
    const { size } = this.#exchanges;
    if (size > 0)
      return [
        h("p", {}, `None of the ${size} exchanges passes the filters.`),
        button("strip-button", "Show all", () => this.#showAll()),
      ];
    const what = "What Slack delivers to the bot, what the bot calls of Slack and what it asks of AWS";
    return [
      h("p", {}, `Nothing yet. ${what} appears here as it happens.`),
      h("p", {}, "Type ", h("kbd", {}, "/ml violations"), " above, or let an hour pass below."),
    ];
  }
}
