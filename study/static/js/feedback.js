/** After an answered trial of a feedback block: the truth, once the answer is stored. */
import { continueRow, element, onKey } from "./controls.js";
import { isMeantFor } from "./responses.js";
import { texts } from "./texts.js";

const PATIENCE_MS = 6000;
const SOON_MS = 400;

/**
 * "right", "wrong", or null where nothing can be said: not answered, or no answer would have been right.
 *
 * answers: [{target, value}] to `question`, of kind side or origin. truth: real or ai by target.
 */
export function verdict(question, answers, truth) {
  const wanted = question.kind === "side" ? { pair: rightSide(question, truth) } : truth;
  const given = Object.fromEntries(answers.map(({ target, value }) => [target, value]));
  const targets = question.targets;
  if (targets.some((target) => given[target] === undefined || !wanted[target])) return null;
  return targets.every((target) => given[target] === wanted[target]) ? "right" : "wrong";
}

function rightSide({ both_neither: four }, { left, right }) {
  if (left !== right) return left === "ai" ? "left" : "right";
  if (!four) return null;
  return left === "ai" ? "both" : "neither";
}

/** The question feedback is about: the first on a side or an origin. */
export function questionWithTruth(questions) {
  return questions.find(({ kind }) => kind === "side" || kind === "origin");
}

/**
 * Show which faces were real and whether the answer was right; resolves when the participant goes on.
 *
 * Without a connection there is nothing to show, since nothing is told before the answer is stored.
 * tools: outbox, askTruth(position), painter, panel, faces, presses, wait, kind.
 */
export async function giveFeedback(trial, block, outcome, tools) {
  const { panel, wait } = tools;
  let told = false;
  wait(SOON_MS).then(() => told || panel.replaceChildren(element("p", { class: "feedback", role: "status" }, texts.checking)));
  const truth = await learn(trial, tools);
  told = true;
  if (truth === null) return goOn(texts.feedback.later, "", tools);
  const { title, body } = wordsOf(block, outcome, truth, tools.kind);
  const labels = Object.values(truth).map((origin) => texts.labels[tools.kind][origin]);
  tools.painter.label(labels);
  tools.painter.faces();
  tools.faces.setAttribute("aria-label", texts.labelled[block.layout](...labels));
  return goOn(title, body, tools);
}

async function learn(trial, { outbox, askTruth, wait }) {
  const kept = outbox.drained().then(() => true);
  // Whatever comes of it after we have stopped waiting is the outbox's own matter.
  kept.catch(() => {});
  if (!(await Promise.race([kept, wait(PATIENCE_MS).then(() => false)]))) return null;
  return askTruth(trial.position).catch(() => null);
}

function wordsOf(block, { status, answers }, truth, kind) {
  const question = questionWithTruth(block.questions);
  const given = answers.filter((answer) => answer.question === question?.id);
  const found = question ? verdict(question, given, truth) : null;
  const words = texts.feedback[kind];
  const title = status === "timed_out" ? texts.timedOut.title : found ? texts.feedback[found] : words.title;
  return { title, body: words.truth[Object.values(truth).join("_")] };
}

function goOn(title, body, { panel, presses, wait }) {
  const listeners = new AbortController();
  const { signal } = listeners;
  const heading = element("h1", { id: "feedback", tabindex: "-1" }, title);
  const { row, button } = continueRow();
  const part = element("div", { class: "question feedback" });
  if (body) part.append(element("p", {}, body));
  part.append(row);
  panel.replaceChildren(heading, part);
  heading.focus({ preventScroll: true });
  const shownAt = performance.now();
  return new Promise((resolve) => {
    const leave = (event) => {
      const press = presses.of(event);
      press.used = true;
      if (!isMeantFor(press, shownAt)) return;
      listeners.abort();
      panel.replaceChildren();
      resolve();
    };
    button.addEventListener("click", leave, { signal });
    onKey({ signal }, (event) => {
      if (event.key === "Enter" && event.target !== button) leave(event);
    });
  });
}
