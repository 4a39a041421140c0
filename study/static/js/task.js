/** The task page: load the plan, run what is left of it, see that everything has arrived, go on. */
import { arrive } from "./arrival.js";
import { reportDisturbances } from "./attention.js";
import { Curtain } from "./curtain.js";
import { findWitness } from "./evidence.js";
import { giveFeedback } from "./feedback.js";
import { expectedWidth, fit, refit, sizeOfWindow } from "./fitting.js";
import { browserFrames, FrameMeter } from "./frames.js";
import { holdFullscreen } from "./fullscreen.js";
import { findIsolatedWitness } from "./isolated_witness.js";
import { Outbox, SessionGone } from "./outbox.js";
import { Painter } from "./painter.js";
import { patiently } from "./patience.js";
import { planFor } from "./picture_files.js";
import { PictureError, Pictures, picturesOf } from "./pictures.js";
import { Process } from "./process.js";
import { addReplacements } from "./replacements.js";
import { Presses } from "./responses.js";
import { closeInterrupted, rehearsalOf } from "./resume.js";
import { fullscreenButton, Screens } from "./screens.js";
import { pageToken, Server, ServerError } from "./server.js";
import { observeLongTasks, startFrameClock, Steadiness } from "./steadiness.js";
import { openStore } from "./store.js";
import { Supply } from "./supply.js";
import { texts } from "./texts.js";
import { runTrial } from "./trial.js";
import { askToLead } from "./windows.js";

// So many trials ahead their pictures are decoded; and so many, fetched.
const AHEAD = 4;
const FETCHED_AHEAD = 24;
// After so many attempts in vain the participant is told.
const QUIET_ATTEMPTS = 2;

const page = document.querySelector("main");
const { planUrl, messagesUrl, resumeUrl, doneUrl, sessionUrl, feedbackUrl, troubleUrl, study, session } = page.dataset;
const screens = new Screens(page);
const server = new Server({ token: pageToken(), pageUrl: sessionUrl });
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function main() {
  await leadOrWait();
  const display = openDisplay();
  const outbox = await openOutbox();
  const plan = await loadPlan(outbox);
  const resumed = await closeInterrupted(outbox, plan);
  // What was interrupted before a reload may have its replacement at the end of the first block to come.
  plan.voided = new Set(resumed ? plan.trials.slice(0, 1).map((trial) => trial.block) : []);
  outbox.flush();
  const tools = prepare(plan, outbox, display);
  await runBlocks(plan, tools, resumed);
  const next = await arrive({ outbox, plan, screens, askDone: () => server.post(doneUrl, {}), sessionUrl, wait });
  return next ? leaveFor(next) : stopAt(texts.trouble.refused);
}

/** Nothing is shown here while another window leads; when that one is closed, this one goes on. */
async function leadOrWait() {
  const { leads, later } = await askToLead(`facevalue:${study}`, { wait });
  if (leads) return;
  screens.tell(texts.trouble.otherWindow);
  await later;
}

/** What is left of the session, once the server has said how it goes on. */
async function loadPlan(outbox) {
  const unsent = await outbox.unsentPositions();
  // What was on the screen when the page went away was seen, too.
  const interrupted = await outbox.noted();
  if (interrupted) unsent.push(interrupted.position);
  const { resume, next } = await answerOf(() => server.post(resumeUrl, { unsent }));
  if (next) return leaveFor(next);
  const plan = await answerOf(askForPlan);
  plan.restarted = resume === "restart_block" || plan.again.length > 0;
  return plan;
}

const askForFiles = (width) => server.get(planFor(planUrl, width));
const askForPlan = () => askForFiles(expectedWidth(page));

/** The page says so when it takes longer; a session that is at another step goes there. */
function answerOf(request) {
  const onFailure = (attempt, error) => {
    if (error instanceof ServerError && error.status === 404) return leaveFor(sessionUrl);
    if (attempt + 1 === QUIET_ATTEMPTS) screens.tell({ ...texts.trouble.unreachable, wayOut: troubleUrl });
  };
  return patiently(request, { wait, onFailure });
}

async function openOutbox() {
  let store = null;
  let last = "saved";
  const say = (state = last) => {
    last = state;
    screens.status(stateWords(state, store.durable));
  };
  store = await openStore(study, { tell: () => store && say() });
  const outbox = new Outbox({ store, session, send: (messages) => server.post(messagesUrl, { messages }), wait, tell: say });
  addEventListener("online", () => outbox.flush());
  // Timers of a page in the background are slow.
  document.addEventListener("visibilitychange", () => outbox.flush());
  if (!store.durable) say();
  return outbox;
}

function stateWords(state, durable) {
  if (durable) return texts.state[state];
  return { waiting: texts.state.waitingMemory, gone: "" }[state] ?? texts.state.memory;
}

/** The frames of this display; what can be learned of it is measured while the plan is on its way. */
function openDisplay() {
  const display = { frames: new FrameMeter(browserFrames()) };
  display.settle = measure(display);
  display.settle.then(() => openBeside(display)).catch(() => {});
  return display;
}

function prepare(plan, outbox, tools) {
  const faces = page.querySelector("#faces");
  const panel = page.querySelector("#panel");
  const painter = new Painter(faces);
  Object.assign(tools, { painter, outbox, faces, panel, wait, presses: new Presses(window), kind: plan.stimulus_kind });
  tools.fullscreen = plan.fullscreen;
  tools.process = new Process(window, tools.presses);
  tools.plan = plan;
  tools.enter = (phase) => (tools.phase = phase);
  tools.curtain = new Curtain(() => painter.layers);
  tools.clock = { now: () => performance.now(), wait };
  tools.steadiness = new Steadiness({ worker: startFrameClock(), ...tools.clock, originMs: performance.timeOrigin, observeBlocks: observeLongTasks });
  tools.countdown = (seconds) => screens.countdown(seconds);
  tools.askTruth = (position) => server.get(feedbackUrl + position);
  tools.supply = new Supply({ fetch: fetch.bind(window) });
  tools.pictures = new Pictures({ fetch: tools.supply.fetch, size: fit(page, painter, plan), wait });
  tools.setting = () => ({
    viewport_width_px: innerWidth,
    viewport_height_px: innerHeight,
    device_pixel_ratio: devicePixelRatio,
    picture_width_px: painter.layout.width,
    picture_height_px: painter.layout.height,
    picture_file_width_px: plan.picture.file_width_px,
  });
  tools.fits = () => painter.fittedTo === sizeOfWindow();
  tools.refit = () => refit(page, plan, tools, askForFiles);
  reportDisturbances((event, detail) =>
    outbox.put({
      kind: "event",
      event,
      position: tools.position ?? null,
      at_ms: performance.now(),
      detail: { phase: tools.position ? tools.phase : "between", ...detail },
    }),
  );
  return tools;
}

/** Refresh interval and evidence of this device, measured while the first words are being read. */
async function measure(tools) {
  await tools.frames.warmUp();
  tools.witness = await findWitness({ place: page.querySelector("#probes"), frames: tools.frames, wait });
}

/** Until this has come, and where it does not, the page looks at its edges itself. */
async function openBeside(tools) {
  if (tools.witness.kind === "none") return;
  tools.isolated = await findIsolatedWitness({ place: page, wait });
}

async function runBlocks(plan, tools, resumed) {
  let current = null;
  if (plan.told_html && !resumed) await disclose(plan, tools);
  if (plan.again.length) await practiseAgain(plan, tools);
  for (let place = 0; place < plan.trials.length; place += 1) {
    const trial = plan.trials[place];
    const block = plan.blocks[trial.block];
    if (trial.block !== current) {
      const back = plan.restarted ? texts.welcomeBackAgain : texts.welcomeBack;
      const before = resumed && current === null ? back : "";
      await introduce(block, plan.trials.slice(place), tools, before);
      current = trial.block;
    }
    await runOne(trial, block, plan, tools, place);
    await wait(block.gap_ms);
    for (const event of tools.process.later()) await tools.outbox.put(event);
    await addReplacements(plan, place, { ...tools, loadPlan: askForPlan });
  }
}

/** What is said about AI beforehand, and the note that it was read. */
async function disclose(plan, tools) {
  lookAhead(plan.trials, tools);
  await screens.say({ html: plan.told_html });
  await tools.outbox.put({ kind: "event", event: "told", position: null, at_ms: performance.now(), detail: {} });
}

/**
 * After a restart of the block: its practice once more. These trials have their rows, so what is answered now
 * is an event, and what was answered first stays.
 */
async function practiseAgain(plan, tools) {
  const practice = { ...plan, trials: plan.again, n_trials: plan.again.length, again: [], told_html: "" };
  const { outbox } = tools;
  tools.outbox = rehearsalOf(outbox);
  await runBlocks(practice, tools, true);
  tools.outbox = outbox;
  plan.restarted = false;
}

function lookAhead(coming, { pictures, supply }) {
  pictures.lookAhead(coming.slice(0, AHEAD));
  supply.want(coming.slice(0, FETCHED_AHEAD).flatMap(picturesOf).map(({ url }) => url));
}

async function introduce(block, coming, tools, before) {
  lookAhead(coming, tools);
  const ready = Promise.all([tools.settle, tools.pictures.faces(coming[0]).catch(() => {})]);
  await screens.say({ html: block.intro_html, before, go: texts.begin, ready, extra: tools.fullscreen === "offered" ? fullscreenButton() : null });
}

async function runOne(trial, block, plan, tools, place) {
  tools.position = trial.position;
  await holdFullscreen(tools.fullscreen, { screens, ...tools });
  while (!tools.fits()) await tools.refit();
  await picturesOrRetry(trial, plan, tools, place);
  screens.showStage();
  tools.painter.blank();
  screens.progress(plan.n_trials - plan.trials.length + place + 1, plan.n_trials, block.layout);
  screens.quiet(true);
  tools.onQuestions = () => {
    screens.quiet(false);
    lookAhead(plan.trials.slice(place), tools);
  };
  tools.supply.rest();
  const outcome = await runTrial(trial, block, tools);
  tools.position = null;
  screens.quiet(false);
  await afterTrial(trial, block, outcome, tools);
  tools.painter.blank();
}

async function afterTrial(trial, block, outcome, tools) {
  if (outcome.status === "interrupted") {
    tools.plan.voided.add(trial.block);
    tools.painter.blank();
    return screens.say(texts.interrupted[block.layout][outcome.interruption]);
  }
  // What an attention check asks for has nothing to do with the faces.
  if (block.feedback && !trial.asked) return giveFeedback(trial, block, outcome, tools);
  tools.painter.blank();
  if (outcome.status === "timed_out") return screens.say(texts.timedOut);
}

/** A trial never starts on a picture that is not there; what was answered stays where it is. */
async function picturesOrRetry(trial, plan, tools, place) {
  for (;;) {
    tools.pictures.lookAhead(plan.trials.slice(place, place + AHEAD));
    try {
      await tools.pictures.faces(trial);
      noteUnverified(tools);
      return;
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
      const detail = { reason: error.message.slice(0, 200) };
      await tools.outbox.put({ kind: "event", event: "pictures_missing", position: trial.position, at_ms: performance.now(), detail });
      await screens.say({ ...texts.trouble.pictures, go: texts.again, wayOut: troubleUrl });
    }
  }
}

function noteUnverified(tools) {
  if (tools.pictures.verified || tools.saidUnverified) return;
  tools.saidUnverified = true;
  tools.outbox.put({ kind: "event", event: "pictures_unverified", position: null, at_ms: performance.now(), detail: {} });
}

function leaveFor(url) {
  location.assign(url);
  return new Promise(() => {});
}

async function stopAt(trouble) {
  await screens.say({ ...trouble, go: texts.again, wayOut: trouble === texts.trouble.gone ? "" : troubleUrl });
  location.reload();
  return new Promise(() => {});
}

function troubleOf(error) {
  if (error instanceof SessionGone) return texts.trouble.gone;
  return texts.trouble.unexpected;
}

main().catch((error) => {
  console.error(error);
  return stopAt(troubleOf(error));
});
