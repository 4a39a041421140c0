/** Put a question on the screen and wait for its answer. The first answer counts. */
import { addSkip, continueRow, element, hint, onKey, sideLabel } from "./controls.js";
import { takes } from "./responses.js";
import { askOrigin, askScale } from "./steps.js";
import { texts } from "./texts.js";

const NONE_NAMED = "none_named";
const KINDS = {
  scale: askScale,
  side: askSide,
  origin: askOrigin,
  choices: (tools) => oneAfterAnother(tools, askChoices),
  text: (tools) => oneAfterAnother(tools, askText),
};

/**
 * Ask one question; resolves with {answers: [{question, target, value, press}], complete}.
 *
 * panel: where the controls go. faces: the canvas, which answers side questions too. presses: see
 * responses.js. words: what stands in the place of the question's own, for an attention check.
 * deadline: see deadline.js; when it expires, what was answered until then is the answer.
 * A press that began before the question was there does not count, nor one after the answer: both go to `note`.
 */
export async function ask(question, tools) {
  const { panel, faces, presses, words, stimulusKind, deadline, note, now = () => performance.now() } = tools;
  const heading = element("h1", { id: "question", tabindex: "-1" }, words ?? question.text);
  const many = question.targets.length > 1 ? "each" : "one";
  const body = element("div", { class: `question ${question.kind} ${many}` });
  panel.replaceChildren(heading, body);
  heading.focus({ preventScroll: true });
  const listeners = new AbortController();
  const { signal } = listeners;
  const answers = [];
  const asked = { question, body, faces, presses, stimulusKind, answers, note, now, shownAt: now(), signal };
  const answered = KINDS[question.kind](asked).then(() => true);
  try {
    const complete = deadline ? await Promise.race([answered, deadline.expired.then(() => false)]) : await answered;
    return { answers, complete };
  } finally {
    listeners.abort();
  }
}

function askSide(tools) {
  const { question, body, faces, presses, signal, answers } = tools;
  const [target] = question.targets;
  const keys = { ArrowLeft: "left", f: "left", F: "left", ArrowRight: "right", j: "right", J: "right" };
  if (question.both_neither) Object.assign(keys, { ArrowUp: "both", ArrowDown: "neither" });
  return new Promise((resolve) => {
    const choose = (value, event) => {
      const press = presses.of(event);
      if (!takes(tools, press, { target, value })) return;
      answers.push({ question: question.id, target, value, press });
      resolve();
    };
    const row = element("div", { class: "sides", role: "group", "aria-labelledby": "question" });
    const values = question.both_neither ? ["left", "right", "both", "neither"] : ["left", "right"];
    for (const value of values) {
      const button = element("button", { type: "button", "data-value": value }, texts.sides[value]);
      button.addEventListener("click", (event) => choose(value, event), { signal });
      row.append(button);
    }
    body.append(row, hint(question.both_neither ? texts.sideKeysFour : texts.sideKeys));
    faces.dataset.choosable = "";
    signal.addEventListener("abort", () => delete faces.dataset.choosable);
    faces.addEventListener("click", (event) => {
      const side = sideOf(event, faces.getBoundingClientRect());
      if (side) choose(side, event);
    }, { signal });
    onKey(tools, (event) => {
      if (!(event.key in keys)) return;
      event.preventDefault();
      choose(keys[event.key], event);
    });
    addSkip(tools, () => resolve());
  });
}

/** The face a click on the canvas fell on; null for the gap between them. */
export function sideOf(event, box) {
  const x = (event.clientX - box.left) / box.width;
  const y = (event.clientY - box.top) / box.height;
  if (y < 0 || y > 1 || Math.abs(x - 0.5) < 0.02) return null;
  return x < 0.5 ? "left" : "right";
}

/** What needs the whole panel is asked of the left face first, then of the right. */
async function oneAfterAnother(tools, askOne) {
  const { question, body, signal, now } = tools;
  for (const target of question.targets) {
    const own = new AbortController();
    signal.addEventListener("abort", () => own.abort());
    body.replaceChildren();
    if (question.targets.length > 1) body.append(sideLabel("whose", target));
    await askOne({ ...tools, target, shownAt: now(), signal: own.signal });
    own.abort();
  }
}

function askChoices(tools) {
  const { question, body, presses, target, signal } = tools;
  return new Promise((resolve) => {
    const boxes = question.options.map((option) => element("input", { type: "checkbox", name: "choice", value: option.code }));
    const list = element("div", { class: "options", role: "group", "aria-labelledby": labelled(question) });
    boxes.forEach((box, place) => {
      const label = element("label", {});
      label.append(box, element("span", {}, question.options[place].label));
      list.append(label);
      box.addEventListener("change", () => changed(box), { signal });
    });
    const { button, message, row } = continueRow(texts.choicesHint);
    const changed = (box) => {
      keepConsistent(boxes, box);
      // Written again, the same words would be read aloud again.
      if (message.textContent !== texts.choicesHint) message.textContent = texts.choicesHint;
    };
    row.append(hint(texts.choicesKeys(boxes.length)));
    body.append(list, row);
    const goOn = (event) => {
      const press = presses.of(event);
      const value = boxes.filter((box) => box.checked).map((box) => box.value).join(";");
      if (!takes(tools, press, { target, value })) return;
      if (value === "" && !question.optional) say(message, texts.choicesNeeded);
      else resolve(give(tools, value, press));
    };
    button.addEventListener("click", goOn, { signal });
    onKey(tools, (event) => {
      if (event.key === "Enter" && event.target !== button) goOn(event);
      const box = boxes[(Number(event.key) + 9) % 10];
      if (!/^[0-9]$/.test(event.key) || !box) return;
      box.checked = !box.checked;
      changed(box);
    });
  });
}

// "I cannot say" stands alone: naming a cue takes it back, and it takes back every cue.
function keepConsistent(boxes, changed) {
  if (!changed.checked) return;
  for (const box of boxes) {
    if (box !== changed && (box.value === NONE_NAMED || changed.value === NONE_NAMED)) box.checked = false;
  }
}

// In a low window the message would be below what is seen, and the button would seem to do nothing.
function say(message, words) {
  message.textContent = words;
  message.scrollIntoView({ block: "nearest" });
}

function askText(tools) {
  const { question, body, presses, target, signal } = tools;
  return new Promise((resolve) => {
    const empty = question.optional ? texts.mayBeEmpty : "";
    const area = element("textarea", { rows: "3", maxlength: question.max_length, "aria-labelledby": labelled(question) });
    const { button, message, row } = continueRow(empty);
    body.append(area, row);
    area.addEventListener("input", () => {
      const left = question.max_length - area.value.length;
      message.textContent = left < 50 ? texts.charactersLeft(left) : empty;
    }, { signal });
    button.addEventListener("click", (event) => {
      const press = presses.of(event);
      // A field that is full may have cut a sign in half, which could not be stored.
      const words = area.value.trim().toWellFormed?.() ?? area.value.trim();
      // What was written stays in the field, so a note of a press that came too soon leaves the words out.
      if (!takes(tools, press, { target, value: "" })) return;
      if (words === "" && !question.optional) say(message, texts.textNeeded);
      else resolve(give(tools, words, press));
    }, { signal });
  });
}

function labelled({ targets }) {
  return targets.length > 1 ? "whose question" : "question";
}

function give({ question, target, answers }, value, press) {
  if (value !== "") answers.push({ question: question.id, target, value, press });
}
