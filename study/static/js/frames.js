/** Frames of the display: when the next one comes and how far apart they are. */

/** The browser's own frames; resolves inside the callback, so what follows is painted in that frame. */
export function browserFrames(scope = globalThis) {
  return () => new Promise((resolve) => scope.requestAnimationFrame(resolve));
}

/**
 * The usual interval between frames, in ms; null without any.
 *
 * Takes the median, drops intervals further than a quarter from it (dropped frames, pauses), and averages
 * the rest: a browser that stamps frames in whole milliseconds has a median of 17 ms at 60 Hz, which would
 * be two frames wrong after two seconds. Of two intervals in the middle the shorter one is the median: halfway
 * between them, as when every other frame is dropped, there may be none to average.
 */
export function usualInterval(intervals) {
  if (intervals.length === 0) return null;
  const sorted = [...intervals].sort((a, b) => a - b);
  const median = sorted[(sorted.length - 1) >> 1];
  const usual = intervals.filter((interval) => Math.abs(interval - median) <= median / 4);
  return usual.reduce((sum, interval) => sum + interval, 0) / usual.length;
}

export function middle(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Hands out frames and keeps the last intervals, so that the estimate follows a display that changes. */
export class FrameMeter {
  #nextFrame;
  #keep;
  #intervals = [];
  #last = null;

  constructor(nextFrame, { keep = 120 } = {}) {
    this.#nextFrame = nextFrame;
    this.#keep = keep;
  }

  async next() {
    const now = await this.#nextFrame();
    // Longer than a quarter second is a pause in which nobody asked for frames, not an interval.
    if (this.#last !== null && now > this.#last && now - this.#last < 250) {
      this.#intervals.push(now - this.#last);
      if (this.#intervals.length > this.#keep) this.#intervals.shift();
    }
    this.#last = now;
    return now;
  }

  /** Forget the last frame: the next interval would count time in which nobody asked. */
  pause() {
    this.#last = null;
  }

  async warmUp(frames = 45) {
    this.pause();
    for (let counted = 0; counted <= frames; counted += 1) await this.next();
    return this.intervalMs;
  }

  get intervalMs() {
    return usualInterval(this.#intervals);
  }
}
