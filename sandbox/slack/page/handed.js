// What the bot handed off to the sandbox's pager and webhook: a list that goes on while it is open.

import { get, post } from "./api.js";
import { frame, show } from "./dialog.js";
import { h } from "./dom.js";

const EVERY_MS = 1000;
const FAULTS = [
  ["400", "refused for good"],
  ["429", "too many events"],
  ["500", "server error"],
  ["hang", "no answer for a minute"],
  ["cut", "the line is cut"],
];

function row({ to, status, said, event, at }) {
  const action = event.event_action ?? event.action ?? "no event";
  const words = event.payload?.summary ?? event.summary ?? event.dedup_key ?? "";
  const time = new Date(at * 1000).toLocaleTimeString("en-GB");
  return h(
    "tr",
    { class: status >= 200 && status < 300 ? "" : "bad" },
    h("td", {}, time),
    h("td", {}, to),
    h("td", {}, action),
    h("td", {}, status ? `${status}: ${said}` : said),
    h("td", { title: event.dedup_key ?? event.key ?? "" }, words),
  );
}

/** Opens the list. @param {(words: string, bad?: boolean) => void} say tells on the strip what was armed */
export function showHanded(say) {
  const head = ["When", "To", "Action", "Answer", "What"].map((name) => h("th", { scope: "col" }, name));
  const rows = h("tbody", {});
  const none = h("p", {}, "Nothing was handed off yet. Let the model drift and an hour pass.");
  const table = h("table", { class: "handed" }, h("thead", {}, h("tr", {}, head)), rows);
  const kind = h(
    "select",
    { "aria-label": "Fault of the receivers" },
    FAULTS.map(([value, words]) => h("option", { value }, `${value}: ${words}`)),
  );
  const arm = h(
    "button",
    {
      type: "button",
      class: "button",
      onclick: async () => {
        const answer = await post("handed", { fault: kind.value, times: 1 });
        say(answer.ok ? `Armed: the next hand-off meets ${kind.value}` : `Fault: ${answer.error}`, !answer.ok);
      },
    },
    "Arm for the next one",
  );
  let shown = "";
  const draw = async () => {
    const answer = await get("handed");
    const seen = JSON.stringify(answer.received ?? []);
    if (!answer.ok || seen === shown) return;
    shown = seen;
    rows.replaceChildren(...[...answer.received].reverse().map(row));
    none.hidden = answer.received.length > 0;
    table.hidden = !none.hidden;
  };
  const body = h("div", { class: "faults" }, none, h("div", { class: "handed-scroll", tabindex: 0 }, table), kind, arm);
  table.hidden = true;
  draw();
  const timer = setInterval(draw, EVERY_MS);
  const end = show(
    frame({
      title: "Handed off to the sandbox's pager and webhook",
      body,
      footer: null,
      onclose: () => {
        clearInterval(timer);
        end();
      },
      className: "sandbox-dialog handed-dialog",
    }),
  );
}
