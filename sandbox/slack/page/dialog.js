// Dialogs in the browser's top layer: focus goes in, Esc closes, focus comes back.

import { firstFocusable, freshId, h } from "./dom.js";
import { icon } from "./icons.js";
import { textObject } from "./mrkdwn.js";

/**
 * Focus after a dialog: where it was, or the nearest thing that still stands for it.
 * @param {Element | null} before
 */
function restore(before) {
  const target = before?.isConnected
    ? before
    : document.querySelector(`[data-key="${CSS.escape(before?.dataset?.key ?? "")}"]`);
  (target ?? document.querySelector(".composer textarea"))?.focus();
}

/**
 * A dialog's frame, not yet shown.
 * @param {{title: string, leading?: Node | null, body: unknown, footer: unknown, onclose: () => void, className?: string}} parts
 *   `onclose` is called when the person closes it (cross, Esc), never when the code does
 * @returns {HTMLDialogElement}
 */
export function frame({ title, leading = null, body, footer, onclose, className = "" }) {
  const id = freshId("dialog-title");
  const cross = h(
    "button",
    { type: "button", class: "icon-button dialog-close", "aria-label": "Close", onclick: onclose },
    icon("close", 18),
  );
  const dialog = /** @type {HTMLDialogElement} */ (
    h(
      "dialog",
      { class: `dialog ${className}`, "aria-labelledby": id },
      h("header", {}, leading, h("h2", { id }, title), cross),
      h("div", { class: "dialog-body" }, body),
      footer && h("footer", {}, footer),
    )
  );
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    onclose();
  });
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  return dialog;
}

/**
 * Shows a dialog with focus on its first field, else on its first button that does not close it.
 * @param {HTMLDialogElement} dialog
 * @returns {() => void} closes it and gives the focus back
 */
export function show(dialog) {
  const before = document.activeElement;
  document.body.append(dialog);
  dialog.showModal();
  focusInside(dialog);
  return () => {
    dialog.close();
    dialog.remove();
    restore(before);
  };
}

/**
 * Focus on a dialog's first field or button.
 * @param {HTMLDialogElement} dialog
 */
export function focusInside(dialog) {
  const footer = dialog.querySelector("footer");
  const target =
    firstFocusable(dialog.querySelector(".dialog-body")) ??
    (footer && firstFocusable(footer)) ??
    firstFocusable(dialog);
  target?.focus();
}

/**
 * Slack's confirm object as a dialog; resolves to whether it was confirmed.
 * @param {{title: any, text: any, confirm: any, deny: any, style?: string}} confirm
 * @param {import("./entities.js").Reader} reader
 * @returns {Promise<boolean>}
 */
export function confirmed(confirm, reader) {
  return new Promise((resolve) => {
    const answer = (yes) => {
      close();
      resolve(yes);
    };
    const style = confirm.style === "danger" ? "danger" : "primary";
    const no = h(
      "button",
      { type: "button", class: "button", onclick: () => answer(false) },
      textObject(confirm.deny, reader),
    );
    const yes = h(
      "button",
      { type: "button", class: `button ${style}`, onclick: () => answer(true) },
      textObject(confirm.confirm, reader),
    );
    const dialog = frame({
      title: confirm.title?.text ?? "Are you sure?",
      body: textObject(confirm.text, reader),
      footer: [no, yes],
      onclose: () => answer(false),
      className: "confirm",
    });
    const close = show(dialog);
  });
}
