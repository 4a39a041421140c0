/** Fetch pictures, check them against their sha256, decode them at display size, hold the next few. */

const ATTEMPTS = 5;
const TIMEOUT_MS = 20_000;

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

export class Pictures {
  #fetch;
  #decode;
  #digest;
  #wait;
  #size;
  #held = new Map();
  /** False once a picture could not be checked because the browser offers no digest. */
  verified = true;

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

  /** Begin to fetch the trials to come and let go of all others. */
  lookAhead(trials) {
    const wanted = new Set(trials.flatMap((trial) => picturesOf(trial).map(({ url }) => url)));
    for (const url of [...this.#held.keys()]) if (!wanted.has(url)) this.#drop(url);
    for (const trial of trials) this.faces(trial).catch(() => {});
  }

  /** Pictures of another size are needed: what was decoded is of no use. */
  resize(size) {
    this.#size = size;
    for (const url of [...this.#held.keys()]) this.#drop(url);
  }

  get held() {
    return this.#held.size;
  }

  #picture(picture) {
    const known = this.#held.get(picture.url);
    if (known) return known;
    const coming = this.#load(picture);
    this.#held.set(picture.url, coming);
    coming.catch(() => this.#held.get(picture.url) === coming && this.#held.delete(picture.url));
    return coming;
  }

  #drop(url) {
    const coming = this.#held.get(url);
    this.#held.delete(url);
    coming.then((bitmap) => bitmap.close?.()).catch(() => {});
  }

  async #load(picture) {
    let fault;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (attempt > 0) await this.#wait(pauseMs(attempt - 1));
      try {
        return await this.#attempt(picture, attempt);
      } catch (error) {
        fault = error;
      }
    }
    throw new PictureError(`picture not loaded after ${ATTEMPTS} attempts: ${fault.message}`);
  }

  async #attempt(picture, attempt) {
    // A copy that came damaged may sit in the browser's cache: further attempts go round it.
    const cache = attempt === 0 ? "default" : "reload";
    const response = await this.#fetch(picture.url, { cache, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new PictureError(`expected status 200, found ${response.status}`);
    const blob = await response.blob();
    const found = await this.#digest(await blob.arrayBuffer());
    if (found === null) this.verified = false;
    else if (found !== picture.sha256) throw new PictureError("the picture arrived changed");
    return this.#decode(blob, this.#size);
  }
}
