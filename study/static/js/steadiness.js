/**
 * Whether the display keeps its time while the page is too busy to look: the frames of a second clock.
 *
 * A worker gets the display's frames from the same source as the compositor, but not through the page. It
 * tells of each when it was due and how late it came. It does not see the compositor itself; but what holds
 * the compositor up (a machine with too much to do) holds up the worker too.
 */

const KEPT = 2000;
const PATIENCE_MS = 200;

/** The worker that runs frame_clock.js; null where the browser has none with frames. */
export function startFrameClock(scope = globalThis) {
  if (!scope.Worker || !scope.OffscreenCanvas) return null;
  return new scope.Worker(new URL("./frame_clock.js", import.meta.url), { type: "module" });
}

export class Steadiness {
  #worker;
  #wait;
  #originMs;
  #frames = []; // {at, lateMs}, on the page's clock
  #told = () => {};

  /** worker: posts {origin, at, now}; null: nothing is known. `originMs`: the page's time origin. */
  constructor({ worker, wait, originMs }) {
    this.#worker = worker;
    this.#wait = wait;
    this.#originMs = originMs;
    worker?.addEventListener("message", ({ data }) => this.#take(data));
  }

  #take({ origin, at, now, caughtUp }) {
    if (caughtUp) return this.#told();
    this.#frames.push({ at: at + origin - this.#originMs, lateMs: now - at });
    if (this.#frames.length > KEPT) this.#frames.shift();
  }

  start() {
    this.#frames = [];
    this.#worker?.postMessage("start");
  }

  stop() {
    this.#worker?.postMessage("stop");
  }

  /** Resolves when everything the worker has seen so far is here. */
  async caughtUp() {
    if (!this.#worker) return;
    const told = new Promise((resolve) => (this.#told = resolve));
    this.#worker.postMessage("tell");
    await Promise.race([told, this.#wait(PATIENCE_MS)]);
  }

  /**
   * By how many ms the latest of the frames due between two times came; a missing one counts as late as the
   * gap it left. Null where too little was seen to say.
   */
  worst(from, to, intervalMs) {
    const seen = this.#between(from - intervalMs / 2, to);
    if (seen.length < 2 || seen[0].at > from + intervalMs / 2 || seen.at(-1).at < to - 1.5 * intervalMs) return null;
    const missing = gapsOf(seen).map((gap) => gap - intervalMs).filter((more) => more > intervalMs / 2);
    return Math.max(...missing, ...seen.map(({ lateMs }) => lateMs));
  }

  /** Intervals of the frames due between two times, ms; none where nothing was seen. */
  gaps(from, to) {
    return gapsOf(this.#between(from - 1, to));
  }

  #between(from, to) {
    return this.#frames.filter(({ at }) => at >= from && at <= to);
  }
}

function gapsOf(frames) {
  return frames.slice(1).map(({ at }, place) => at - frames[place].at);
}
