/** Rows of steps of which one is chosen, once for each target: scales, and real or AI. The first choice is final. */
import { addSkip, element, hint, onKey, sideLabel } from "./controls.js";
import { takes } from "./responses.js";
import { answerWords, texts } from "./texts.js";

/** A scale of whole numbers, one row for each target. */
export function askScale(tools) {
  const { question } = tools;
  const choices = [];
  for (let value = question.minimum; value <= question.maximum; value += 1) {
    const end =
      value === question.minimum ? question.minimum_label : value === question.maximum ? question.maximum_label : "";
    choices.push({ value: String(value), words: String(value), label: texts.scaleValue(value, end) });
  }
  const ends = [question.minimum_label, question.maximum_label];
  return askSteps(tools, { choices, ends, keys: scaleKeys(question), words: scaleWords(question) });
}

/** Real or AI, always in this order, for each face. */
export function askOrigin(tools) {
  const { question, stimulusKind } = tools;
  const choices = ["real", "ai"].map((value) => {
    const words = answerWords(question, value, stimulusKind);
    return { value, words, label: words };
  });
  const keys = { f: "real", F: "real", 1: "real", j: "ai", J: "ai", 2: "ai" };
  const [first, second] = choices.map((choice) => choice.words);
  const words = texts.originKeys(first, second, question.targets.length > 1);
  return askSteps(tools, { choices, ends: [], keys, words });
}

/**
 * Number keys and the values they stand for. On a scale from 1, the key 0 is the ten. A scale below zero has
 * none: quick keys for half of a scale would favour that half.
 */
export function scaleKeys({ minimum, maximum }) {
  const keys = {};
  if (minimum < 0) return keys;
  for (let value = minimum; value <= maximum; value += 1) {
    if (value < 10) keys[value] = String(value);
    else if (value === 10 && minimum > 0) keys[0] = "10";
  }
  return keys;
}

function scaleWords({ minimum, maximum, targets }) {
  const each = targets.length > 1;
  if (minimum < 0 || minimum > 9) return texts.arrowKeys;
  if (maximum < 10) return texts.scaleKeys(minimum, maximum, each);
  if (minimum > 0 && maximum === 10) return texts.scaleKeysTen(minimum, each);
  return texts.scaleKeysBeyond(minimum, each);
}

function askSteps(tools, { choices, ends, keys, words }) {
  const { question, body, answers } = tools;
  return new Promise((resolve) => {
    const finish = (answer) => {
      answers.push(answer);
      if (answers.length === groups.length) resolve();
      else markNext(groups);
    };
    const groups = question.targets.map((target) => stepGroup(tools, { target, choices, ends, finish }));
    body.append(...groups.map((group) => group.element), hint(words));
    markNext(groups);
    onKey(tools, (event) => {
      if (!(event.key in keys)) return;
      const open = groups.filter((group) => !group.answered);
      const group = open.find((candidate) => candidate.element.contains(document.activeElement)) ?? open[0];
      group?.choose(keys[event.key], event);
    });
    addSkip(tools, () => resolve());
  });
}

function stepGroup(tools, { target, choices, ends, finish }) {
  const { question, presses, signal } = tools;
  const group = { answered: false };
  const name = `steps-${target}`;
  const steps = choices.map(({ value, words, label }) =>
    element(
      "button",
      { type: "button", role: "radio", "aria-checked": "false", "aria-label": label, "data-value": value },
      words,
    ),
  );
  const named = target === "left" || target === "right";
  const row = element("div", { class: "steps", role: "radiogroup", "aria-labelledby": named ? `${name} question` : "question" });
  row.append(...steps);
  row.toggleAttribute("data-many", steps.length > 7);
  group.choose = (value, event) => {
    const step = steps.find((candidate) => candidate.dataset.value === value);
    const press = presses.of(event);
    if (!step || !takes(tools, press, { target, value, answered: group.answered })) return;
    group.answered = true;
    step.setAttribute("aria-checked", "true");
    row.setAttribute("aria-disabled", "true");
    finish({ question: question.id, target, value, press });
  };
  for (const step of steps) {
    step.addEventListener("click", (event) => group.choose(step.dataset.value, event), { signal });
  }
  rove(steps, signal);
  group.element = element("div", { class: "step-group", "data-target": target });
  if (named) group.element.append(sideLabel(name, target));
  group.element.append(row);
  if (ends.some((words) => words)) group.element.append(endWords(ends));
  return group;
}

function endWords(ends) {
  const labels = element("div", { class: "ends", "aria-hidden": "true" });
  labels.append(...ends.map((words) => element("span", {}, words)));
  return labels;
}

// Arrows move along the steps without choosing: the first choice is final, so passing by must not count.
// They move as they point, also where the lowest step stands at the right.
function rove(steps, signal) {
  steps.forEach((step, place) => {
    step.tabIndex = place === 0 ? 0 : -1;
    step.addEventListener(
      "keydown",
      (event) => {
        const right = getComputedStyle(step.parentElement).direction === "rtl" ? -1 : 1;
        const move = { ArrowRight: right, ArrowDown: 1, ArrowLeft: -right, ArrowUp: -1 }[event.key];
        if (!move) return;
        event.preventDefault();
        const next = steps[(place + move + steps.length) % steps.length];
        for (const other of steps) other.tabIndex = other === next ? 0 : -1;
        next.focus();
      },
      { signal },
    );
  });
}

function markNext(groups) {
  const next = groups.find((group) => !group.answered);
  for (const group of groups) group.element.toggleAttribute("data-next", group === next);
}
