// What the page knows: people, channels, the messages seen so far, and where the person is.

/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} name
 * @property {string} handle
 * @property {string} zone IANA name
 * @property {string} role
 * @property {boolean} isBot
 * @property {boolean} isGuest
 * @property {boolean} isPartner of another workspace
 */

/** @param {any} user @param {string} teamId @returns {Person} */
function personOf(user, teamId) {
  return {
    id: user.id,
    name: user.real_name || user.name,
    handle: user.name,
    zone: user.tz || "UTC",
    role: user.title || user.role || "",
    isBot: Boolean(user.is_bot),
    isGuest: Boolean(user.is_restricted || user.is_ultra_restricted),
    isPartner: Boolean(user.team_id && teamId && user.team_id !== teamId),
  };
}

/** The page's one mutable state; whoever changes it calls `changed`. */
export class Store extends EventTarget {
  /** @type {Map<string, Person>} */ people = new Map();
  /** @type {Map<string, any>} */ channels = new Map();
  /** @type {Map<string, any>} */ groups = new Map();
  /** @type {Map<string, Map<string, any>>} */ messages = new Map();
  /** @type {Map<string, {count: number, mentioned: boolean}>} */ unread = new Map();
  commands = [];
  accounts = [];
  team = { id: "", name: "Workspace" };
  bot = { id: "", name: "Sagewatch", connected: false };
  home = null;
  me = "";
  /** A channel's id, or "home". */ place = "";
  thread = null;
  #worldOffset = 0;

  /**
   * Tells the views what changed.
   * @param {"people" | "place" | "messages" | "world" | "bot" | "unread" | "home"} what
   */
  changed(what) {
    this.dispatchEvent(new Event(what));
  }

  /**
   * Takes the sandbox's description of itself.
   * @param {any} state
   */
  describe(state) {
    this.team = { id: state.team?.id ?? "", name: state.team?.name ?? "Workspace" };
    this.people = new Map(state.users.map((user) => [user.id, personOf(user, this.team.id)]));
    this.channels = new Map(state.channels.map((channel) => [channel.id, channel]));
    this.groups = new Map((state.groups ?? []).map((group) => [group.id, group]));
    this.commands = state.commands ?? [];
    this.accounts = state.accounts ?? [];
    this.bot = { ...this.bot, ...state.bot };
    this.tellWorldTime(state.now);
  }

  /**
   * Sets the world's clock by an instant just heard.
   * @param {string | undefined} now ISO 8601
   */
  tellWorldTime(now) {
    if (now) this.#worldOffset = Date.parse(now) - Date.now();
  }

  /** The world's time in milliseconds; it runs ahead of the wall's. */
  get worldNow() {
    return Date.now() + this.#worldOffset;
  }

  /** @returns {Person | undefined} */
  get myself() {
    return this.people.get(this.me);
  }

  /** How the acting person reads blocks. */
  get reader() {
    const everyone = [...this.people.values()].filter((person) => !person.isBot);
    return {
      zone: this.myself?.zone ?? "UTC",
      now: this.worldNow,
      me: this.me,
      users: everyone,
      channels: [...this.channels.values()].filter((channel) => !channel.is_im),
      userName: (id) => this.people.get(id)?.name,
      groupName: (id) => this.groups.get(id)?.handle,
      channelName: (id) => this.channels.get(id)?.name,
      openChannel: (id) => this.go(id),
    };
  }

  /**
   * Goes to a channel or to the App Home.
   * @param {string} place
   * @param {string | null} [thread]
   */
  go(place, thread = null) {
    this.place = place;
    this.thread = thread;
    this.unread.delete(place);
    this.changed("place");
  }

  /**
   * Keeps a message in its newest form.
   * @param {any} message
   */
  keep(message) {
    if (!this.messages.has(message.channel)) this.messages.set(message.channel, new Map());
    this.messages.get(message.channel).set(message.ts, message);
  }

  /**
   * Takes news of a message: new, changed or deleted; any other news is none of its business.
   * @param {any} note
   */
  take({ kind, channel, ts, message }) {
    if (kind === "delete") this.messages.get(channel)?.delete(ts);
    else if (kind === "message" || kind === "ephemeral") this.keep({ ...message, channel });
  }

  /**
   * A channel's messages in order, replies only where they were also sent to the channel.
   * @param {string} channel
   */
  inChannel(channel) {
    const shown = (m) => !m.thread_ts || m.thread_ts === m.ts || m.subtype === "thread_broadcast";
    return this.#ordered(channel, shown);
  }

  /**
   * A thread's parent and replies in order.
   * @param {string} channel
   * @param {string} ts of the parent
   */
  inThread(channel, ts) {
    return this.#ordered(channel, (m) => m.ts === ts || m.thread_ts === ts);
  }

  #ordered(channel, wanted) {
    const all = [...(this.messages.get(channel)?.values() ?? [])].filter(wanted);
    return all.sort((a, b) => (a.ts < b.ts ? -1 : 1));
  }
}
