// Form fields of blocks. Every control reports its value as the control API takes it: text, an option's value, a list
// of them, a date, or seconds since 1970.

import { dayOf, fields, instantOf } from "./dates.js";
import { freshId, h } from "./dom.js";
import { icon } from "./icons.js";
import { textObject } from "./mrkdwn.js";
import { openPopup, opensPopup } from "./popup.js";

/**
 * @typedef {object} Wiring
 * @property {import("./entities.js").Reader & {users: {id: string, name: string}[], channels: {id: string, name: string}[]}} reader
 * @property {(value: string | number | string[] | null, final: boolean) => void} change `final` is false while typing
 * @property {string} key names the control for focus after a redraw
 * @property {string | null} label
 * @property {string | null} describedBy
 * @property {unknown} [kept] the value it had before a redraw
 */

function common(element, { key, label, describedBy }) {
  return { "data-key": key, "data-action": element.action_id, "aria-label": label, "aria-describedby": describedBy };
}

function text(element, wiring) {
  const area = element.type === "plain_text_input" && element.multiline;
  const type = { number_input: "number", email_text_input: "email", url_text_input: "url" }[element.type] ?? "text";
  const field = h(area ? "textarea" : "input", {
    ...common(element, wiring),
    class: "field",
    placeholder: element.placeholder?.text,
    type: area ? null : type,
    rows: area ? 4 : null,
    maxlength: element.max_length,
    minlength: element.min_length,
    min: element.min_value,
    max: element.max_value,
    step: element.type === "number_input" ? (element.is_decimal_allowed ? "any" : 1) : null,
    value: wiring.kept ?? element.initial_value ?? "",
    oninput: () => wiring.change(field.value || null, false),
    onchange: () => wiring.change(field.value || null, true),
  });
  return field;
}

function date(element, wiring) {
  const { zone } = wiring.reader;
  const kind = { datepicker: "date", timepicker: "time", datetimepicker: "datetime-local" }[element.type];
  const initial = wiring.kept ?? element.initial_date ?? element.initial_time ?? element.initial_date_time;
  const wall = (unix) =>
    `${dayOf(unix * 1000, zone)}T${fields(unix * 1000, zone).hour}:${fields(unix * 1000, zone).minute}`;
  const read = () =>
    kind === "datetime-local" && field.value ? instantOf(field.value, zone) / 1000 : field.value || null;
  const field = h("input", {
    ...common(element, wiring),
    class: "field date",
    type: kind,
    value: typeof initial === "number" ? wall(initial) : (initial ?? ""),
    onchange: () => wiring.change(read(), true),
    title: kind === "date" ? null : `Times are in ${zone}`,
  });
  return field;
}

/** Options of a select, with those of groups and of the workspace. */
function optionsOf(element, reader) {
  const plain = (value, label) => ({ value, text: { type: "plain_text", text: label } });
  if (/users_select$/.test(element.type)) return reader.users.map((user) => ({ option: plain(user.id, user.name) }));
  if (/(channels|conversations)_select$/.test(element.type))
    return reader.channels.map((channel) => ({ option: plain(channel.id, `#${channel.name}`) }));
  const grouped = (element.option_groups ?? []).flatMap((group) =>
    group.options.map((option) => ({ option, group: group.label.text })),
  );
  return [...(element.options ?? []).map((option) => ({ option })), ...grouped];
}

function initialValues(element) {
  const options = element.initial_options ?? (element.initial_option ? [element.initial_option] : []);
  const ids = [
    element.initial_users,
    element.initial_user,
    element.initial_channels,
    element.initial_channel,
    element.initial_conversations,
    element.initial_conversation,
  ];
  return [...options.map((option) => option.value), ...ids.flat().filter(Boolean)];
}

function optionLine(option, reader) {
  return [
    h("span", { class: "option-mark" }, icon("check", 14)),
    h(
      "span",
      {},
      textObject(option.text, reader),
      option.description && h("small", {}, textObject(option.description, reader)),
    ),
  ];
}

/** Single and multiple selects; inside a form the choice stays visible, in a message it fires. */
function select(element, wiring) {
  const multi = element.type.startsWith("multi_");
  const options = optionsOf(element, wiring.reader);
  const chosen = new Set(
    wiring.kept === undefined ? initialValues(element) : [wiring.kept].flat().filter((x) => x !== null),
  );
  const shown = h("span", { class: "select-value" });
  const name = (value) => options.find((x) => x.option.value === value)?.option.text.text ?? value;
  const draw = () => {
    shown.classList.toggle("placeholder", chosen.size === 0);
    shown.replaceChildren(
      ...(chosen.size === 0
        ? [element.placeholder?.text ?? "Select an option"]
        : [...chosen].map((value) => h("span", { class: multi ? "chip" : "" }, name(value)))),
    );
  };
  const choose = ({ value }) => {
    if (!multi) chosen.clear();
    if (multi && chosen.has(value)) chosen.delete(value);
    else if (!multi || chosen.size < (element.max_selected_items ?? Infinity)) chosen.add(value);
    draw();
    wiring.change(multi ? [...chosen] : value, true);
    return chosen.has(value);
  };
  const button = h(
    "button",
    { type: "button", class: "select", ...common(element, wiring), "aria-label": null },
    shown,
    icon("down", 14),
  );
  const labelId = freshId("select");
  if (wiring.label) button.append(h("span", { class: "visually-hidden", id: labelId }, wiring.label));
  opensPopup(button, "listbox", () =>
    openPopup(button, {
      role: "listbox",
      multi,
      label: wiring.label ?? element.placeholder?.text ?? "Options",
      choose,
      items: options.map(({ option, group }) => ({
        content: optionLine(option, wiring.reader),
        label: option.text.text,
        value: option.value,
        selected: chosen.has(option.value),
        group,
      })),
    }),
  );
  draw();
  return button;
}

/** Checkboxes and radio buttons. */
function choices(element, wiring) {
  const many = element.type === "checkboxes";
  const name = freshId("choices");
  const initial = new Set(wiring.kept === undefined ? initialValues(element) : [wiring.kept].flat());
  const read = () => [...group.querySelectorAll("input:checked")].map((input) => input.value);
  const group = h(
    "div",
    {
      class: "choices",
      role: many ? "group" : "radiogroup",
      "aria-label": wiring.label,
      "aria-describedby": wiring.describedBy,
    },
    element.options.map((option, index) =>
      h(
        "label",
        { class: "choice" },
        h("input", {
          type: many ? "checkbox" : "radio",
          name,
          value: option.value,
          checked: initial.has(option.value),
          "data-key": `${wiring.key}/${index}`,
          "data-action": element.action_id,
          onchange: () => wiring.change(many ? read() : (read()[0] ?? null), true),
        }),
        h(
          "span",
          {},
          textObject(option.text, wiring.reader),
          option.description && h("small", {}, textObject(option.description, wiring.reader)),
        ),
      ),
    ),
  );
  return group;
}

const CONTROLS = {
  plain_text_input: text,
  number_input: text,
  email_text_input: text,
  url_text_input: text,
  datepicker: date,
  timepicker: date,
  datetimepicker: date,
  checkboxes: choices,
  radio_buttons: choices,
  static_select: select,
  multi_static_select: select,
  users_select: select,
  multi_users_select: select,
  channels_select: select,
  multi_channels_select: select,
  conversations_select: select,
  multi_conversations_select: select,
};

/**
 * The value that a field has before anybody touches it, as the control API takes it; null when empty.
 * @param {any} element
 */
export function initialValue(element) {
  const many = element.type === "checkboxes" || element.type.startsWith("multi_");
  const chosen = initialValues(element);
  if (many) return chosen;
  return (
    chosen[0] ??
    element.initial_value ??
    element.initial_date ??
    element.initial_time ??
    element.initial_date_time ??
    null
  );
}

/**
 * A field of a form or a select of a message, or null when its type is no field.
 * @param {any} element
 * @param {Wiring} wiring
 * @returns {HTMLElement | null}
 */
export function control(element, wiring) {
  return Object.hasOwn(CONTROLS, element.type) ? CONTROLS[element.type](element, wiring) : null;
}
