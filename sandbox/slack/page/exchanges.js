// What the inspector knows of the exchanges, and which of them it shows: by kind, by outcome, by a text in them.

import { get, post } from "./api.js";
import { KINDS } from "./exchange.js";

const MOST = 2000;
/** New ones are asked about together. */
const ASK_MS = 200;

const byTime = (a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.number - b.number);

/** The exchanges' summaries as the sandbox keeps them; whoever changes them hears `changed`. */
export class Exchanges extends EventTarget {
  /** @type {Map<number, any>} */ #all = new Map();
  /** Heard while paused. @type {Map<number, any>} */ #waiting = new Map();
  /** Those in which the text was found, null while there is none. @type {Set<number> | null} */ #matching = null;
  kinds = new Set(Object.keys(KINDS));
  onlyFailed = false;
  paused = false;
  text = "";
  dropped = 0;
  #turn = 0;
  /** Heard while everything is being read: newer than the answer. @type {Map<number, any>} */ #meanwhile = new Map();
  /** Whether the text is in them has still to be asked. @type {number[]} */ #unasked = [];

  /** Reads everything anew. */
  async load() {
    this.#turn += 1;
    const turn = this.#turn;
    const { text } = this;
    this.#meanwhile.clear();
    const [everything, found] = await Promise.all([
      get("inspect", { bodies: "no", limit: String(MOST) }),
      text ? get("inspect", { bodies: "no", limit: String(MOST), text }) : null,
    ]);
    if (turn !== this.#turn || !everything.exchanges) return;
    this.#all = new Map(everything.exchanges.map((one) => [one.number, one]));
    this.#waiting.clear();
    this.#matching = found && new Set((found.exchanges ?? []).map((one) => one.number));
    this.dropped = everything.dropped;
    for (const exchange of this.#meanwhile.values()) this.#take(exchange);
    this.#changed();
  }

  /**
   * Takes one that has just ended, or that is known better now.
   * @param {any} exchange
   */
  hear(exchange) {
    this.#meanwhile.set(exchange.number, exchange);
    if (this.paused) this.#waiting.set(exchange.number, exchange);
    else this.#take(exchange);
    this.#changed();
  }

  /** @param {boolean} paused whether new ones wait outside */
  pause(paused) {
    this.paused = paused;
    for (const exchange of this.#waiting.values()) this.#take(exchange);
    this.#waiting.clear();
    this.#changed();
  }

  /** Looks for a text in everything, bodies too; an empty one shows all. */
  async search(text) {
    this.text = text.trim();
    await this.load();
  }

  /** Forgets all, here and in the sandbox. */
  async clear() {
    const answer = await post("inspect", { clear: true });
    if (!answer.ok) return;
    await this.load();
  }

  /** How many wait outside. */
  get waiting() {
    return this.#waiting.size;
  }

  /** How many there are. */
  get size() {
    return this.#all.size;
  }

  /** Those to show, in the order in which they began. */
  get shown() {
    return this.#found.filter((one) => this.kinds.has(one.kind) && (one.failed || !this.onlyFailed)).sort(byTime);
  }

  /** How many of a kind the text leaves. @param {string} kind */
  count(kind) {
    return this.#found.filter((one) => one.kind === kind).length;
  }

  /** How many of those went wrong. */
  get failures() {
    return this.#found.filter((one) => one.failed).length;
  }

  get #found() {
    const matching = this.#matching;
    return [...this.#all.values()].filter((one) => !matching || matching.has(one.number));
  }

  #take(exchange) {
    this.#all.set(exchange.number, exchange);
    if (this.#all.size > MOST) {
      this.#all.delete(this.#all.keys().next().value);
      this.dropped += 1;
    }
    if (!this.#matching) return;
    if (this.#unasked.length === 0) setTimeout(() => this.#match(), ASK_MS);
    this.#unasked.push(exchange.number);
  }

  /** Asks whether the text is in the new ones, since their bodies are not here. */
  async #match() {
    const { text } = this;
    const after = String(Math.min(...this.#unasked) - 1);
    this.#unasked = [];
    const answer = await get("inspect", { bodies: "no", limit: String(MOST), text, after });
    if (text !== this.text || !this.#matching) return;
    for (const one of answer.exchanges ?? []) this.#matching.add(one.number);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("changed"));
  }
}
