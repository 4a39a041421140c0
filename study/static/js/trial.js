/** One trial: fixation, pair, mask, questions; ends as a message in the outbox. */
import { watchDisturbances, whenVisible } from "./attention.js";
import { present } from "./presentation.js";
import { ask } from "./questions.js";
import { asRatings } from "./responses.js";

// The note that a trial was begun is written this long before its onset, so that no disk is busy at the edge.
const NOTE_AHEAD_MS = 100;

/**
 * Run one trial; resolves with "answered" or "interrupted" once its message is kept.
 *
 * tools: frames, painter, pictures, witness, outbox, presses, panel, faces, wait, setting().
 */
export async function runTrial(trial, block, tools) {
  const { painter, frames, outbox, wait } = tools;
  painter.load(await tools.pictures.pair(trial));
  await tools.witness.prepare();
  await fixate(trial, block, tools);
  const watch = watchDisturbances();
  const shown = trial.exposure_ms === null ? await askBeside(block, tools, watch) : await askAfter(trial, block, tools, watch);
  frames.pause();
  const presentation = { ...shown.presentation, ...tools.setting() };
  const ratings = shown.answers ? await asRatings(shown.answers, presentation.onset_ms, wait) : [];
  const status = shown.answers ? "answered" : "interrupted";
  await outbox.put({ kind: "trial", position: trial.position, status, presentation, ratings });
  return status;
}

// Nothing was seen yet: a page that was hidden meanwhile simply begins again.
async function fixate(trial, { fixation_ms }, { frames, painter, outbox, setting }) {
  let noted = false;
  for (;;) {
    await whenVisible();
    const watch = watchDisturbances();
    frames.pause();
    const begun = await frames.next();
    painter.fixation();
    for (let now = begun; now - begun < fixation_ms - frames.intervalMs / 2; now = await frames.next()) {
      if (noted || now - begun < fixation_ms - NOTE_AHEAD_MS) continue;
      await outbox.note({ position: trial.position, presentation: setting() });
      noted = true;
    }
    watch.end();
    if (watch.hidden) continue;
    if (!noted) await outbox.note({ position: trial.position, presentation: setting() });
    return;
  }
}

async function askAfter(trial, block, tools, watch) {
  const { painter } = tools;
  const cover = () => (block.mask_ms > 0 ? painter.mask() : painter.blank());
  const faces = { pair: () => painter.pair(), cover };
  const presentation = await present({ ...tools, painter: faces, watch, exposureMs: trial.exposure_ms });
  watch.end();
  if (watch.hidden) {
    painter.blank();
    return { presentation, answers: null };
  }
  await maskFor(block.mask_ms - (performance.now() - presentation.offset_ms), tools);
  painter.places();
  tools.onQuestions();
  return { presentation, answers: await askAll(block.questions, tools) };
}

// Without a limit the faces stay while the questions are asked; hiding the page then voids nothing that
// was seen, but the record says so.
async function askBeside(block, tools, watch) {
  const { painter } = tools;
  let tellOver;
  const answered = new Promise((resolve) => (tellOver = resolve));
  const calm = { hidden: false, blurred: false, resized: false, whenHidden: new Promise(() => {}) };
  let tellOn;
  const on = new Promise((resolve) => (tellOn = resolve));
  const faces = { pair: () => tellOn(painter.pair()), cover: () => painter.blank() };
  const shown = present({ ...tools, painter: faces, watch: calm, exposureMs: null, answered });
  await on;
  tools.onQuestions();
  const answers = await askAll(block.questions, tools);
  tellOver();
  const presentation = await shown;
  watch.end();
  const { hidden, blurred, resized } = watch;
  return { presentation: { ...presentation, hidden, blurred, resized }, answers };
}

async function maskFor(durationMs, { frames }) {
  const begun = await frames.next();
  for (let now = begun; now - begun < durationMs - frames.intervalMs / 2; now = await frames.next());
}

async function askAll(questions, tools) {
  const answers = [];
  for (const question of questions) answers.push(...(await ask(question, tools)));
  tools.panel.replaceChildren();
  return answers;
}
