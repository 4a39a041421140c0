/** A browser that shows each flash for as many frames as it is told, and says so. */

/** What flashes() needs; shownFrames: of each flash, null for one that nothing is known of. */
export function serial({ shownFrames, disturbed = [], flashMs = 100 }) {
  let time = 0;
  let turn = -1;
  const drawn = [];
  const painter = { spread: () => drawn.push("spread"), blank: () => drawn.push("blank"), stir: () => drawn.push("stir") };
  const witness = { kind: "element_timing", rehearse: async () => drawn.push("rehearse"), rehearseEdge: async (_, stir) => stir(), prepare: async () => {} };
  const watch = () => {
    turn += 1;
    return { blurred: disturbed.includes(turn), end: () => drawn.push("end") };
  };
  const show = async ({ watch: { blurred }, exposureMs }) => {
    time += flashMs;
    drawn.push(exposureMs);
    const shown = shownFrames[turn];
    return { evidence: shown === null ? "none" : "element_timing", planned_frames: 6, shown_frames: shown, blurred };
  };
  return { frames: {}, witness, watch, show, painter, clock: { now: () => time }, drawn };
}
