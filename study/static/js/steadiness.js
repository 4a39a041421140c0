/**
 * Whether the display keeps its time while the page is too busy to look: the frames of a second clock.
 *
 * A worker gets the display's frames from the same source as the compositor, but not through the page. It
 * tells of each when it was due and how late it came. It does not see the compositor itself; but what holds
 * the compositor up (a machine with too much to do) holds up the worker too.
 */
import { usualInterval } from "./frames.js";

const KEPT = 2000;
const PATIENCE_MS = 200;
const REMEMBERED_MS = 5000;

/**
 * How late the second clock's frames may come at the edges for the display to count as having kept its time, ms:
 * a quarter of a frame, where that is less than 3 ms.
 */
export function steadyEnough(intervalMs) {
  return Math.min(3, intervalMs / 4);
}

/** The worker that runs frame_clock.js; null where the browser has none with frames. */
export function startFrameClock(scope = globalThis) {
  if (!scope.Worker || !scope.OffscreenCanvas) return null;
  return new scope.Worker(new URL("./frame_clock.js", import.meta.url), { type: "module" });
}

/** Calls `report` after each task that kept the page busy for 50 ms or more, where the browser tells. */
export function observeLongTasks(report, scope = globalThis) {
  if (!scope.PerformanceObserver?.supportedEntryTypes?.includes("longtask")) return;
  new scope.PerformanceObserver(report).observe({ type: "longtask" });
}

export class Steadiness {
  #worker;
  #wait;
  #originMs;
  #frames = []; // {at, lateMs}, on the page's clock
  #ticks = false; // whether it ever told of a frame
  #told = () => {};
  #now;
  #blockedAt = -Infinity;

  /** worker: posts {origin, at, now}; null: nothing is known. `originMs`: the page's time origin; `observeBlocks(report)`. */
  constructor({ worker, wait, now, originMs, observeBlocks = () => {} }) {
    this.#now = now;
    observeBlocks(() => (this.#blockedAt = now()));
    this.#worker = worker;
    this.#wait = wait;
    this.#originMs = originMs;
    worker?.addEventListener("message", ({ data }) => this.#take(data));
  }

  #take({ origin, at, now, caughtUp }) {
    if (caughtUp) return this.#told();
    this.#ticks = true;
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
   * gap it left. Null without a second clock, or with one that never told of any.
   */
  worst(from, to, intervalMs) {
    if (!this.#ticks) return null;
    const seen = this.#between(from - intervalMs / 2, to);
    // The frames at the borders may be missing too: one is due at `from`, the last less than one before `to`.
    const times = [from - intervalMs, ...seen.map(({ at }) => at), to];
    const missing = intervals(times).map((gap) => gap - intervalMs).filter((more) => more > intervalMs / 2);
    return Math.max(0, ...missing, ...seen.map(({ lateMs }) => lateMs));
  }

  /**
   * How late the display was at an edge: the later of the frame that was to bring it and the one after it. The
   * next frame is not handed out before the display is done with the one before.
   */
  lateAt(edgeFrame, intervalMs) {
    return this.worst(edgeFrame, edgeFrame + 1.75 * intervalMs, intervalMs);
  }

  /** When the frame due at a time came, or the next one where it is missing; null where none came. */
  receiptOf(frameAt, intervalMs) {
    const frame = this.#between(frameAt - intervalMs / 2, Infinity)[0];
    return frame === undefined ? null : frame.at + frame.lateMs;
  }

  /** Whether the page has been blocked by a task of its own in the last seconds; it may be so again. */
  get pageBlocks() {
    return this.#now() - this.#blockedAt < REMEMBERED_MS;
  }

  /** The frame nearest a time to come, reckoned from the last one seen; the time itself without a second clock. */
  nearestFrame(time, intervalMs) {
    const last = this.#frames.at(-1)?.at;
    return last === undefined ? time : last + Math.round((time - last) / intervalMs) * intervalMs;
  }

  /** Intervals of the frames due between two times, ms; none where nothing was seen. */
  gaps(from, to) {
    return intervals(this.#between(from - 1, to).map(({ at }) => at));
  }

  /** Whether frames come far more often than the page measured: it missed some while it did so. */
  isFaster(intervalMs, from, to) {
    const interval = usualInterval(this.gaps(from, to));
    return interval !== null && interval < 0.75 * intervalMs;
  }

  #between(from, to) {
    return this.#frames.filter(({ at }) => at >= from && at <= to);
  }
}

function intervals(times) {
  return times.slice(1).map((at, place) => at - times[place]);
}
