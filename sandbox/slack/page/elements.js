// Elements that act: buttons, overflow menus, and fields that fire as soon as they are changed.

import { control } from "./controls.js";
import { confirmed } from "./dialog.js";
import { h } from "./dom.js";
import { dots, icon } from "./icons.js";
import { textObject } from "./mrkdwn.js";
import { openPopup, opensPopup } from "./popup.js";

/**
 * Where blocks stand, and what a press there does.
 * @typedef {object} Surface
 * @property {"message" | "modal" | "home"} kind
 * @property {string} key unique among the surfaces on the page
 * @property {any} reader
 * @property {(action: {block_id: string, action_id: string, value: unknown}) => Promise<string | null>} fire resolves to
 *   a sentence when it failed
 * @property {Map<string, unknown>} kept values of fields by block id, surviving redraws
 */

const failureOf = new WeakMap();

/** Shows why a press failed beside what was pressed, as Slack's small warning does. */
function showFailure(node, sentence) {
  failureOf.get(node)?.remove();
  if (!sentence) return;
  const mark = h(
    "span",
    { class: "failed", role: "alert", title: sentence },
    icon("warning", 14),
    h("span", {}, sentence),
  );
  failureOf.set(node, mark);
  node.after(mark);
}

/** One press at a time: the element shows that it waits until the bot has acknowledged. */
async function press(node, element, surface, fire) {
  if (node.getAttribute("aria-busy") === "true") return;
  if (element.confirm && !(await confirmed(element.confirm, surface.reader))) return;
  showFailure(node, null);
  node.setAttribute("aria-busy", "true");
  const failure = await fire();
  node.removeAttribute("aria-busy");
  showFailure(node, failure);
}

function openLink(url) {
  if (/^https?:\/\//i.test(url)) window.open(url, "_blank", "noopener,noreferrer");
}

function keyOf(element, block, surface) {
  return `${surface.key}/${element.action_id ?? block.block_id}`;
}

function button(element, block, surface) {
  const style = ["primary", "danger"].includes(element.style) ? element.style : "";
  const act = { block_id: block.block_id, action_id: element.action_id, value: element.value ?? null };
  const node = h(
    "button",
    {
      type: "button",
      class: `button ${style}`,
      "data-key": keyOf(element, block, surface),
      "data-action": element.action_id,
      "aria-label": element.accessibility_label,
      onclick: () => {
        if (element.url) openLink(element.url);
        press(node, element, surface, () => surface.fire(act));
      },
    },
    h("span", { class: "button-label" }, textObject(element.text, surface.reader)),
    element.url && icon("link", 12),
  );
  return node;
}

function overflow(element, block, surface) {
  const node = h(
    "button",
    {
      type: "button",
      class: "button overflow",
      "data-key": keyOf(element, block, surface),
      "data-action": element.action_id,
      "aria-label": "More actions",
      title: "More actions",
    },
    dots(),
  );
  const choose = ({ value: option }) => {
    if (option.url) openLink(option.url);
    press(node, element, surface, () =>
      surface.fire({ block_id: block.block_id, action_id: element.action_id, value: option.value }),
    );
  };
  opensPopup(node, "menu", () =>
    openPopup(node, {
      label: "More actions",
      choose,
      items: element.options.map((option) => ({
        content: [
          h(
            "span",
            {},
            textObject(option.text, surface.reader),
            option.description && h("small", {}, textObject(option.description, surface.reader)),
          ),
        ],
        label: option.text.text,
        value: option,
      })),
    }),
  );
  return node;
}

/** A field outside of an input block: a finished change fires it. */
function field(element, block, surface) {
  const change = (value, final) => {
    if (final)
      press(node, element, surface, () =>
        surface.fire({ block_id: block.block_id, action_id: element.action_id, value }),
      );
  };
  const label = element.placeholder?.text ?? element.action_id ?? null;
  const node = control(element, {
    reader: surface.reader,
    change,
    key: keyOf(element, block, surface),
    label,
    describedBy: null,
  });
  return node;
}

/**
 * A picture of the sandbox's own server; any other is named, not fetched: the page makes no outside requests.
 * @param {{image_url?: string, slack_file?: {url?: string}, alt_text?: string}} image
 * @param {string} className
 */
export function picture(image, className) {
  const address = image.image_url ?? image.slack_file?.url ?? "";
  const url = URL.canParse(address, location.href) ? new URL(address, location.href) : null;
  if (url && (url.origin === location.origin || url.protocol === "data:")) {
    return h("img", { class: className, src: url.href, alt: image.alt_text ?? "", loading: "lazy" });
  }
  return h(
    "span",
    { class: `${className} not-loaded`, role: "img", "aria-label": image.alt_text, title: address },
    icon("file", 14),
    h("span", {}, image.alt_text || "Image"),
    className === "thumbnail"
      ? null
      : h("small", {}, `not loaded: ${url?.host || "no address"} is outside of this machine`),
  );
}

/**
 * An interactive element or a thumbnail; one of unknown type is a grey box that names it.
 * @param {any} element
 * @param {any} block the block it stands in
 * @param {Surface} surface
 * @returns {HTMLElement}
 */
export function element(element, block, surface) {
  switch (element.type) {
    case "button":
      return button(element, block, surface);
    case "overflow":
      return overflow(element, block, surface);
    case "image":
      return picture(element, "thumbnail");
    default:
      return (
        field(element, block, surface) ?? h("span", { class: "unknown-block" }, `Unknown element: ${element.type}`)
      );
  }
}
