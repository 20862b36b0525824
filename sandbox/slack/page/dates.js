// Instants as a person in a time zone reads them, in Slack's own wording ("formatting dates", docs.slack.dev).

const DAY_MS = 86_400_000;
const HALF_YEAR_MS = 183 * DAY_MS;
const formats = new Map();

/**
 * @param {string} zone IANA name
 * @param {Intl.DateTimeFormatOptions} options
 */
function format(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-US", { ...options, timeZone: zone }));
  return formats.get(key);
}

/**
 * Wall-clock fields of an instant in a zone.
 * @param {number} ms since 1970, UTC
 * @param {string} zone
 * @returns {{year: string, month: string, day: string, hour: string, minute: string, second: string}} zero-padded
 */
export function fields(ms, zone) {
  const options = {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  };
  return Object.fromEntries(
    format(zone, options)
      .formatToParts(ms)
      .map((part) => [part.type, part.value]),
  );
}

/**
 * The calendar day as 2026-11-23.
 * @param {number} ms
 * @param {string} zone
 */
export function dayOf(ms, zone) {
  const f = fields(ms, zone);
  return `${f.year}-${f.month}-${f.day}`;
}

/**
 * The instant at which a zone's clocks show this wall-clock text; in a gap or an overlap the offset before it counts.
 * @param {string} wall as `2026-11-23T09:30`
 * @param {string} zone
 * @returns {number} milliseconds since 1970, UTC
 */
export function instantOf(wall, zone) {
  const asUtc = Date.parse(`${wall}:00Z`);
  const shown = fields(asUtc, zone);
  const shownUtc = Date.parse(`${shown.year}-${shown.month}-${shown.day}T${shown.hour}:${shown.minute}:00Z`);
  return asUtc - (shownUtc - asUtc);
}

function ordinal(day) {
  const teens = day % 100 >= 11 && day % 100 <= 13;
  return `${day}${teens ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th")}`;
}

function named(ms, zone, now, { weekday, month }) {
  const day = ordinal(Number(fields(ms, zone).day));
  const year = Math.abs(ms - now) > HALF_YEAR_MS ? `, ${fields(ms, zone).year}` : "";
  const lead = weekday ? `${format(zone, { weekday: "long" }).format(ms)}, ` : "";
  return `${lead}${format(zone, { month }).format(ms)} ${day}${year}`;
}

function pretty(ms, zone, now, otherwise) {
  const words = new Map([
    [dayOf(now, zone), "today"],
    [dayOf(now - DAY_MS, zone), "yesterday"],
    [dayOf(now + DAY_MS, zone), "tomorrow"],
  ]);
  return words.get(dayOf(ms, zone)) ?? otherwise;
}

function ago(ms, now) {
  const minutes = Math.round(Math.abs(now - ms) / 60_000);
  const steps = [
    [1440, "day"],
    [60, "hour"],
    [1, "minute"],
  ];
  const [size, unit] = steps.find(([length]) => minutes >= length) ?? [1, "minute"];
  const count = Math.floor(minutes / size);
  const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return ms > now ? `in ${words}` : `${words} ago`;
}

/**
 * The time of day, as 9:02 AM.
 * @param {number} ms
 * @param {string} zone
 */
export function timeOf(ms, zone) {
  return format(zone, { hour: "numeric", minute: "2-digit" }).format(ms);
}

/**
 * A long date for a day's dividing line.
 * @param {number} ms
 * @param {string} zone
 * @param {number} now
 */
export function dayTitle(ms, zone, now) {
  const title = pretty(ms, zone, now, named(ms, zone, now, { weekday: true, month: "long" }));
  return title[0].toUpperCase() + title.slice(1);
}

const TOKENS = {
  date_num: (ms, zone) => dayOf(ms, zone),
  date_slash: (ms, zone) => dayOf(ms, zone).replaceAll("-", "/"),
  date: (ms, zone, now) => named(ms, zone, now, { month: "long" }),
  date_short: (ms, zone, now) => named(ms, zone, now, { month: "short" }),
  date_long: (ms, zone, now) => named(ms, zone, now, { weekday: true, month: "long" }),
  time: (ms, zone) => timeOf(ms, zone),
  time_secs: (ms, zone) => format(zone, { hour: "numeric", minute: "2-digit", second: "2-digit" }).format(ms),
  ago: (ms, _zone, now) => ago(ms, now),
};

/**
 * Slack's date pattern (`{date_short_pretty} at {time}`) filled in; the fallback when a token is unknown.
 * @param {number} unix seconds
 * @param {string} pattern
 * @param {string} fallback
 * @param {{zone: string, now: number}} reader
 */
export function formatDate(unix, pattern, fallback, { zone, now }) {
  const ms = unix * 1000;
  let known = Number.isFinite(ms);
  const text =
    known &&
    pattern.replace(/\{(\w+)\}/g, (_, token) => {
      const plain = token.replace(/_pretty$/, "");
      if (!Object.hasOwn(TOKENS, plain)) known = false;
      if (!known) return "";
      const words = TOKENS[plain](ms, zone, now);
      return plain === token ? words : pretty(ms, zone, now, words);
    });
  return (known && text) || fallback;
}
