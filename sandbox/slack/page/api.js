// The sandbox's control API over HTTP, and its news over a WebSocket that comes back by itself.

const RETRY_MS = [200, 500, 1000, 2000];

const SENTENCES = {
  operation_timeout: "The app did not answer in time",
  dispatch_failed: "The app is not connected",
};

/**
 * What went wrong, as a person reads it.
 * @param {{ok: boolean, error?: string}} answer
 * @returns {string | null} null when nothing did
 */
export function failure(answer) {
  if (answer.ok) return null;
  return SENTENCES[answer.error] ?? `That did not work: ${answer.error ?? "unknown error"}`;
}

async function request(path, options) {
  try {
    const response = await fetch(`/_sandbox/${path}`, options);
    const answer = await response.json();
    return { ok: response.ok, ...answer };
  } catch {
    return { ok: false, error: "the sandbox does not answer" };
  }
}

/**
 * Reads from the control API.
 * @param {string} path
 * @param {Record<string, string | null | undefined>} [query] empty ones are left out
 * @returns {Promise<any>} `ok` and `error` are always there to look at
 */
export function get(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value);
  return request(`${path}?${new URLSearchParams(/** @type {string[][]} */ (given))}`, {});
}

/**
 * Acts through the control API.
 * @param {string} path
 * @param {Record<string, unknown>} body
 * @returns {Promise<any>}
 */
export function post(path, body) {
  const sent = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
  return request(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(sent) });
}

/**
 * Listens to the sandbox's news as one person, reconnecting until it is stopped.
 * @param {string} user
 * @param {{news: (note: any) => void, opened: () => void, lost: () => void}} listener `opened` is called at every connection
 * @returns {() => void} stops
 */
export function listen(user, { news, opened, lost }) {
  let socket;
  let timer;
  let stopped = false;
  let tries = 0;
  const connect = () => {
    socket = new WebSocket(`ws://${location.host}/_sandbox/events?user=${encodeURIComponent(user)}`);
    socket.onopen = () => {
      tries = 0;
      opened();
    };
    socket.onmessage = (event) => news(JSON.parse(event.data));
    socket.onclose = () => {
      if (stopped) return;
      lost();
      timer = setTimeout(connect, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]);
      tries += 1;
    };
  };
  connect();
  return () => {
    stopped = true;
    clearTimeout(timer);
    socket.close();
  };
}
