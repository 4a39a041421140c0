/** What was really shown on a trial, and what that claim rests on. */

/**
 * How late the second clock's frames may come for the display to count as having kept its time, ms.
 *
 * Published in docs/timing.md. A quarter of a frame, where that is less than 3 ms.
 */
export function steadyEnough(intervalMs) {
  return Math.min(3, intervalMs / 4);
}

/**
 * By how many frames an edge was presented later than usual; 0 where the page was too busy to see it.
 *
 * edge: {presentedAt, seen}. frameAt: the frame that was to bring the edge.
 */
export function framesLate(edge, frameAt, usualLatencyMs, intervalMs) {
  if (!edge.seen || usualLatencyMs === null) return 0;
  return Math.round((edge.presentedAt - frameAt - usualLatencyMs) / intervalMs);
}

/**
 * The record of a presentation.
 *
 * onset, offset: {presentedAt, seen, prompt}, see evidence.js. onsetFrame, offsetFrame: the frames that were to
 * bring them. startedAt: begin of the lead-in. planned null: no limit. voided: covered before its time.
 */
export function audit(run) {
  const { onset, offset, onsetFrame, offsetFrame, voided = false, planned, intervalMs, witness, watch } = run;
  const second = readClock(run);
  const shownMs = voided || witness.kind === "none" ? null : timeShown({ ...run, second });
  const bothSeen = onset.seen && offset.seen;
  const record = {
    evidence: shownMs === null ? "none" : bothSeen ? witness.kind : "frame_clock",
    planned_frames: planned,
    shown_frames: shownMs === null ? null : Math.round(shownMs / intervalMs),
    onset_ms: stamp(onset, onsetFrame, witness),
    offset_ms: voided ? run.clock.now() : stamp(offset, offsetFrame, witness),
    shown_ms: shownMs,
    callback_ms: voided ? null : offsetFrame - onsetFrame,
    frame_interval_ms: intervalMs,
    edges_seen: Number(onset.seen) + Number(offset.seen),
    restarts: run.restarts,
    ...second,
    hidden: watch.hidden,
    blurred: watch.blurred,
    resized: watch.resized,
  };
  if (onset.prompt) witness.learn(onsetFrame, onset.presentedAt);
  if (offset.prompt) witness.learn(offsetFrame, offset.presentedAt);
  return record;
}

// The second clock is read from the lead-in to two frames after the last edge that the compositor brings.
function readClock({ steadiness, startedAt, onsetFrame, offsetFrame, planned, intervalMs }) {
  if (startedAt === null) return { clock_late_ms: null, longest_gap_ms: null, late_frames: null };
  const last = planned === null ? onsetFrame : offsetFrame;
  const gaps = steadiness.gaps(onsetFrame, last + intervalMs / 2);
  return {
    clock_late_ms: steadiness.worst(startedAt, last + 2 * intervalMs, intervalMs),
    longest_gap_ms: gaps.length ? Math.max(...gaps) : null,
    late_frames: gaps.length ? gaps.filter((gap) => gap > 1.5 * intervalMs).length : null,
  };
}

// With both edges seen, their presentation times decide. Where the page was too busy to see one, the display
// is known to have kept its time only if the second clock did; what was seen of the other edge still counts.
function timeShown({ onset, offset, onsetFrame, offsetFrame, planned, intervalMs, witness, second }) {
  if (onset.seen && offset.seen) return positive(offset.presentedAt - onset.presentedAt);
  const late = second.clock_late_ms;
  if (planned === null || onset.delayed || offset.delayed) return null;
  if (late === null || late > steadyEnough(intervalMs)) return null;
  const { latencyMs } = witness;
  const moved = framesLate(offset, offsetFrame, latencyMs, intervalMs) - framesLate(onset, onsetFrame, latencyMs, intervalMs);
  return positive((planned + moved) * intervalMs);
}

const positive = (ms) => (ms > 0 ? ms : null);

function stamp(edge, frameAt, witness) {
  if (edge.seen) return edge.presentedAt;
  return frameAt === null ? null : frameAt + (witness.latencyMs ?? 0);
}
