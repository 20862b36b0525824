// The inspector's list: one line an exchange, chosen by mouse or keyboard, at its end while the reader is there.

import { h, reconcile, refill } from "./dom.js";
import { row } from "./exchange.js";

const NEAR_PX = 30;
const PAGE = 10;
const MOVES = {
  ArrowDown: (index) => index + 1,
  ArrowUp: (index) => index - 1,
  PageDown: (index) => index + PAGE,
  PageUp: (index) => index - PAGE,
  Home: () => 0,
  End: () => Infinity,
};
const COLUMNS = ["Time, UTC", "", "Kind", "Name", "Id", "Outcome", "Took"];

/** Lines that are made once and kept, since there can be two thousand. */
export class ExchangeList {
  /** @type {Map<number, {exchange: any, node: HTMLElement}>} */ #rows = new Map();
  #isAtEnd = true;
  /** The number of the chosen one, 0 where none is. */ chosen = 0;

  /** @param {(number: number) => void} choose called when the reader chooses one */
  constructor(choose) {
    this.choose = choose;
    this.note = h("p", { class: "inspector-note", hidden: true });
    this.lines = h("div", {
      class: "exchange-rows",
      role: "listbox",
      tabindex: "0",
      "aria-label": "Exchanges",
      onkeydown: (event) => this.#move(event),
      onclick: (event) => this.#click(event),
    });
    this.empty = h("div", { class: "inspector-empty", hidden: true });
    this.scroller = h("div", { class: "exchange-scroller" }, this.note, this.lines, this.empty);
    const names = COLUMNS.map((name) => h("span", {}, name));
    const head = h("div", { class: "exchange columns", "aria-hidden": "true" }, names);
    this.node = h("div", { class: "exchange-list" }, head, this.scroller);
    this.scroller.addEventListener("scroll", () => (this.#isAtEnd = this.#nearEnd()), { passive: true });
    new ResizeObserver(() => this.#isAtEnd && this.toEnd()).observe(this.scroller);
  }

  focus() {
    this.lines.focus();
  }

  /** Goes to the newest one and stays there. */
  toEnd() {
    this.#isAtEnd = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /**
   * Shows these, the oldest first.
   * @param {any[]} exchanges summaries
   * @param {{dropped: number, instead: unknown[]}} more how many were dropped; what stands where there are none
   */
  show(exchanges, { dropped, instead }) {
    this.#rows = new Map(exchanges.map((exchange) => [exchange.number, this.#line(exchange)]));
    reconcile(
      this.lines,
      [...this.#rows.values()].map(({ node }) => node),
    );
    this.mark(this.chosen);
    this.note.hidden = dropped === 0;
    this.note.textContent = `${dropped.toLocaleString("en-GB")} older ones made room for these.`;
    const isEmpty = exchanges.length === 0;
    this.empty.hidden = !isEmpty;
    refill(this.empty, isEmpty && instead);
    if (this.#isAtEnd) this.toEnd();
  }

  /** Marks one as chosen, or none with 0. @param {number} number */
  mark(number) {
    this.chosen = number;
    const chosen = this.#rows.get(number)?.node;
    for (const { node } of this.#rows.values()) node.setAttribute("aria-selected", String(node === chosen));
    if (chosen) this.lines.setAttribute("aria-activedescendant", chosen.id);
    else this.lines.removeAttribute("aria-activedescendant");
  }

  #line(exchange) {
    const known = this.#rows.get(exchange.number);
    return known?.exchange === exchange ? known : { exchange, node: row(exchange) };
  }

  #move(event) {
    const numbers = [...this.#rows.keys()];
    if (!Object.hasOwn(MOVES, event.key) || numbers.length === 0) return;
    event.preventDefault();
    const here = numbers.indexOf(this.chosen);
    const start = here < 0 && event.key === "ArrowUp" ? numbers.length : here;
    const number = numbers[Math.max(0, Math.min(numbers.length - 1, MOVES[event.key](start)))];
    this.choose(number);
    this.#rows.get(number)?.node.scrollIntoView({ block: "nearest" });
  }

  #click(event) {
    const line = event.target.closest("[data-number]");
    if (line) this.choose(Number(line.dataset.number));
  }

  #nearEnd() {
    return this.scroller.scrollTop + this.scroller.clientHeight > this.scroller.scrollHeight - NEAR_PX;
  }
}
