/** One trial: fixation, faces, mask, questions; ends as a message in the outbox. */
import { interruptionOf, watchDisturbances, whenVisible } from "./attention.js";
import { leadFrames } from "./curtain.js";
import { Deadline } from "./deadline.js";
import { present } from "./presentation.js";
import { ask } from "./questions.js";
import { asRatings } from "./responses.js";
import { checkWords, texts } from "./texts.js";

// The note that a trial was begun is written this long before its onset, so that no disk is busy at the edge.
const NOTE_AHEAD_MS = 100;

/**
 * Run one trial; resolves once its message is kept, with its status ("answered", "timed_out" or
 * "interrupted") and the answers.
 *
 * tools: frames, painter, curtain, steadiness, clock, pictures, witness, outbox, presses, process, panel, faces,
 * wait, kind, setting(), onQuestions(), countdown(seconds), fits(), refit(), enter(phase): fixation, exposure, mask,
 * questions, after.
 */
export async function runTrial(trial, block, tools) {
  const { painter, frames, outbox, wait } = tools;
  const labels = labelWords(trial, tools.kind);
  tools.faces.setAttribute("aria-label", texts.faces[block.layout]);
  tools.enter("fixation");
  for (;;) {
    painter.load(await tools.pictures.faces(trial), labels);
    painter.spread({ mask: trial.exposure_ms !== null && block.mask_ms > 0 });
    await tools.witness.rehearse(frames);
    await tools.witness.rehearseEdge(frames, () => painter.stir());
    await tools.witness.prepare();
    await fixate(trial, block, tools);
    // A window that was turned or resized meanwhile has room for faces of another size.
    if (tools.fits()) break;
    await tools.refit();
  }
  tools.enter("exposure");
  const watch = watchDisturbances({ place: () => placeOf(tools.faces) });
  tools.process.begin(performance.now());
  const askThis = () => {
    tools.enter("questions");
    describe(tools.faces, labels, block.layout);
    tools.onQuestions();
    return askAll(trial, block, tools);
  };
  const shown =
    trial.exposure_ms === null
      ? await askBeside({ ...tools, watch, askThis })
      : await askAfter(trial, block, { ...tools, watch, askThis });
  frames.pause();
  const presentation = { ...shown.presentation, ...tools.setting() };
  const asked = shown.asked ?? { answers: [], complete: false, askedAt: null, overAt: null };
  const { answers } = asked;
  const process = tools.process.summary(answers, presentation.onset_ms);
  tools.enter("after");
  const ratings = await asRatings(answers, presentation.onset_ms, wait);
  const status = shown.asked ? (asked.complete ? "answered" : "timed_out") : "interrupted";
  await outbox.put({ kind: "trial", position: trial.position, status, presentation, ratings, process });
  for (const event of tools.process.early(trial.position, presentation, asked)) await outbox.put(event);
  return { status, answers, interruption: presentation.interruption ?? null };
}

/** Where the faces are in the window and how large; empty while they are nowhere. */
function placeOf(faces) {
  const { x, y, width, height } = faces.getBoundingClientRect();
  return [x, y, width, height, devicePixelRatio].join(" ");
}

function labelWords(trial, kind) {
  return (trial.labels ?? []).map((label) => texts.labels[kind][label]);
}

// Who hears the page instead of seeing it learns of the labels when they have been seen, not before.
function describe(faces, labels, layout) {
  if (labels.length) faces.setAttribute("aria-label", texts.labelled[layout](...labels));
}

// Nothing was seen yet: a page that was hidden meanwhile simply begins again. The lead-in of the curtain is
// the last part of the fixation.
async function fixate(trial, { fixation_ms }, { frames, painter, outbox, setting }) {
  const lengthMs = fixation_ms - leadFrames(frames.intervalMs) * frames.intervalMs;
  let noted = false;
  for (;;) {
    await whenVisible();
    const watch = watchDisturbances();
    frames.pause();
    const begun = await frames.next();
    painter.fixation();
    for (let now = begun; now - begun < lengthMs - frames.intervalMs / 2; now = await frames.next()) {
      if (noted || now - begun < lengthMs - NOTE_AHEAD_MS) continue;
      await outbox.note({ position: trial.position, presentation: setting() });
      noted = true;
    }
    watch.end();
    if (watch.hidden) continue;
    if (!noted) await outbox.note({ position: trial.position, presentation: setting() });
    return;
  }
}

async function askAfter(trial, block, tools) {
  const { painter, watch } = tools;
  const presentation = await present({ ...tools, exposureMs: trial.exposure_ms, covered: () => tools.enter("mask") });
  watch.end();
  const overrunMs = presentation.offset_ms - presentation.onset_ms - trial.exposure_ms;
  const interruption = interruptionOf(watch, overrunMs);
  if (interruption) {
    painter.blank();
    return { presentation: { ...presentation, interruption }, asked: null };
  }
  await maskFor(block.mask_ms - (performance.now() - presentation.offset_ms), tools);
  painter.places();
  return { presentation, asked: await tools.askThis() };
}

// Without a limit the faces stay while the questions are asked; hiding the page then voids nothing that
// was seen, but the record says so.
async function askBeside(tools) {
  const { watch } = tools;
  let tellOver;
  const answered = new Promise((resolve) => (tellOver = resolve));
  const calm = { hidden: false, blurred: false, resized: false, whenHidden: new Promise(() => {}) };
  let tellOn;
  const on = new Promise((resolve) => (tellOn = resolve));
  const shown = present({ ...tools, watch: calm, exposureMs: null, answered, uncovered: tellOn });
  await on;
  const asked = await tools.askThis();
  tellOver();
  const presentation = await shown;
  watch.end();
  const { hidden, blurred, resized } = watch;
  return { presentation: { ...presentation, hidden, blurred, resized }, asked };
}

async function maskFor(durationMs, { frames }) {
  const begun = await frames.next();
  for (let now = begun; now - begun < durationMs - frames.intervalMs / 2; now = await frames.next());
}

/** All questions in order; `complete` is false when the time to answer ran out before the last answer. */
async function askAll(trial, block, tools) {
  const deadline = startDeadline(block, tools);
  const askedAt = performance.now();
  const answers = [];
  let complete = true;
  for (const question of block.questions) {
    const words = trial.asked?.question === question.id ? checkWords(question, trial.asked.value, tools.kind) : undefined;
    const note = (event, press, said) => tools.process.note(event, press, said);
    const given = await ask(question, { ...tools, words, stimulusKind: tools.kind, deadline, note });
    answers.push(...given.answers);
    complete = given.complete;
    if (!complete) break;
  }
  deadline?.stop();
  tools.panel.replaceChildren();
  const overAt = complete && answers.length ? answers.at(-1).press.downAt : performance.now();
  return { answers, complete, askedAt, overAt };
}

// Asked from the onset of an unlimited exposure, and from the end of the mask of any other.
function startDeadline({ answer_deadline_ms: lengthMs }, { wait, countdown }) {
  if (lengthMs === null || lengthMs === undefined) return null;
  return new Deadline({ lengthMs, now: () => performance.now(), wait, tell: countdown });
}
