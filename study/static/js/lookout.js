/**
 * Paint a probe in each of the display's frames near an edge, and learn when each was presented.
 *
 * This runs in a frame of its own (isolated_frame.js), so no compositor that brings an edge waits for it.
 */

const PATIENCE_MS = 1500;
// Frames are asked for a while before the first that counts: a renderer that has rested is slow with its first.
const RUN_UP_MS = 80;

export class Lookout {
  #tools;
  #waiting = new Map();
  #count = 0;
  #latest = null;

  /**
   * `now()`, `wait(ms)`, `nextFrame()`, `nextTask()`: as in evidence.js. `paint(identifier)` puts a probe into the
   * frame being made, `clear()` takes all away, `observe(report)` starts the observation.
   */
  constructor({ observe, ...tools }) {
    this.#tools = tools;
    observe((identifier, time) => {
      this.#waiting.get(identifier)?.(time);
      this.#waiting.delete(identifier);
    });
  }

  /**
   * Look at the frames of some stretches of time, [[from, to], …] in order. Resolves with [{at, doneAt, presentedAt}]
   * when of each stretch a frame after its end was presented, or long after; a later look ends an earlier one.
   */
  async look(stretches) {
    const frames = [];
    this.#latest = frames;
    this.#waiting.clear();
    this.#tools.clear();
    for (const [from, to] of stretches) await this.#through(from, to, frames);
    return frames;
  }

  async #through(from, to, frames) {
    const { now, wait } = this.#tools;
    await wait(Math.max(0, from - RUN_UP_MS - now()));
    const stretch = { from, to, over: false };
    await Promise.race([this.#watch(stretch, frames), wait(Math.max(0, to - now()) + PATIENCE_MS)]);
    stretch.over = true;
  }

  async #watch(stretch, frames) {
    while (!stretch.over && frames === this.#latest) {
      const at = await this.#tools.nextFrame();
      if (at >= stretch.from && !stretch.over) frames.push(this.#probe(at, stretch));
    }
  }

  // What this returns is filled in later.
  #probe(at, stretch) {
    const { paint, nextTask, now } = this.#tools;
    const frame = { at, doneAt: null, presentedAt: null };
    const identifier = `frame-${(this.#count += 1)}`;
    this.#waiting.set(identifier, (time) => {
      frame.presentedAt = time;
      stretch.over ||= at >= stretch.to;
    });
    paint(identifier);
    nextTask().then(() => (frame.doneAt = now()));
    return frame;
  }
}
