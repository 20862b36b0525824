// The stack of modals that the acting person has open. One dialog shows the topmost.

import { failure, post } from "./api.js";
import { blocks, fieldName } from "./blocks.js";
import { focusInside, frame, show } from "./dialog.js";
import { firstFocusable, h } from "./dom.js";
import { botMark } from "./icons.js";

const REQUIRED = "Please complete this required field.";

function isEmpty(value) {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

/** Keeps one dialog equal to the stack that the sandbox tells of. */
export class Modals {
  #dialog = null;
  #close = null;
  #shown = { id: "", hash: "" };
  /** Values by view id, so that a lower modal comes back as it was left. */
  #kept = new Map();
  #top = null;

  /** @param {any} store */
  constructor(store) {
    this.store = store;
  }

  /**
   * Shows the topmost of these views; none closes the dialog.
   * @param {any[]} stack
   */
  sync(stack) {
    const top = stack.at(-1);
    for (const id of this.#kept.keys()) if (!stack.some((view) => view.id === id)) this.#kept.delete(id);
    if (!top) return this.#hide();
    if (top.id === this.#shown.id && top.hash === this.#shown.hash) return undefined;
    const same = top.id === this.#shown.id;
    this.#top = top;
    this.#shown = { id: top.id, hash: top.hash };
    return this.#draw(same);
  }

  #hide() {
    this.#close?.();
    this.#dialog = null;
    this.#close = null;
    this.#top = null;
    this.#shown = { id: "", hash: "" };
  }

  #surface(view) {
    if (!this.#kept.has(view.id)) this.#kept.set(view.id, new Map());
    const kept = this.#kept.get(view.id);
    const fire = async (action) => {
      const values = this.#values(view);
      const answer = await post("click", {
        user: this.store.me,
        view_id: view.id,
        ...action,
        value: action.value ?? undefined,
        values,
      });
      this.store.heard(answer);
      return failure(answer);
    };
    return { kind: "modal", key: `v/${view.id}`, reader: this.store.reader, fire, kept };
  }

  #values(view) {
    const names = view.blocks.filter((block) => block.type === "input").map(fieldName);
    return Object.fromEntries(names.map((name) => [name, this.#kept.get(view.id)?.get(name) ?? null]));
  }

  /** The view's form; submitting by Enter works as by the button. */
  #form(view, surface) {
    const submit =
      view.submit &&
      h(
        "button",
        { type: "submit", class: "button primary", "data-key": `${surface.key}/submit` },
        h("span", { class: "button-label" }, view.submit.text),
      );
    const cancel = h(
      "button",
      { type: "button", class: "button", onclick: () => this.#dismiss(view) },
      view.close?.text ?? "Cancel",
    );
    const body = h("div", { class: "modal-blocks" }, blocks(view.blocks, surface));
    const failed = h("div", { class: "modal-failed", role: "alert" });
    const form = h(
      "form",
      {
        class: "modal-form",
        novalidate: true,
        onsubmit: (event) => {
          event.preventDefault();
          this.#submit(view, form, submit);
        },
      },
      h("div", { class: "modal-scroll" }, body),
      h("footer", {}, failed, h("span", { class: "grow" }), cancel, submit),
    );
    return form;
  }

  #draw(same) {
    const view = this.#top;
    const focused = document.activeElement?.dataset?.key;
    const form = this.#form(view, this.#surface(view));
    if (!this.#dialog) {
      this.#dialog = frame({
        title: view.title.text,
        leading: botMark(24),
        body: form,
        footer: null,
        onclose: () => this.#dismiss(this.#top),
        className: "modal",
      });
      this.#close = show(this.#dialog);
      return;
    }
    this.#dialog.querySelector("h2").textContent = view.title.text;
    this.#dialog.querySelector(".dialog-body").replaceChildren(form);
    const key = same && focused ? form.querySelector(`[data-key="${CSS.escape(focused)}"]`) : null;
    if (key) key.focus();
    else focusInside(this.#dialog);
  }

  async #dismiss(view) {
    const answer = await post("close", { user: this.store.me, view_id: view.id });
    // The sandbox may have been restarted: a view that it does not know is gone here too.
    if (!answer.ok && this.#top?.id === view.id) this.#hide();
  }

  /** Shows sentences at their fields; true when there were any. */
  #complain(form, errors) {
    for (const field of form.querySelectorAll(".input-block")) {
      const sentence = errors[field.dataset.field] ?? "";
      field.querySelector(".input-error").textContent = sentence;
      field.classList.toggle("invalid", Boolean(sentence));
      field.querySelector("[data-action]")?.setAttribute("aria-invalid", String(Boolean(sentence)));
    }
    const first = form.querySelector(".input-block.invalid");
    if (first) firstFocusable(first)?.focus();
    return Boolean(first);
  }

  async #submit(view, form, button) {
    if (!button || button.getAttribute("aria-busy") === "true") return;
    const kept = this.#kept.get(view.id);
    const missing = [...form.querySelectorAll(".input-block[data-required]")]
      .map((node) => node.dataset.field)
      .filter((name) => isEmpty(kept.get(name)));
    if (this.#complain(form, Object.fromEntries(missing.map((name) => [name, REQUIRED])))) return;
    button.setAttribute("aria-busy", "true");
    const answer = await post("submit", { user: this.store.me, view_id: view.id, values: this.#values(view) });
    this.store.heard(answer);
    button.removeAttribute("aria-busy");
    // The fields that the client's own checks refuse come with the answer, those of the app as news.
    if (answer.fields) this.#complain(form, answer.fields);
    const placed = answer.fields || answer.error === "invalid_fields";
    form.querySelector(".modal-failed").textContent = placed ? "" : (failure(answer) ?? "");
  }

  /**
   * Shows the app's own errors at the fields of the topmost modal.
   * @param {string} viewId
   * @param {Record<string, string>} errors by block id
   */
  refuse(viewId, errors) {
    const form = this.#dialog?.querySelector("form");
    if (form && this.#top?.id === viewId) this.#complain(form, errors);
  }
}
