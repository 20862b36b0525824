// Building the DOM. Text only ever enters through text nodes and attributes, so nothing in data becomes markup.

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set([
  "value",
  "checked",
  "disabled",
  "selected",
  "required",
  "hidden",
  "tabIndex",
  "textContent",
]);

/**
 * Sets one attribute, property or listener; null, undefined and false are left out.
 * @param {Element} node
 * @param {string} name `onclick` and such take a function, `class` a string.
 * @param {unknown} value
 */
function assign(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
  else if (PROPERTIES.has(name) && node.namespaceURI !== SVG) node[name] = value;
  else node.setAttribute(name, value === true ? "" : String(value));
}

/**
 * @param {Element} node
 * @param {unknown[]} children strings become text nodes; nested lists are flattened; null and false are left out.
 */
function fill(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/**
 * An HTML element.
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...unknown} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) assign(node, name, value);
  fill(node, children);
  return node;
}

/**
 * An SVG element.
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...unknown} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) assign(node, name, value);
  fill(node, children);
  return node;
}

/**
 * Replaces an element's children; null and false are left out.
 * @param {Element} node
 * @param {...unknown} children
 */
export function refill(node, ...children) {
  node.replaceChildren();
  fill(node, children);
}

let counter = 0;

/**
 * An id that no other element of this page has, for aria references.
 * @param {string} stem
 */
export function freshId(stem) {
  counter += 1;
  return `${stem}-${counter}`;
}

/**
 * Makes the parent's children equal to `nodes`, moving and removing as few as possible, so that unchanged ones keep
 * focus and scroll position.
 * @param {Element} parent
 * @param {Element[]} nodes
 */
export function reconcile(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
}

const FOCUSABLE = "button:not(:disabled), a[href], input:not(:disabled), textarea:not(:disabled), [tabindex='0']";

/**
 * The first element inside that Tab would stop at, or null.
 * @param {Element} root
 * @returns {HTMLElement | null}
 */
export function firstFocusable(root) {
  return root.querySelector(FOCUSABLE);
}
