// Who and where one was, kept in the address and, for a bare address, in the browser's storage.

const KEY = "sagewatch.place";

/**
 * @typedef {object} Place
 * @property {string} me a person's id, empty when never chosen
 * @property {string} place a channel's id or "home"
 * @property {string | null} thread
 */

/** @returns {Place} */
export function readPlace() {
  const text = location.hash.slice(1) || localStorage.getItem(KEY) || "";
  const [me = "", place = "", thread = null] = text.split("/").filter(Boolean);
  return { me, place, thread };
}

/** @param {Place} state */
export function writePlace({ me, place, thread }) {
  const text = [me, place, thread].filter(Boolean).join("/");
  localStorage.setItem(KEY, text);
  history.replaceState(null, "", `#${text}`);
}
