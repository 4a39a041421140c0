/**
 * Show one face or two for their time and say what was really shown.
 *
 * The browser's compositor carries out both edges of the exposure by itself (curtain.js), so a busy page
 * cannot move them. While it does, the page draws nothing: a frame the page has asked for and is too busy to
 * make would hold the compositor up. Frames, curtain, painter, witness, steadiness and clock come in.
 */
import { audit } from "./audit.js";
import { leadFrames } from "./curtain.js";
import { UNSEEN } from "./evidence.js";
import { nobody } from "./isolated_witness.js";

const RESTARTS = 3;

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
 * Uncover what the painter has spread under the cover, for the frames nearest the plan, and report.
 *
 * frames: `next()` and `intervalMs`. curtain: `draw()`, see curtain.js. painter: `blank()`, and `over()` once
 * the compositor has shown what comes after the faces. witness: see evidence.js. isolated: see
 * isolated_witness.js; it looks at the edges in the page's place. steadiness: see steadiness.js. clock: `now()` and
 * `wait(ms)`. watch: what may disturb (see attention.js). exposureMs null: until `answered` resolves; `uncovered`
 * is called when the faces are there, `covered` when their time is over.
 * A page that becomes hidden is covered at once, so that the faces cannot flash up when it comes back.
 */
export async function present({ isolated = nobody, ...others }) {
  const tools = { ...others, isolated };
  const { frames, exposureMs, steadiness, witness } = tools;
  const intervalMs = frames.intervalMs;
  const planned = exposureMs === null ? null : plannedFrames(exposureMs, intervalMs);
  frames.pause();
  steadiness.start();
  const run = await beginSteadily({ ...tools, planned, intervalMs });
  const show = planned === null ? showUntilAnswered : showForFrames;
  const edges = run.onsetFrame === null ? coverAtOnce(run.drawn, tools.painter) : await show(run, { ...tools, intervalMs });
  const seen = isolated.seen();
  const probes = edges.voided ? null : await seen;
  if (witness.kind !== "none") await steadiness.caughtUp();
  const record = audit({ ...tools, ...run, ...edges, probes, planned, intervalMs });
  steadiness.stop();
  witness.clear();
  return record;
}

// As long as nothing was seen, a lead-in in which the display faltered is begun anew; nobody can see it.
async function beginSteadily(tools) {
  const { curtain, clock, watch, steadiness, witness, isolated, planned, intervalMs } = tools;
  for (let restarts = 0; ; restarts += 1) {
    const drawn = curtain.draw({ intervalMs, planned });
    const startedAt = await Promise.race([drawn.started, watch.whenHidden]);
    if (watch.hidden) return { drawn, restarts, startedAt: null, onsetFrame: null, offsetFrame: null };
    const onsetFrame = startedAt + leadFrames(intervalMs) * intervalMs;
    const offsetFrame = planned === null ? null : onsetFrame + planned * intervalMs;
    if (planned !== null && witness.kind !== "none") isolated.watch({ onsetFrame, offsetFrame, intervalMs });
    // The compositor's begin makes the page owe it a frame; a page blocked from here to the onset holds it up.
    await until(startedAt + 2 * intervalMs, clock, watch);
    const held = clock.now() > onsetFrame - intervalMs / 2;
    await until(onsetFrame - 2.5 * intervalMs, clock, watch);
    const thereIsTime = clock.now() < onsetFrame - 1.5 * intervalMs;
    const faltered = steadiness.worst(startedAt, onsetFrame - 3 * intervalMs, intervalMs) > intervalMs / 2;
    if (restarts === RESTARTS || !thereIsTime || !faltered || watch.hidden) {
      return { drawn, restarts, startedAt, onsetFrame, offsetFrame, held };
    }
    drawn.cancel();
  }
}

function until(at, clock, watch) {
  return Promise.race([clock.wait(Math.max(0, at - clock.now())), watch.whenHidden]);
}

async function showForFrames({ drawn, onsetFrame, offsetFrame }, tools) {
  const { painter, clock, watch, intervalMs, covered } = tools;
  const onset = look("onset", onsetFrame, tools);
  const offset = look("offset", offsetFrame, tools);
  await until(offsetFrame + 1.5 * intervalMs, clock, watch);
  if (watch.hidden && clock.now() < offsetFrame) return coverAtOnce(drawn, painter);
  // The compositor has changed the picture; the page now says the same, so that the animations can go.
  painter.over();
  drawn.cancel();
  covered?.();
  return { ...(await onset), ...(await offset) };
}

// Shortly before an edge the second clock tells more exactly when its frame is due: over seconds the measured
// interval runs away from the display.
async function look(edge, frameAt, { clock, watch, witness, isolated, steadiness, intervalMs }) {
  await until(frameAt - 2.5 * intervalMs, clock, watch);
  const dueAt = steadiness.nearestFrame(frameAt, intervalMs);
  // To look would move the edge on a page that is slow, or apt to be blocked between asking and making.
  const mayLook = !isolated.watching && !witness.isSlow(intervalMs) && !steadiness.pageBlocks;
  const seen = mayLook ? await witness.appoint(edge, dueAt, intervalMs) : UNSEEN;
  return { [edge]: seen, [`${edge}Frame`]: dueAt };
}

async function showUntilAnswered({ drawn, onsetFrame }, tools) {
  const { painter, clock, watch, witness, frames, steadiness, intervalMs, uncovered, answered } = tools;
  const onset = look("onset", onsetFrame, tools);
  await until(onsetFrame + 1.5 * intervalMs, clock, watch);
  painter.uncover();
  drawn.cancel();
  // What the page does while it is being answered says nothing about the presentation.
  until(onsetFrame + 2.5 * intervalMs, clock, watch).then(() => steadiness.stop());
  uncovered();
  await answered;
  const offsetFrame = await frames.next();
  painter.blank();
  const presentedAt = await witness.mark("offset");
  return { ...(await onset), offsetFrame, offset: { presentedAt, asked: true, prompt: true } };
}

function coverAtOnce(drawn, painter) {
  drawn.cancel();
  painter.blank();
  return { onset: UNSEEN, offset: UNSEEN, voided: true };
}
