/**
 * What the witness in another process tells of the edges: with which of the display's drawings they came.
 *
 * The display draws page and witness into one picture. So every time that the witness reports is that of a drawing
 * of both, in whatever frame the witness made its part of it; and an edge comes with the first drawing at or after
 * the frame that is to bring it. A witness that is itself late by a frame, and stays so, tells as much as any other.
 */

// In parts of a frame, from the moment at which the drawing of an edge is due. Chosen on presentations that were
// compared with the screen: docs/timing.md, "What the record makes of it".
const EARLIEST = 0.3; // what is drawn before belongs to the frame before, which was late
const AS_USUAL = 0.25;
const IN_TIME = 0.5;
const NEXT = 1.5;
const HARDLY_LATE = 0.1; // of the second clock
// About half a frame from the plan, only the second clock tells a display that was held up from one that waited for
// the witness until its frame was nearly over.
const DOUBTFUL = [IN_TIME, 0.55];
const HELD_UP = 0.6;

/**
 * What is known of an edge: {at, sure}, or null.
 *
 * frames: see isolated_witness.js. frameAt: the frame that was to bring it, usually drawn `usualMs` later. clock:
 * {gotAt, worstMs}, when the second clock got that frame or a later one, and how late it was with that one or the
 * next, ms; null without a second clock. `at`: when the edge was presented, ms; `sure`: whether that is its own time;
 * if not, it was late, and its time is that of the first drawing seen after it.
 */
export function readDrawings(frames, frameAt, usualMs, intervalMs, { gotAt, worstMs }) {
  const due = frameAt + usualMs;
  const drawn = drawnAfter(frames, due, intervalMs, gotAt);
  const at = Math.min(...drawn.map(({ presentedAt }) => presentedAt));
  const lateBy = (at - due) / intervalMs;
  if (lateBy < AS_USUAL) return { at, sure: true };
  if (lateBy < IN_TIME) return gotAt !== null && gotAt - frameAt < intervalMs / 2 ? { at, sure: true } : null;
  // The display waits for the witness until a frame is nearly over, and then draws without it. So what comes much
  // later, or was made for a later frame, need not have been the first.
  const wasFirst = lateBy < NEXT && drawn.some((frame) => frame.presentedAt === at && frame.at < frameAt + intervalMs / 2);
  if (wasFirst) return { at, sure: true };
  if (worstMs === null || worstMs <= HARDLY_LATE * intervalMs) return null;
  return { at: Number.isFinite(at) ? at : due + worstMs, sure: false };
}

// A drawing that is late, but less than half a frame, may be that of the frame before: so it is where the display
// handed out the edge's frame only afterwards.
function drawnAfter(frames, due, intervalMs, gotAt) {
  const from = (time) => frames.filter(({ presentedAt }) => presentedAt !== null && presentedAt >= time);
  const drawn = from(due - EARLIEST * intervalMs);
  const firstAt = Math.min(...drawn.map(({ presentedAt }) => presentedAt));
  if (gotAt === null) return drawn;
  const early = firstAt >= due + AS_USUAL * intervalMs && firstAt < due + IN_TIME * intervalMs && firstAt < gotAt;
  return early ? from(gotAt) : drawn;
}

/** Whether an exposure that was off by so much may have been as planned. clockLateMs: see `worstMs`. */
export function isDoubtful(offByMs, clockLateMs, intervalMs) {
  const [from, to] = DOUBTFUL;
  if (offByMs <= from * intervalMs || offByMs > to * intervalMs) return false;
  return clockLateMs === null || clockLateMs <= HELD_UP * intervalMs;
}
