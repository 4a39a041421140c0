/** Show one face or two for their time and say what was really shown. Frames, painter and evidence come in. */

/**
 * Frames nearest the planned time; at least one.
 *
 * A tie (50 ms at 50 Hz) goes to the longer time; the hundredth keeps the noise of the measured interval
 * from deciding it anew on every trial.
 */
export function plannedFrames(exposureMs, intervalMs) {
  return Math.max(1, Math.floor(exposureMs / intervalMs + 0.51));
}

/**
 * Show the faces at the next frame, cover them at the frame nearest the plan, and report.
 *
 * frames: `next()` and `intervalMs`. painter: `faces()`, `cover()`. witness: see evidence.js.
 * watch: what may disturb (see attention.js). exposureMs null: until `answered` resolves.
 * A page that becomes hidden is covered at once, so that the faces cannot flash up when it comes back.
 */
export async function present({ frames, painter, witness, watch, exposureMs, answered = null }) {
  const intervalMs = frames.intervalMs;
  const planned = exposureMs === null ? null : plannedFrames(exposureMs, intervalMs);
  const edges = await showUntilOver({ frames, painter, witness, watch, planned, intervalMs, answered });
  const [presentedOn, presentedOff] = await Promise.all([edges.seenOn, edges.seenOff]);
  witness.learn(edges.onset, presentedOn);
  witness.clear();
  return report({ edges, presentedOn, presentedOff, planned, intervalMs, kind: witness.kind, watch });
}

async function showUntilOver({ frames, painter, witness, watch, planned, intervalMs, answered }) {
  let done = false;
  answered?.then(() => (done = true));
  const onset = await frames.next();
  painter.faces();
  const seenOn = witness.mark("onset");
  let lateMs = 0;
  seenOn.then((presented) => (lateMs = lateBy(presented, onset, witness.latencyMs, intervalMs)));
  const gaps = [];
  let now = onset;
  const over = () => (planned === null ? done : now - onset - lateMs >= (planned - 0.5) * intervalMs);
  while (!over() && !watch.hidden) {
    const next = await Promise.race([frames.next(), watch.whenHidden]);
    if (next === undefined) break;
    gaps.push(next - now);
    now = next;
  }
  painter.cover();
  return { onset, offset: now, seenOn, seenOff: watch.hidden ? null : witness.mark("offset"), gaps };
}

/**
 * By how much the onset was presented later than usual, in whole frames' ms; 0 when that is not known.
 *
 * The time is counted from the frame that was presented: a slow first draw would shorten it otherwise.
 */
export function lateBy(presented, callback, usualLatencyMs, intervalMs) {
  if (presented === null || usualLatencyMs === null) return 0;
  const frames = Math.round((presented - callback - usualLatencyMs) / intervalMs);
  return Math.max(0, frames) * intervalMs;
}

function report({ edges, presentedOn, presentedOff, planned, intervalMs, kind, watch }) {
  const known = presentedOn !== null && presentedOff !== null && presentedOff > presentedOn;
  const shownMs = known ? presentedOff - presentedOn : null;
  return {
    evidence: known ? kind : "none",
    planned_frames: planned,
    shown_frames: known ? Math.round(shownMs / intervalMs) : null,
    onset_ms: presentedOn ?? edges.onset,
    offset_ms: presentedOff ?? edges.offset,
    shown_ms: shownMs,
    callback_ms: edges.offset - edges.onset,
    frame_interval_ms: intervalMs,
    longest_gap_ms: edges.gaps.length ? Math.max(...edges.gaps) : null,
    late_frames: edges.gaps.filter((gap) => gap > 1.5 * intervalMs).length,
    hidden: watch.hidden,
    blurred: watch.blurred,
    resized: watch.resized,
  };
}
