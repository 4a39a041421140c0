/** Fetch pictures, check them against their sha256, decode them at display size, hold the next few. */

const ATTEMPTS = 5;
const TIMEOUT_MS = 20_000;
const MOST_BYTES = 48 * 2 ** 20;

/** A picture that did not come, or not as it should be. */
export class PictureError extends Error {}

/** sha256 as hex; null where the browser offers no digest (plain http on a foreign host). */
export async function sha256(bytes, subtle = globalThis.crypto?.subtle) {
  if (!subtle) return null;
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function decodeAtSize(blob, { width, height }, decode = createImageBitmap) {
  return decode(blob, { resizeWidth: width, resizeHeight: height, resizeQuality: "high" });
}

/** Pause before a further attempt: doubling, with jitter so that a hall of browsers does not knock at once. */
export function pauseMs(attempt, { first = 500, most = 30_000, random = Math.random } = {}) {
  return Math.min(most, first * 2 ** attempt) * (0.5 + random());
}

/** The one or two pictures of a trial, from left to right: a single face has no right one. */
export function picturesOf({ left, right }) {
  return right ? [left, right] : [left];
}

/**
 * How many trials to hold ready, by the room their pixels take (4 bytes each, two pictures).
 *
 * Four where there is room. The memory of a phone is bounded by this and not by the length of the study.
 */
export function trialsToHold({ width, height }, { most = 4, bytes = MOST_BYTES } = {}) {
  return Math.max(2, Math.min(most, Math.floor(bytes / (2 * 4 * width * height))));
}

export class Pictures {
  #fetch;
  #decode;
  #digest;
  #wait;
  #size;
  #held = new Map();
  #coming = [];
  /** False once a picture could not be checked because the browser offers no digest. */
  verified = true;

  /** `size`: of a picture on the screen, in device pixels. */
  constructor({ fetch, size, wait, decode = decodeAtSize, digest = sha256 }) {
    this.#fetch = fetch;
    this.#size = size;
    this.#wait = wait;
    this.#decode = decode;
    this.#digest = digest;
  }

  /** The one or two pictures of a trial, from left to right, decoded at display size. Rejects with PictureError. */
  async faces(trial) {
    return Promise.all(picturesOf(trial).map((picture) => this.#picture(picture)));
  }

  /**
   * Begin to fetch the first of the trials to come, as many as there is room for, and let go of all others.
   *
   * The nearest has the connection for itself: on a slow one it would wait for its successors otherwise.
   */
  lookAhead(trials) {
    const coming = trials.slice(0, trialsToHold(this.#size));
    const wanted = new Set(coming.flatMap((trial) => picturesOf(trial).map(({ url }) => url)));
    for (const url of [...this.#held.keys()]) if (!wanted.has(url)) this.#drop(url);
    this.#coming = coming;
    const [next, ...others] = coming;
    if (next) this.#inTurn(next, others, coming);
  }

  async #inTurn(next, others, coming) {
    await this.faces(next).catch(() => {});
    if (this.#coming !== coming) return;
    for (const trial of others) this.faces(trial).catch(() => {});
  }

  /** Pictures of another size are needed: what was decoded is of no use. */
  resize(size) {
    this.#size = size;
    this.#coming = [];
    for (const url of [...this.#held.keys()]) this.#drop(url);
  }

  /** How many pictures are held or on their way. */
  get held() {
    return this.#held.size;
  }

  #picture(picture) {
    const known = this.#held.get(picture.url);
    if (known) return known.coming;
    const ended = new AbortController();
    const coming = this.#load(picture, this.#size, ended.signal);
    this.#held.set(picture.url, { coming, ended });
    coming.catch(() => this.#held.get(picture.url)?.coming === coming && this.#held.delete(picture.url));
    return coming;
  }

  // One that is still on its way is neither waited for nor asked for again.
  #drop(url) {
    const { coming, ended } = this.#held.get(url);
    this.#held.delete(url);
    ended.abort();
    coming.then((bitmap) => bitmap.close?.()).catch(() => {});
  }

  async #load(picture, size, ended) {
    let fault;
    for (let attempt = 0; attempt < ATTEMPTS && !ended.aborted; attempt += 1) {
      if (attempt > 0) await this.#wait(pauseMs(attempt - 1));
      if (ended.aborted) break;
      try {
        return await this.#attempt(picture, size, attempt, ended);
      } catch (error) {
        fault = error;
      }
    }
    if (ended.aborted) throw new PictureError("the picture is not wanted any more");
    throw new PictureError(`picture not loaded after ${ATTEMPTS} attempts: ${fault.message}`);
  }

  async #attempt(picture, size, attempt, ended) {
    // A copy that came damaged may sit in the browser's cache: further attempts go round it.
    const cache = attempt === 0 ? "default" : "reload";
    const blob = await withinTime(TIMEOUT_MS, ended, async (signal) => {
      const response = await this.#fetch(picture.url, { cache, signal });
      if (!response.ok) throw new PictureError(`expected status 200, found ${response.status}`);
      return response.blob();
    });
    const found = await this.#digest(await blob.arrayBuffer());
    if (found === null) this.verified = false;
    else if (found !== picture.sha256) throw new PictureError("the picture arrived changed");
    return this.#decode(blob, size);
  }
}

/** Run `act(signal)`; the signal is aborted when the time is over or `ended` is. */
async function withinTime(timeMs, ended, act) {
  const stop = new AbortController();
  const abort = () => stop.abort();
  const timer = setTimeout(abort, timeMs);
  ended.addEventListener("abort", abort, { once: true });
  try {
    return await act(stop.signal);
  } finally {
    clearTimeout(timer);
    ended.removeEventListener("abort", abort);
  }
}
