/** A display of 60 Hz that shows each flash for as many frames as it is told, and a browser that says so. */
const FRAME_MS = 1000 / 60;

/** What flashes() needs; shownFrames: of each flash, null for one that nothing is known of. */
export function serial({ shownFrames, disturbed = [], flashMs = 0 }) {
  let time = 0;
  let turn = -1;
  let onset = 0;
  const frames = { intervalMs: FRAME_MS, next: async () => (time += FRAME_MS), pause: () => (time += flashMs) };
  const witness = {
    kind: "element_timing",
    latencyMs: null,
    prepare: async () => {},
    learn: () => {},
    clear: () => {},
    mark: async (edge) => {
      if (edge === "onset") return (onset = time);
      return shownFrames[turn] === null ? null : onset + shownFrames[turn] * FRAME_MS;
    },
  };
  const watch = () => {
    turn += 1;
    return { hidden: false, blurred: disturbed.includes(turn), resized: false, whenHidden: new Promise(() => {}), end() {} };
  };
  return { frames, witness, watch, now: () => time, painter: { faces() {}, cover() {} } };
}
