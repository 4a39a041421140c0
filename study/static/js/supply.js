/** The encoded pictures of the trials to come, so that a participant without a connection simply goes on. */

const MOST_BYTES = 32 * 1024 * 1024;
const TIMEOUT_MS = 30_000;

/**
 * Stands between the pictures and the network: `fetch` answers from what is held.
 *
 * Fetches one picture after another, nearest first, and rests while faces are on the screen. Whether a picture
 * is the right one is checked where it is used (pictures.js), which then asks past what is held.
 */
export class Supply {
  #fetch;
  #most;
  #held = new Map();
  #bytes = 0;
  #wanted = [];
  #resting = false;
  #running = false;

  constructor({ fetch, mostBytes = MOST_BYTES }) {
    this.#fetch = fetch;
    this.#most = mostBytes;
    this.fetch = this.fetch.bind(this);
  }

  /** As window.fetch. */
  async fetch(url, options = {}) {
    const held = this.#held.get(url);
    if (held && options.cache !== "reload") return new Response(held);
    return this.#fetch(url, options);
  }

  /** Hold these pictures from now on, and no others. */
  want(urls) {
    this.#wanted = [...new Set(urls)];
    for (const url of [...this.#held.keys()]) if (!this.#wanted.includes(url)) this.#drop(url);
    this.#resting = false;
    this.#run();
  }

  /** Begin no further fetch until something is wanted again. */
  rest() {
    this.#resting = true;
  }

  get held() {
    return [...this.#held.keys()];
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let url = this.#next(); url; url = this.#next()) await this.#get(url);
    } catch {
      // No connection: the next trial asks again.
    } finally {
      this.#running = false;
    }
  }

  #next() {
    if (this.#resting || this.#bytes >= this.#most) return undefined;
    return this.#wanted.find((url) => !this.#held.has(url));
  }

  async #get(url) {
    const response = await this.#fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`expected status 200, found ${response.status}`);
    const blob = await response.blob();
    if (!this.#wanted.includes(url)) return;
    this.#held.set(url, blob);
    this.#bytes += blob.size;
  }

  #drop(url) {
    this.#bytes -= this.#held.get(url).size;
    this.#held.delete(url);
  }
}
