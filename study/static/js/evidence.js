/**
 * When something was really presented, by the browser's own account (Element Timing, Chromium only).
 *
 * A tiny picture that is first painted in the same frame as an edge of the exposure is reported with the
 * time of that frame. Frame callbacks stay perfect while the compositor is late; this does not.
 */
import { browserFrames, middle } from "./frames.js";

const PATIENCE_MS = 1500;
const SPARE = 6;
const REMEMBERED = 9;
// The page asks for the frame of an edge just before it is due. Until that is made, the compositor waits for
// the page: earlier, and a page that becomes busy meanwhile would move the edge; later, and it is missed. A
// timer that comes late shows a machine on which the last moment would be missed; there the page asks at once.
const LOOK_MS = 7;
const LATE_TIMER_MS = 1.2;
const READY_MS = 2.5;
const ASK_MS = 0.5;

/** Makes `<img>` elements whose bytes are there and decoded, ready to be painted for the first time. */
export async function probeFactory(page = document) {
  const side = 10;
  const canvas = page.createElement("canvas");
  canvas.width = canvas.height = side;
  const pen = canvas.getContext("2d");
  // Mid-grey on mid-grey. One level of difference keeps it from being one flat colour, which a browser
  // may paint without an image.
  for (let cell = 0; cell < side * side; cell += 1) {
    pen.fillStyle = (cell + Math.floor(cell / side)) % 2 ? "#808080" : "#7f7f7f";
    pen.fillRect(cell % side, Math.floor(cell / side), 1, 1);
  }
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const url = URL.createObjectURL(blob);
  return async () => {
    const probe = new Image(side, side);
    probe.alt = "";
    probe.decoding = "sync";
    probe.src = url;
    await probe.decode();
    return probe;
  };
}

export function elementTimingSupported(scope = globalThis) {
  return scope.PerformanceObserver?.supportedEntryTypes?.includes("element") ?? false;
}

/** Calls `report(identifier, time)` for each probe the browser says it presented. */
export function observePresentations(report, scope = globalThis) {
  const observer = new scope.PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      report(entry.identifier, entry.presentationTime || entry.renderTime || null);
    }
  });
  observer.observe({ type: "element" });
}

/** Resolves in a task of its own, after those that are waiting and after a frame that is being made. */
export function nextTask(scope = globalThis) {
  const { port1, port2 } = new scope.MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** What is known of an edge that the page did not look at. */
export const UNSEEN = { presentedAt: null, asked: false, prompt: false };

/** What stands in where the browser gives no evidence: every question is answered with "unknown". */
export const noWitness = {
  kind: "none",
  latencyMs: null,
  quickLatencyMs: 0,
  isSlow: () => false,
  rehearse: async () => null,
  rehearseEdge: async () => {},
  prepare: async () => {},
  mark: async () => null,
  appoint: async () => UNSEEN,
  learn: () => {},
  clear: () => {},
};

export class Witness {
  kind = "element_timing";
  #place;
  #makeProbe;
  #wait;
  #now;
  #nextFrame;
  #nextTask;
  #spare = [];
  #waiting = new Map();
  #latencies = [];
  #lags = [];
  #rests = [];
  #count = 0;

  /**
   * `observe(report)` starts the observation. `now()` and `wait(ms)` are the clock, `nextFrame()` a frame of
   * the page. `nextTask()` resolves when the page has done what it already has to do, a frame it is in included.
   */
  constructor({ place, makeProbe, observe, wait, now, nextFrame, nextTask }) {
    this.#place = place;
    this.#makeProbe = makeProbe;
    this.#wait = wait;
    this.#now = now;
    this.#nextFrame = nextFrame;
    this.#nextTask = nextTask;
    observe((identifier, time) => {
      this.#waiting.get(identifier)?.(time);
      this.#waiting.delete(identifier);
    });
  }

  async prepare() {
    while (this.#spare.length < SPARE) this.#spare.push(await this.#makeProbe());
  }

  /** Put a probe into the frame being made; resolves with its presentation time, or null. */
  mark(edge) {
    const probe = this.#spare.pop();
    if (!probe) return Promise.resolve(null);
    this.#count += 1;
    const identifier = `${edge}-${this.#count}`;
    probe.setAttribute("elementtiming", identifier);
    const reported = new Promise((resolve) => this.#waiting.set(identifier, resolve));
    this.#place.append(probe);
    return Promise.race([reported, this.#wait(PATIENCE_MS).then(() => null)]).finally(() =>
      this.#waiting.delete(identifier),
    );
  }

  /**
   * Put a probe into the frame that is due at `frameAt` and brings an edge by the compositor's hand.
   *
   * Resolves with {presentedAt, asked, prompt}. `asked`: the page was free to ask for the frame; if it was not,
   * the compositor went on without it. `prompt`: the page made its part before half of the frame was over, so
   * the time is the edge's own. Otherwise the compositor may have waited for the page and then gone ahead: the
   * edge was presented at that time or before. The page asks for no other frame near an edge.
   */
  async appoint(edge, frameAt, intervalMs) {
    if (!(await this.#untilShortlyBefore(frameAt))) return UNSEEN;
    const presented = this.mark(edge);
    const stamp = await this.#nextFrame();
    await this.#nextTask();
    const prompt = Math.abs(stamp - frameAt) < intervalMs / 2 && this.#now() - frameAt < intervalMs / 2;
    return { presentedAt: await presented, asked: true, prompt };
  }

  async #untilShortlyBefore(frameAt) {
    for (const aheadMs of [LOOK_MS, READY_MS]) {
      const due = Math.max(frameAt - aheadMs, this.#now());
      await this.#wait(due - this.#now());
      if (this.#now() > due + LATE_TIMER_MS) return this.#now() < frameAt;
    }
    // Whatever else the page has to do by now gets its turn first, so that it cannot come in between.
    while (this.#now() < frameAt - ASK_MS) await this.#nextTask();
    return this.#now() < frameAt;
  }

  /**
   * Present a probe in the next frame, to learn how long the page takes over a frame and how late frames usually
   * are; null where the browser tells nothing.
   */
  async rehearse(frames) {
    const { at, doneAt, presentedAt } = await this.#tryOut(frames);
    remember(this.#lags, doneAt - at);
    this.learn(at, presentedAt);
    return presentedAt;
  }

  /**
   * Present a probe in a frame that changes as many pixels as an edge does, by `stir()`, and in which the page
   * has nothing else to do: learn how long such a frame is on its way once the page has done its part.
   */
  async rehearseEdge(frames, stir) {
    // What the page has drawn just now is in the frame before.
    await frames.next();
    const { doneAt, presentedAt } = await this.#tryOut(frames, stir);
    if (presentedAt !== null) remember(this.#rests, presentedAt - doneAt);
  }

  /** A probe in the next frame: when that began, when the page had done its part, when it was presented. */
  async #tryOut(frames, change = () => {}) {
    await this.prepare();
    const at = await frames.next();
    change();
    const presented = this.mark("calibration");
    await this.#nextTask();
    const doneAt = this.#now();
    frames.pause();
    const presentedAt = await presented;
    this.clear();
    return { at, doneAt, presentedAt };
  }

  /** Whether the page usually takes more than half a frame over its part: asking would keep the compositor waiting. */
  isSlow(intervalMs) {
    return this.#lags.length > 0 && middle(this.#lags) > intervalMs / 2;
  }

  /** Usual time from a frame that is an edge to its presentation when the page has no part in it, ms. */
  get quickLatencyMs() {
    return this.#rests.length ? Math.max(0, middle(this.#rests)) : 0;
  }

  /** Remember how long after its callback a frame was presented. */
  learn(callbackAt, presentedAt) {
    if (presentedAt === null) return;
    remember(this.#latencies, presentedAt - callbackAt);
  }

  /** Usual time from a frame's callback to its presentation; null before the first. */
  get latencyMs() {
    return this.#latencies.length ? middle(this.#latencies) : null;
  }

  clear() {
    this.#place.replaceChildren();
  }
}

function remember(values, value) {
  values.push(value);
  if (values.length > REMEMBERED) values.shift();
}

/** Rehearse a few times, to see that the evidence works. */
export async function calibrate(witness, frames, { times = 5 } = {}) {
  for (let time = 0; time < times; time += 1) {
    if ((await witness.rehearse(frames)) === null) return false;
  }
  return true;
}

/** A witness that has proved itself on this device, or the one that knows nothing. */
export async function findWitness({ place, frames, wait }) {
  if (!elementTimingSupported()) return noWitness;
  try {
    const makeProbe = await probeFactory();
    const clock = { wait, now: () => performance.now(), nextFrame: browserFrames(), nextTask };
    const witness = new Witness({ place, makeProbe, observe: observePresentations, ...clock });
    return (await calibrate(witness, frames)) ? witness : noWitness;
  } catch {
    return noWitness;
  }
}
