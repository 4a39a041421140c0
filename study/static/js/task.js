/** The task page: load the plan, run what is left of it, see that everything has arrived, go on. */
import { reportDisturbances } from "./attention.js";
import { Curtain } from "./curtain.js";
import { findWitness } from "./evidence.js";
import { giveFeedback } from "./feedback.js";
import { browserFrames, FrameMeter } from "./frames.js";
import { Outbox, SessionGone } from "./outbox.js";
import { fitPictures, Painter } from "./painter.js";
import { PictureError, Pictures, pauseMs } from "./pictures.js";
import { Presses } from "./responses.js";
import { closeInterrupted } from "./resume.js";
import { fullscreenButton, Screens } from "./screens.js";
import { pageToken, Server, ServerError } from "./server.js";
import { observeLongTasks, startFrameClock, Steadiness } from "./steadiness.js";
import { openStore } from "./store.js";
import { texts } from "./texts.js";
import { runTrial } from "./trial.js";

const AHEAD = 4;
const PLAN_ATTEMPTS = 5;

const page = document.querySelector("main");
const { planUrl, messagesUrl, doneUrl, sessionUrl, feedbackUrl, troubleUrl, study } = page.dataset;
const screens = new Screens(page);
const server = new Server({ token: pageToken() });
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function main() {
  if (!(await isOnlyWindow(`facevalue:${study}`))) return stopAt(texts.trouble.otherWindow);
  const plan = await loadPlan();
  const outbox = await openOutbox(plan);
  const resumed = await closeInterrupted(outbox, plan);
  outbox.flush();
  const tools = await prepare(plan, outbox);
  await runBlocks(plan, tools, resumed);
  await arrive(outbox, plan);
}

/** Two windows of one session would show trials twice. Without locks (old browsers) we trust. */
async function isOnlyWindow(name) {
  if (!navigator.locks) return true;
  return new Promise((resolve) => {
    // A page that is just being reloaded lets go of its lock a moment later.
    const signal = AbortSignal.timeout(2000);
    const held = navigator.locks.request(name, { signal }, () => {
      resolve(true);
      return new Promise(() => {});
    });
    held.catch(() => resolve(false));
  });
}

async function loadPlan() {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await server.get(planUrl);
    } catch (error) {
      if (error instanceof ServerError && error.status === 404) return leaveFor(sessionUrl);
      if (error instanceof SessionGone || attempt + 1 >= PLAN_ATTEMPTS) throw error;
      await wait(pauseMs(attempt));
    }
  }
}

async function openOutbox(plan) {
  const store = await openStore(study);
  const outbox = new Outbox({
    store,
    session: plan.session,
    firstNumber: plan.first_number,
    send: (messages) => server.post(messagesUrl, { messages }),
    wait,
    tell: (state) => screens.status(stateWords(state, store.durable)),
  });
  addEventListener("online", () => outbox.flush());
  if (!store.durable) screens.status(texts.state.memory);
  return outbox;
}

function stateWords(state, durable) {
  if (durable) return texts.state[state];
  return { waiting: texts.state.waitingMemory, gone: "" }[state] ?? texts.state.memory;
}

async function prepare(plan, outbox) {
  const faces = page.querySelector("#faces");
  const panel = page.querySelector("#panel");
  const painter = new Painter(faces);
  const frames = new FrameMeter(browserFrames());
  const tools = { frames, painter, outbox, faces, panel, wait, presses: new Presses(window), kind: plan.stimulus_kind };
  tools.curtain = new Curtain(() => painter.layers);
  tools.clock = { now: () => performance.now(), wait };
  tools.steadiness = new Steadiness({ worker: startFrameClock(), ...tools.clock, originMs: performance.timeOrigin, observeBlocks: observeLongTasks });
  tools.countdown = (seconds) => screens.countdown(seconds);
  tools.askTruth = (position) => server.get(feedbackUrl + position);
  tools.pictures = new Pictures({ fetch: fetch.bind(window), size: fit(painter, plan), wait });
  tools.setting = () => ({
    viewport_width_px: innerWidth,
    viewport_height_px: innerHeight,
    device_pixel_ratio: devicePixelRatio,
    picture_width_px: painter.layout.width,
    picture_height_px: painter.layout.height,
  });
  tools.refit = () => tools.pictures.resize(fit(painter, plan));
  tools.settle = measure(tools);
  reportDisturbances((event, detail) =>
    outbox.put({ kind: "event", event, position: tools.position ?? null, at_ms: performance.now(), detail }),
  );
  return tools;
}

/** Refresh interval and evidence of this device, measured while the first words are being read. */
async function measure(tools) {
  await tools.frames.warmUp();
  tools.witness = await findWitness({ place: page.querySelector("#probes"), frames: tools.frames, wait });
}

/** Fit the pictures to the window; returns their size in device pixels. */
function fit(painter, plan) {
  const view = { viewportWidth: document.documentElement.clientWidth, viewportHeight: innerHeight };
  const layout = fitPictures({ ...view, picture: plan.picture, pixelRatio: devicePixelRatio, labels: hasLabels(plan) });
  painter.resize(layout);
  const stage = page.querySelector("#stage");
  stage.style.setProperty("--faces-width", `${2 * layout.width + layout.gap}px`);
  stage.style.setProperty("--faces-gap", `${layout.gap}px`);
  stage.toggleAttribute("data-stacked", layout.stacked);
  painter.fittedTo = sizeOfWindow();
  return { width: painter.width, height: painter.height };
}

// Words stand below the faces in labelled cells, and after the answer where there is feedback.
const hasLabels = (plan) => Boolean(plan.labelled) || Object.values(plan.blocks).some((block) => block.feedback);

const sizeOfWindow = () => `${innerWidth} ${innerHeight} ${devicePixelRatio}`;

async function runBlocks(plan, tools, resumed) {
  let current = null;
  if (plan.told_html && !resumed) await disclose(plan, tools);
  for (let place = 0; place < plan.trials.length; place += 1) {
    const trial = plan.trials[place];
    const block = plan.blocks[trial.block];
    if (trial.block !== current) {
      const before = resumed && current === null ? texts.welcomeBack : "";
      await introduce(block, plan.trials.slice(place, place + AHEAD), tools, before);
      current = trial.block;
    }
    await runOne(trial, block, plan, tools, place);
    await wait(block.gap_ms);
  }
}

/** What is said about AI beforehand, and the note that it was read. */
async function disclose(plan, tools) {
  tools.pictures.lookAhead(plan.trials.slice(0, AHEAD));
  await screens.say({ html: plan.told_html });
  await tools.outbox.put({ kind: "event", event: "told", position: null, at_ms: performance.now(), detail: {} });
}

async function introduce(block, coming, tools, before) {
  tools.pictures.lookAhead(coming);
  const ready = Promise.all([tools.settle, tools.pictures.faces(coming[0]).catch(() => {})]);
  await screens.say({ html: block.intro_html, before, go: texts.begin, ready, extra: fullscreenButton() });
}

async function runOne(trial, block, plan, tools, place) {
  tools.position = trial.position;
  if (tools.painter.fittedTo !== sizeOfWindow()) tools.refit();
  await picturesOrRetry(trial, plan, tools, place);
  screens.showStage();
  tools.painter.blank();
  screens.progress(trial.position, plan.n_trials, block.layout);
  screens.quiet(true);
  tools.onQuestions = () => {
    screens.quiet(false);
    tools.pictures.lookAhead(plan.trials.slice(place, place + AHEAD));
  };
  const outcome = await runTrial(trial, block, tools);
  tools.position = null;
  screens.quiet(false);
  await afterTrial(trial, block, outcome, tools);
  tools.painter.blank();
}

async function afterTrial(trial, block, outcome, tools) {
  if (outcome.status === "interrupted") {
    tools.painter.blank();
    return screens.say(texts.interrupted[block.layout]);
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

/** Leave only when the server holds every answer. */
async function arrive(outbox, plan) {
  screens.tell({ title: texts.ending.title, body: texts.ending.checking });
  const shown = setInterval(sayUnsent(outbox), 1000);
  try {
    for (let round = 0; round < 2; round += 1) {
      await outbox.drained();
      const done = await untilAnswered(() => server.post(doneUrl, {}));
      if (done.complete) return leaveFor(done.next);
      await giveUpOn(done.missing, plan, outbox);
    }
  } finally {
    clearInterval(shown);
  }
  return stopAt(texts.trouble.refused);
}

function sayUnsent(outbox) {
  let said = 0;
  return async () => {
    const { length } = await outbox.unsentPositions();
    if (length === said) return;
    said = length;
    const body = length ? texts.ending.body(length, outbox.durable) : texts.ending.checking;
    screens.tell({ title: texts.ending.title, body });
  };
}

async function untilAnswered(request) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await request();
    } catch (error) {
      if (error instanceof SessionGone) throw error;
      await wait(pauseMs(attempt));
    }
  }
}

// A pair that was seen here but whose answer the server could not store must not be shown as a fresh one.
async function giveUpOn(missing, plan, outbox) {
  const seen = new Set(plan.trials.map((trial) => trial.position));
  if (missing.some((position) => !seen.has(position))) return leaveFor(sessionUrl);
  for (const position of missing) {
    await outbox.put({ kind: "trial", position, status: "interrupted", presentation: { evidence: "none" }, ratings: [] });
  }
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
  return error instanceof ServerError ? texts.trouble.plan : texts.trouble.unexpected;
}

main().catch((error) => {
  console.error(error);
  return stopAt(troubleOf(error));
});
