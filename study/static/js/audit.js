/** What was really shown on a trial, and what that claim rests on. The rules are published in docs/timing.md. */

/**
 * How late the second clock's frames may come at the edges for the display to count as having kept its time, ms:
 * a quarter of a frame, where that is less than 3 ms.
 */
export function steadyEnough(intervalMs) {
  return Math.min(3, intervalMs / 4);
}

/**
 * What is known of an edge: {at, sure}.
 *
 * edge: {presentedAt, asked, prompt}, see evidence.js. frameAt: the frame that was to bring it. `at`: when it
 * was presented, ms; `sure`: whether that is its own time. Null where the page did not see it.
 */
export function readEdge({ presentedAt, prompt }, frameAt, usualLatencyMs, intervalMs) {
  if (presentedAt === null) return null;
  const usual = frameAt + (usualLatencyMs ?? 0);
  const late = usualLatencyMs !== null && presentedAt - usual >= intervalMs / 2;
  if (prompt || !late) return { at: presentedAt, sure: true };
  // The page was slow, so the compositor waited, but no longer than one frame.
  return { at: Math.min(presentedAt, usual + intervalMs), sure: false };
}

/**
 * What the isolated witness knows of an edge, in the same words: {at, sure}, or null.
 *
 * frames: see isolated_witness.js. clockLateMs: by how much the second clock's frame came late, null without it.
 * A frame that was presented in time has the edge in it. An edge is late where neither process was given its frame,
 * for then there was none; or where the witness, which was in time with the frame before and with its own part of
 * this one, was not presented in it. A witness that is late itself knows nothing.
 */
export function readProbes(frames, frameAt, usualMs, intervalMs, clockLateMs) {
  const late = (frame) => frame.presentedAt - frame.at - usualMs;
  const inTime = (frame) => Boolean(frame?.presentedAt) && late(frame) < intervalMs / 2;
  const its = frameNear(frames, frameAt, intervalMs);
  if (inTime(its)) return clockLateMs !== null && clockLateMs < intervalMs / 2 ? { at: its.presentedAt, sure: true } : null;
  if (!its && clockLateMs === null) {
    const next = frames.find(({ at }) => at > frameAt)?.at ?? frameAt + intervalMs;
    return { at: next + usualMs, sure: false };
  }
  const steady = isPrompt(its, intervalMs) && inTime(frameNear(frames, frameAt - intervalMs, intervalMs));
  return steady && its.presentedAt && late(its) > 0.6 * intervalMs ? { at: its.presentedAt, sure: false } : null;
}

const frameNear = (frames, time, intervalMs) => frames.find(({ at }) => Math.abs(at - time) < intervalMs / 2);
const isPrompt = (frame, intervalMs) => Boolean(frame?.doneAt) && frame.doneAt - frame.at < intervalMs / 2;

function readFromBeside({ probes, onsetFrame, offsetFrame, intervalMs, steadiness, isolated }) {
  const edgeFrames = [onsetFrame, offsetFrame];
  const own = edgeFrames.map((frameAt) => frameNear(probes, frameAt, intervalMs));
  isolated.learn(probes, own.filter((frame) => isPrompt(frame, intervalMs)));
  const { usualMs } = isolated;
  return edgeFrames.map((frameAt) => readProbes(probes, frameAt, usualMs ?? 0, intervalMs, steadiness.latenessOf(frameAt, intervalMs)));
}

function readFromPage({ onset, offset, onsetFrame, offsetFrame, intervalMs, witness: { latencyMs } }) {
  return [readEdge(onset, onsetFrame, latencyMs, intervalMs), readEdge(offset, offsetFrame, latencyMs, intervalMs)];
}

/**
 * The record of a presentation.
 *
 * onset, offset: see readEdge. onsetFrame, offsetFrame: the frames that were to bring them. startedAt: begin
 * of the lead-in. held: see presentation.js. probes: what the isolated witness saw, if it was asked. planned null:
 * no limit. voided: covered before its time.
 */
export function audit(run) {
  const { onsetFrame, offsetFrame, voided = false, planned, intervalMs, witness, watch } = run;
  const [onset, offset] = run.probes ? readFromBeside(run) : readFromPage(run);
  const second = readClock(run);
  // Frames of a wrong length prove nothing, however well they were kept.
  const mismeasured = run.steadiness.isFaster(intervalMs, run.startedAt, onsetFrame);
  const claimsNothing = voided || witness.kind === "none" || mismeasured;
  const shown = claimsNothing ? NOTHING : judge({ ...run, seen: [onset, offset], second });
  if (run.onset.prompt && onset) witness.learn(onsetFrame, onset.at);
  if (run.offset.prompt && offset) witness.learn(offsetFrame, offset.at);
  const frameTime = (frameAt) => (frameAt === null ? null : frameAt + witness.quickLatencyMs);
  return {
    evidence: shown.evidence,
    planned_frames: planned,
    shown_frames: shown.ms === null ? null : Math.round(shown.ms / intervalMs),
    onset_ms: onset?.at ?? frameTime(onsetFrame),
    offset_ms: voided ? run.clock.now() : (offset?.at ?? frameTime(offsetFrame)),
    shown_ms: shown.ms,
    callback_ms: voided ? null : offsetFrame - onsetFrame,
    frame_interval_ms: intervalMs,
    edges_seen: [onset, offset].filter((edge) => edge?.sure).length,
    lead_restarts: run.restarts,
    ...second,
    hidden: watch.hidden,
    blurred: watch.blurred,
    resized: watch.resized,
  };
}

const NOTHING = { evidence: "none", ms: null };

// The second clock is asked about the edges that the compositor brings, not about the time between: a frame that
// came late where nothing was to change says nothing of the presentation.
function readClock({ steadiness, startedAt, onsetFrame, offsetFrame, planned, intervalMs }) {
  if (startedAt === null) return { clock_late_ms: null, longest_gap_ms: null, late_frames: null };
  const last = planned === null ? onsetFrame : offsetFrame;
  const gaps = steadiness.gaps(onsetFrame, last + intervalMs / 2);
  const late = [onsetFrame, last].map((frameAt) => steadiness.lateAt(frameAt, intervalMs));
  return {
    clock_late_ms: late.includes(null) ? null : Math.max(...late),
    longest_gap_ms: gaps.length ? Math.max(...gaps) : null,
    late_frames: gaps.length ? gaps.filter((gap) => gap > 1.5 * intervalMs).length : null,
  };
}

function judge({ onset, offset, onsetFrame, offsetFrame, planned, intervalMs, witness, held, seen, second, probes, isolated }) {
  const [on, off] = seen;
  if (on && off) return bySight(off.at - on.at, { planned, intervalMs, witness, sure: on.sure && off.sure });
  if (probes) return byOneEdge(on ?? off, { on, off, onsetFrame, offsetFrame, planned, intervalMs, witness, usualMs: isolated.usualMs ?? 0 });
  const unknown = (seen, edge, isHeld) => !seen && (edge.asked || isHeld);
  if (unknown(on, onset, held) || unknown(off, offset, false)) return NOTHING;
  const late = second.clock_late_ms;
  if (late === null || late > steadyEnough(intervalMs)) return NOTHING;
  // The display kept its time while the page was not looking; what was seen of the other edge counts.
  const usual = witness.quickLatencyMs;
  const ms = (off?.at ?? offsetFrame + usual) - (on?.at ?? onsetFrame + usual);
  return { evidence: "frame_clock", ms: positive(Math.round(ms / intervalMs) * intervalMs) };
}

// Nothing is known of the other edge: one that was late is enough to say no, one in time is not enough for yes.
function byOneEdge(known, { on, off, onsetFrame, offsetFrame, planned, intervalMs, witness, usualMs }) {
  if (!known || known.sure) return NOTHING;
  const ms = (off?.at ?? offsetFrame + usualMs) - (on?.at ?? onsetFrame + usualMs);
  return bySight(ms, { planned, intervalMs, witness, sure: false });
}

// An edge whose own time is not known is enough to say that the pair was not shown as planned, not that it was.
function bySight(ms, { planned, intervalMs, witness, sure }) {
  const asPlanned = planned === null || Math.round(ms / intervalMs) === planned;
  if (asPlanned && !sure) return NOTHING;
  return { evidence: witness.kind, ms: positive(ms) };
}

const positive = (ms) => Math.max(0, ms);
