/** What was really shown on a trial, and what that claim rests on. The rules are published in docs/timing.md. */
import { isDoubtful, readDrawings } from "./drawings.js";
import { steadyEnough } from "./steadiness.js";

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

const frameNear = (frames, time, intervalMs) => frames.find(({ at }) => Math.abs(at - time) < intervalMs / 2);
const isPrompt = (frame, intervalMs) => Boolean(frame?.doneAt) && frame.doneAt - frame.at < intervalMs / 2;

const clockAt = (frameAt, steadiness, intervalMs) => ({
  gotAt: steadiness.receiptOf(frameAt, intervalMs),
  worstMs: steadiness.lateAt(frameAt, intervalMs),
});

function readFromBeside({ probes, onsetFrame, offsetFrame, intervalMs, steadiness, isolated }) {
  const edgeFrames = [onsetFrame, offsetFrame];
  const own = edgeFrames.map((frameAt) => frameNear(probes, frameAt, intervalMs));
  isolated.learn(probes, own.filter((frame) => isPrompt(frame, intervalMs)));
  const usualMs = isolated.usualMs ?? 0;
  return edgeFrames.map((frameAt) => readDrawings(probes, frameAt, usualMs, intervalMs, clockAt(frameAt, steadiness, intervalMs)));
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
    shown_frames: shown.frames,
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

const NOTHING = { evidence: "none", frames: null, ms: null };

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

function judge(run) {
  if (run.probes) return byDrawings(run);
  const { onset, offset, onsetFrame, offsetFrame, planned, intervalMs, witness, held, second } = run;
  const [on, off] = run.seen;
  if (on && off) return bySight(off.at - on.at, { planned, intervalMs, witness, sure: on.sure && off.sure });
  const unknown = (seen, edge, isHeld) => !seen && (edge.asked || isHeld);
  if (unknown(on, onset, held) || unknown(off, offset, false)) return NOTHING;
  const late = second.clock_late_ms;
  if (late === null || late > steadyEnough(intervalMs)) return NOTHING;
  // The display kept its time while the page was not looking; what was seen of the other edge counts.
  const usual = witness.quickLatencyMs;
  const ms = (off?.at ?? offsetFrame + usual) - (on?.at ?? onsetFrame + usual);
  const frames = inFrames(ms, intervalMs);
  return { evidence: "frame_clock", frames, ms: frames * intervalMs };
}

// An edge of which nothing is known is taken as in time: that is enough to say no where the other was late, never yes.
function byDrawings({ seen, onsetFrame, offsetFrame, planned, intervalMs, witness, isolated, steadiness }) {
  const usualMs = isolated.usualMs ?? 0;
  const on = seen[0] ?? { at: onsetFrame + usualMs, sure: false };
  const off = seen[1] ?? { at: offsetFrame + usualMs, sure: false };
  const tooLongMs = off.at - on.at - planned * intervalMs;
  const clockLateMs = steadiness.lateAt(tooLongMs > 0 ? offsetFrame : onsetFrame, intervalMs);
  if (isDoubtful(Math.abs(tooLongMs), clockLateMs, intervalMs)) return NOTHING;
  return bySight(off.at - on.at, { planned, intervalMs, witness, sure: on.sure && off.sure });
}

// An edge whose own time is not known is enough to say that the pair was not shown as planned, not that it was, nor
// for how long it was shown.
function bySight(ms, { planned, intervalMs, witness, sure }) {
  const frames = inFrames(ms, intervalMs);
  const asPlanned = planned === null || frames === planned;
  if (asPlanned && !sure) return NOTHING;
  return { evidence: witness.kind, frames, ms: sure ? Math.max(0, ms) : null };
}

const inFrames = (ms, intervalMs) => Math.max(0, Math.round(ms / intervalMs));
