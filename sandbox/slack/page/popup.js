// Menus and lists that open at a button: arrows move, letters jump, Enter or Space chooses, Esc closes.

import { freshId, h } from "./dom.js";

/**
 * One line of a popup.
 * @typedef {object} Item
 * @property {unknown[]} content nodes or text
 * @property {string} label for screen readers and for jumping by letter
 * @property {unknown} value
 * @property {boolean} [selected]
 * @property {string} [group] a heading shown where it changes
 */

let current = null;

/** Closes the open popup, if any. */
export function closePopup({ refocus = false } = {}) {
  if (!current) return;
  const { node, anchor, stop } = current;
  current = null;
  stop.abort();
  node.remove();
  anchor.setAttribute("aria-expanded", "false");
  if (refocus) anchor.focus();
}

/** Below the anchor where there is room, else above it; always inside the window. */
function place(node, anchor) {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = node;
  const below = at.bottom + 4 + height <= innerHeight || at.top < height;
  node.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
  node.style.top = `${Math.max(8, Math.min(below ? at.bottom + 4 : at.top - height - 4, innerHeight - height - 8))}px`;
}

function step(lines, event) {
  const at = lines.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const last = lines.length - 1;
  switch (event.key) {
    case "ArrowDown":
      return at >= last ? 0 : at + 1;
    case "ArrowUp":
      return at <= 0 ? last : at - 1;
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return null;
  }
}

function jump(lines, letter) {
  const at = lines.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const order = [...lines.slice(at + 1), ...lines.slice(0, at + 1)];
  order.find((line) => line.dataset.label.startsWith(letter.toLowerCase()))?.focus();
}

function keys(event, lines) {
  const next = step(lines, event);
  if (event.key === "Tab") return closePopup({ refocus: true });
  if (next !== null) lines[next].focus();
  else if (event.key === "Escape") closePopup({ refocus: true });
  else if (event.key === "Enter" || event.key === " ") /** @type {HTMLElement} */ (document.activeElement).click();
  else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) jump(lines, event.key);
  else return undefined;
  event.preventDefault();
  event.stopPropagation();
  return undefined;
}

function rows(items, role, pick) {
  const itemRole = role === "menu" ? "menuitem" : "option";
  return items.flatMap((item, index) => {
    const line = h(
      "div",
      {
        role: itemRole,
        tabindex: "-1",
        class: "popup-item",
        "data-label": item.label.toLowerCase(),
        "aria-selected": role === "listbox" ? String(Boolean(item.selected)) : null,
        onclick: () => pick(item, line),
      },
      item.content,
    );
    const heading = item.group && item.group !== items[index - 1]?.group;
    return heading ? [h("div", { class: "popup-group", role: "presentation" }, item.group), line] : [line];
  });
}

/**
 * Opens a popup at its button and moves focus into it.
 * @param {HTMLElement} anchor
 * @param {{items: Item[], choose: (item: Item) => unknown, role?: "menu" | "listbox", multi?: boolean, label: string}} options
 *   with `multi`, choosing keeps the list open and marks the line when `choose` says that it is chosen now
 */
export function openPopup(anchor, { items, choose, role = "menu", multi = false, label }) {
  closePopup();
  const pick = (item, line) => {
    if (!multi) closePopup({ refocus: true });
    const selected = choose(item);
    if (multi) line.setAttribute("aria-selected", String(Boolean(selected)));
  };
  const id = freshId("popup");
  const node = h(
    "div",
    { class: "popup", id, role, popover: "manual", "aria-label": label, "aria-multiselectable": multi && "true" },
    rows(items, role, pick),
  );
  const lines = /** @type {HTMLElement[]} */ ([...node.querySelectorAll(".popup-item")]);
  const stop = new AbortController();
  current = { node, anchor, stop };
  node.addEventListener("keydown", (event) => keys(event, lines));
  // Inside a dialog everything outside of it is inert, so the popup must be its child.
  (anchor.closest("dialog") ?? document.body).append(node);
  node.showPopover();
  place(node, anchor);
  anchor.setAttribute("aria-expanded", "true");
  (lines.find((line) => line.getAttribute("aria-selected") === "true") ?? lines[0])?.focus({ preventScroll: true });
  const outside = (event) => !node.contains(event.target) && !anchor.contains(event.target) && closePopup();
  document.addEventListener("pointerdown", outside, { capture: true, signal: stop.signal });
  document.addEventListener("scroll", (event) => event.target !== node && closePopup(), {
    capture: true,
    signal: stop.signal,
  });
  addEventListener("resize", () => closePopup(), { signal: stop.signal });
}

/**
 * A button that opens a popup; arrow keys open it too.
 * @param {HTMLElement} anchor
 * @param {"menu" | "listbox"} role
 * @param {() => void} open
 */
export function opensPopup(anchor, role, open) {
  anchor.setAttribute("aria-haspopup", role);
  anchor.setAttribute("aria-expanded", "false");
  anchor.addEventListener("click", () => (current?.anchor === anchor ? closePopup() : open()));
  anchor.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    open();
  });
}
