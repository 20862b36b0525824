// The control strip: the sandbox's own controls, which no Slack has.

import { get, post } from "./api.js";
import { fields } from "./dates.js";
import { frame, show } from "./dialog.js";
import { h } from "./dom.js";
import { showHanded } from "./handed.js";
import { icon } from "./icons.js";

const NEXT_HOUR = { verb: "next_hour", label: "Next hour", about: "Runs the monitors of the next full hour" };

/** Verbs about the chosen account, as they stand together. Each lets an hour pass, a storm and what people do some minutes. */
const GROUPS = [
  {
    name: "Model",
    verbs: [
      { verb: "drift", label: "Drift", about: "Other customers call: the model gets worse, by up to two levels" },
      { verb: "redeploy", label: "Redeploy", about: "A pipeline puts a new endpoint in the old one's place" },
    ],
  },
  {
    name: "Data",
    verbs: [
      { verb: "no_labels", label: "No labels", about: "Ground truth stays away: model-quality runs fail" },
      { verb: "no_traffic", label: "No traffic", about: "Nobody calls the endpoint: nothing is captured" },
      { verb: "drop_capture", label: "No capture", about: "Data capture halts while requests go on" },
      { verb: "fill_disk", label: "Fill disk", about: "The endpoint's disk fills up, and data capture halts" },
    ],
  },
  {
    name: "Registry",
    verbs: [
      { verb: "register_package", label: "Register", about: "Diego registers a version of the model: it waits for approval" },
      {
        verb: "register_package",
        key: "register_by_pipeline",
        label: "By pipeline",
        about: "A pipeline registers a version: two operators have to approve it",
        person: "pipeline",
      },
    ],
  },
  {
    name: "Monitor",
    verbs: [
      { verb: "fail_execution", label: "Fail run", about: "The next model-quality run is out of memory" },
      { verb: "stop_monitor", label: "Stop", about: "The model-quality monitor is stopped" },
      { verb: "start_monitor", label: "Start", about: "The model-quality monitor runs again" },
    ],
  },
  {
    name: "Alarms",
    verbs: [
      { verb: "storm", label: "Storm", about: "Twenty alarms of twenty services go off in one minute" },
      { verb: "endpoint_failed", label: "Fail endpoint", about: "The endpoint fails and answers nobody" },
    ],
  },
  {
    name: "Account",
    verbs: [
      { verb: "unlink", label: "Unlink", about: "The account leaves the observability account's fleet" },
      { verb: "relink", label: "Relink", about: "The account is linked again" },
    ],
  },
  {
    name: "People",
    verbs: [
      { verb: "delete_endpoint_as", label: "Delete endpoint", about: "Diego deletes the endpoint, from Studio" },
      { verb: "stop_monitor_as", label: "Stop monitor", about: "Maya stops the model-quality monitor" },
      { verb: "shared_role_as", label: "Shared role", about: "Somebody whom the trail cannot tell stops a monitor" },
    ],
  },
  {
    name: "",
    verbs: [
      { verb: "recover", label: "Recover", about: "Customers, labels, traffic, capture, disk, endpoint and alarms are well" },
    ],
  },
];

const SLACK_FAULTS = [
  ["lose_reply", "a post succeeds, its reply is lost"],
  ["lose_ack", "an acknowledgement is lost"],
  ["invalid_blocks", "blocks are refused"],
  ["refresh", "the connection is refreshed"],
  ["cut", "the connection is cut"],
  ["429", "rate limited"],
  ["500", "server error"],
  ["archive", "the channel is archived"],
  ["expire_trigger", "a form is opened too late"],
];
const AWS_FAULTS = [
  ["deny", "access denied"],
  ["throttle", "throttled"],
  ["timeout", "no answer"],
  ["duplicate", "events come twice (SendMessage)"],
  ["late", "log files come an hour late (PutObject)"],
  ["damage", "log files come cut short (PutObject)"],
];

function select(label, options, attributes = {}) {
  return h(
    "select",
    { "aria-label": label, ...attributes },
    options.map(([value, words]) => h("option", { value }, words)),
  );
}

function field(label, control) {
  return h("label", { class: "strip-field" }, h("span", {}, label), control);
}

/** The strip below the workspace. */
export class Strip {
  /**
   * @param {any} store
   * @param {HTMLElement} inspect the button that opens the inspector
   */
  constructor(store, inspect) {
    this.store = store;
    this.clock = h("time", { class: "world-clock" });
    this.account = select("Account", []);
    this.last = h("div", { class: "strip-last", role: "status" });
    this.light = h("span", { class: "light" });
    this.bot = h("span", {});
    this.ack = h("span", { class: "ack" }, "–");
    const groups = GROUPS.map(({ name, verbs }) =>
      h(
        "span",
        { class: "strip-group", role: "group", "aria-label": name || undefined },
        name && h("span", { class: "strip-name" }, name),
        verbs.map((verb) => this.#button(verb, true)),
      ),
    );
    const faults = h(
      "button",
      {
        type: "button",
        class: "strip-button",
        "aria-haspopup": "dialog",
        "data-key": "strip/faults",
        onclick: () => this.#faults(),
      },
      "Faults…",
    );
    const handed = h(
      "button",
      {
        type: "button",
        class: "strip-button",
        "aria-haspopup": "dialog",
        "data-key": "strip/handed",
        onclick: () => showHanded((words, bad) => this.say(words, bad)),
      },
      "Handed off…",
    );
    this.node = h(
      "section",
      { class: "strip", "aria-label": "The world: controls of the sandbox" },
      h("div", { class: "strip-title" }, h("strong", {}, "The world"), h("small", {}, "sandbox controls, not Slack")),
      h("div", { class: "strip-clock" }, icon("clock", 15), this.clock),
      this.last,
      h("div", { class: "strip-tools" }, handed, faults, inspect),
      h(
        "div",
        { class: "strip-meter" },
        h("span", { class: "meter" }, this.light, this.bot),
        h("span", { class: "meter" }, "ack ", this.ack),
      ),
      h("div", { class: "strip-controls" }, this.#button(NEXT_HOUR, false), this.account, groups),
    );
    store.addEventListener("world", () => this.redraw());
    store.addEventListener("bot", () => this.redraw());
    setInterval(() => this.#tick(), 1000);
  }

  #button(verb, account) {
    const button = h(
      "button",
      { type: "button", class: "strip-button", title: verb.about, "data-key": `strip/${verb.key ?? verb.verb}` },
      verb.label,
    );
    button.addEventListener("click", () => this.#do(button, verb, account));
    return button;
  }

  #tick() {
    const now = this.store.worldNow;
    const { hour, minute } = fields(now, "UTC");
    const day = new Date(now).toLocaleDateString("en-GB", {
      weekday: "short",
      day: "numeric",
      month: "short",
      timeZone: "UTC",
    });
    const words = `${day}, ${hour}:${minute} UTC`;
    if (this.clock.textContent !== words) this.clock.textContent = words;
  }

  /** Draws accounts, clock and connection anew; the chosen account stays. */
  redraw() {
    const chosen = this.account.value;
    const accounts = this.store.accounts.map(({ id, label }) => h("option", { value: id }, `${label} · ${id}`));
    this.account.replaceChildren(h("option", { value: "" }, "Default account"), ...accounts);
    this.account.value = chosen;
    const { connected, name, last_ack_ms: ack } = this.store.bot;
    if (typeof ack === "number") this.acknowledged(ack);
    this.light.classList.toggle("on", connected);
    this.bot.textContent = `${name} ${connected ? "connected" : "not connected"}`;
    this.#tick();
  }

  /** @param {number} milliseconds that the bot took to acknowledge */
  acknowledged(milliseconds) {
    this.ack.textContent = `${Math.round(milliseconds)} ms`;
    this.ack.classList.toggle("slow", milliseconds > 1000);
  }

  /** @param {string} words what happened last @param {boolean} [bad] */
  say(words, bad = false) {
    this.last.textContent = words;
    this.last.title = words;
    this.last.classList.toggle("bad", bad);
  }

  async #do(button, { verb, label, person }, account) {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    this.say(`${label}…`);
    const answer = await post("world", { do: verb, account: (account && this.account.value) || undefined, person });
    button.removeAttribute("aria-busy");
    this.said(answer, label);
    const state = await get("state");
    if (state.now) this.store.tellWorldTime(state.now);
    this.store.changed("world");
  }

  /**
   * Shows a verb's outcome in the world's own sentence.
   * @param {any} answer
   * @param {string} label
   */
  said(answer, label) {
    if (!answer.ok) this.say(`${label}: ${answer.error}`, true);
    else this.say(answer.said ?? answer.what ?? `${label}: done`);
  }

  #faults() {
    const times = h("input", { type: "number", min: 1, max: 100, value: 1, "aria-label": "Times" });
    const slack = select(
      "Slack fault",
      SLACK_FAULTS.map(([value, words]) => [value, `${value}: ${words}`]),
    );
    const aws = select(
      "AWS fault",
      AWS_FAULTS.map(([value, words]) => [value, `${value}: ${words}`]),
    );
    const account = select(
      "Account of the fault",
      this.store.accounts.map(({ id, label }) => [id, `${label} · ${id}`]),
    );
    const operation = h("input", {
      type: "text",
      value: "ListMonitoringExecutions",
      "aria-label": "Operation",
      spellcheck: "false",
    });
    const arm = async (body, words) => {
      const answer = await post("fault", { ...body, times: Number(times.value) });
      this.say(answer.ok ? `Armed: ${words}, the next ${times.value}` : `Fault: ${answer.error}`, !answer.ok);
      close();
    };
    const button = (label, act) => h("button", { type: "button", class: "button", onclick: act }, label);
    const body = h(
      "div",
      { class: "faults" },
      field("How often", times),
      h(
        "fieldset",
        {},
        h("legend", {}, "Slack misbehaves"),
        field("How", slack),
        button("Arm Slack fault", () => arm({ slack: slack.value }, `Slack ${slack.value}`)),
      ),
      h(
        "fieldset",
        {},
        h("legend", {}, "AWS misbehaves"),
        field("How", aws),
        field("Account", account),
        field("Operation", operation),
        button("Arm AWS fault", () =>
          arm(
            { aws: aws.value, account: account.value, operation: operation.value },
            `AWS ${aws.value} of ${operation.value}`,
          ),
        ),
      ),
    );
    const close = show(
      frame({
        title: "Faults of the sandbox",
        body,
        footer: null,
        onclose: () => close(),
        className: "sandbox-dialog",
      }),
    );
  }
}
