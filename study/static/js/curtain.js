/**
 * Uncover the faces and end their exposure without the page: by animations that the compositor runs itself.
 *
 * Under an opaque cover lie the faces, between them a layer with what comes after them. A lead-in of several
 * frames, in which nothing changes, lets the compositor have everything ready; then the cover goes at the
 * onset and the layer between comes at the offset. Both edges stand half a frame before the frame that is to
 * bring them, so that no rounding can move them to another.
 */

/**
 * Frames from the start of the animations to the onset: 200 ms or six frames, whichever is more.
 *
 * Six let the compositor have everything ready. When it begins, the page is asked for one more frame; should
 * the page be blocked just then, the rest of the time is there for that to be over before the onset.
 */
export function leadFrames(intervalMs) {
  return Math.max(6, Math.round(200 / intervalMs));
}

// The animations hold their last state until the page, which may be busy, has taken it over.
const TAIL_FRAMES = 8;

// A layer that is fully opaque or fully clear hides others from the compositor, or itself: it would be made
// ready only when it is first needed, at the edge. So in the lead-in, and only there, the cover is one step short
// of opaque. Where that is drawn in eight bits, a face shines through by one level of 255.
export const COVERED = 0.9999;
export const CLEAR = 0.0001;

/** Keyframes that step from one opacity to another at `edge` of `length`, in any one unit. */
export function step(from, to, edge, length) {
  return [
    { opacity: from, offset: 0, easing: "step-end" },
    { opacity: to, offset: edge / length, easing: "step-end" },
    { opacity: to, offset: 1 },
  ];
}

export class Curtain {
  #layers;

  /** `layers()` gives the elements {cover, after} as they are now. */
  constructor(layers) {
    this.#layers = layers;
  }

  /**
   * Begin the lead-in; planned null: the faces stay. Returns {started, cancel()}: `started` resolves with the
   * frame time at which the compositor began, on the page's clock; the onset is leadFrames() later.
   */
  draw({ intervalMs, planned }) {
    const { cover, after } = this.#layers();
    const lead = leadFrames(intervalMs);
    const length = lead + (planned ?? 0) + TAIL_FRAMES;
    const timing = { duration: length * intervalMs, fill: "forwards" };
    const running = [cover.animate(step(COVERED, 0, lead - 0.5, length), timing)];
    if (planned !== null) {
      running.push(after.animate(step(CLEAR, 1, lead + planned - 0.5, length), timing));
    }
    const cancel = () => running.forEach((animation) => animation.cancel());
    // A cancelled animation rejects its promise; whoever cancels has stopped waiting.
    const started = Promise.all(running.map(({ ready }) => ready)).then(([{ startTime }]) => startTime, () => undefined);
    return { started, cancel };
  }
}
