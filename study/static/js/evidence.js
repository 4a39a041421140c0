/**
 * When something was really presented, by the browser's own account (Element Timing, Chromium only).
 *
 * A tiny picture that is first painted in the same frame as an edge of the exposure is reported with the
 * time of that frame. Frame callbacks stay perfect while the compositor is late; this does not.
 */
import { middle } from "./frames.js";

const PATIENCE_MS = 1500;
const SPARE = 6;
const REMEMBERED = 15;

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

/** What stands in where the browser gives no evidence: every question is answered with "unknown". */
export const noWitness = {
  kind: "none",
  latencyMs: null,
  prepare: async () => {},
  mark: async () => null,
  learn: () => {},
  clear: () => {},
};

export class Witness {
  kind = "element_timing";
  #place;
  #makeProbe;
  #wait;
  #spare = [];
  #waiting = new Map();
  #latencies = [];
  #count = 0;

  /** `observe(report)` starts the observation; `wait(ms)` resolves after so long. */
  constructor({ place, makeProbe, observe, wait }) {
    this.#place = place;
    this.#makeProbe = makeProbe;
    this.#wait = wait;
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

  /** Remember how long after its callback a frame was presented. */
  learn(callbackAt, presentedAt) {
    if (presentedAt === null) return;
    this.#latencies.push(presentedAt - callbackAt);
    if (this.#latencies.length > REMEMBERED) this.#latencies.shift();
  }

  /** Usual time from a frame's callback to its presentation; null before the first. */
  get latencyMs() {
    return this.#latencies.length ? middle(this.#latencies) : null;
  }

  clear() {
    this.#place.replaceChildren();
  }
}

/** Present a few probes with nothing else, to see that the evidence works and how late frames usually are. */
export async function calibrate(witness, frames, { times = 5 } = {}) {
  for (let time = 0; time < times; time += 1) {
    await witness.prepare();
    const at = await frames.next();
    const presented = await witness.mark("calibration");
    if (presented === null) return false;
    witness.learn(at, presented);
    witness.clear();
    frames.pause();
  }
  return true;
}

/** A witness that has proved itself on this device, or the one that knows nothing. */
export async function findWitness({ place, frames, wait }) {
  if (!elementTimingSupported()) return noWitness;
  try {
    const makeProbe = await probeFactory();
    const witness = new Witness({ place, makeProbe, observe: observePresentations, wait });
    return (await calibrate(witness, frames)) ? witness : noWitness;
  } catch {
    return noWitness;
  }
}
