/** Put a question on the screen and wait for its answer. The first answer counts. */
import { isMeantFor } from "./responses.js";
import { texts } from "./texts.js";

const NONE_NAMED = "none_named";

/**
 * Ask one question; resolves with [{question, target, value, press}], one for each target.
 *
 * panel: where the controls go. faces: the canvas, which answers side questions too. presses: see
 * responses.js. A press that began before the question was there does not count.
 */
export async function ask(question, { panel, faces, presses, now = () => performance.now() }) {
  const heading = element("h1", { id: "question", tabindex: "-1" }, question.text);
  const body = element("div", { class: `question ${question.kind} ${question.target}` });
  panel.replaceChildren(heading, body);
  heading.focus({ preventScroll: true });
  const listeners = new AbortController();
  const tools = { question, panel, body, faces, presses, shownAt: now(), signal: listeners.signal };
  try {
    return await KINDS[question.kind](tools);
  } finally {
    listeners.abort();
  }
}

const KINDS = { scale: askScale, side: askSide, choices: askChoices, text: askText };

function askScale(tools) {
  const { question, body } = tools;
  const targets = question.target === "each" ? ["left", "right"] : ["pair"];
  return new Promise((resolve) => {
    const answers = [];
    const finish = (answer) => {
      answers.push(answer);
      if (answers.length === targets.length) resolve(answers);
      else markNext(groups);
    };
    const groups = targets.map((target) => scaleGroup(tools, target, finish));
    body.append(...groups.map((group) => group.element));
    markNext(groups);
    body.append(hint(texts.scaleKeys(question.minimum, question.maximum, targets.length > 1)));
    onKey(tools, (event) => {
      const value = Number(event.key);
      if (event.key.trim() === "" || !Number.isInteger(value)) return;
      const open = groups.filter((group) => !group.answered);
      const group = open.find((candidate) => candidate.element.contains(document.activeElement)) ?? open[0];
      group?.choose(value, event);
    });
    addSkip(tools, () => resolve(answers));
  });
}

function scaleGroup(tools, target, finish) {
  const { question, presses, shownAt, signal } = tools;
  const group = { answered: false };
  const name = `scale-${target}`;
  const steps = [];
  for (let value = question.minimum; value <= question.maximum; value += 1) {
    const words =
      value === question.minimum ? question.minimum_label : value === question.maximum ? question.maximum_label : "";
    steps.push(
      element(
        "button",
        { type: "button", role: "radio", "aria-checked": "false", "aria-label": texts.scaleValue(value, words), "data-value": value },
        String(value),
      ),
    );
  }
  group.choose = (value, event) => {
    const step = steps.find((candidate) => candidate.dataset.value === String(value));
    const press = presses.of(event);
    if (!step || group.answered || !isMeantFor(press, shownAt)) return;
    group.answered = true;
    step.setAttribute("aria-checked", "true");
    row.setAttribute("aria-disabled", "true");
    finish({ question: question.id, target, value: String(value), press });
  };
  for (const step of steps) {
    step.addEventListener("click", (event) => group.choose(step.dataset.value, event), { signal });
  }
  rove(steps, signal);
  const labels = element("div", { class: "ends", "aria-hidden": "true" });
  labels.append(element("span", {}, question.minimum_label), element("span", {}, question.maximum_label));
  const row = element("div", { class: "steps", role: "radiogroup", "aria-labelledby": target === "pair" ? "question" : `${name} question` });
  row.append(...steps);
  group.element = element("div", { class: "scale-group", "data-target": target });
  if (target !== "pair") group.element.append(sideLabel(name, target));
  group.element.append(row, labels);
  return group;
}

// Arrows move along the steps without choosing: the first choice is final, so passing by must not count.
// They move as they point, also where the lowest step stands at the right.
function rove(steps, signal) {
  const right = document.documentElement.dir === "rtl" ? -1 : 1;
  steps.forEach((step, place) => {
    step.tabIndex = place === 0 ? 0 : -1;
    step.addEventListener(
      "keydown",
      (event) => {
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

function sideLabel(id, target) {
  const label = element("p", { class: `whose ${target}`, id });
  const pictogram = element("span", { class: "pictogram", "aria-hidden": "true" });
  pictogram.append(element("i", {}), element("i", {}));
  label.append(pictogram, texts[target]);
  return label;
}

function askSide(tools) {
  const { question, body, faces, presses, shownAt, signal } = tools;
  const keys = { ArrowLeft: "left", f: "left", F: "left", ArrowRight: "right", j: "right", J: "right" };
  return new Promise((resolve) => {
    const choose = (value, event) => {
      const press = presses.of(event);
      if (!isMeantFor(press, shownAt)) return;
      resolve([{ question: question.id, target: "pair", value, press }]);
    };
    const row = element("div", { class: "sides", role: "group", "aria-labelledby": "question" });
    for (const [value, words] of [["left", texts.chooseLeft], ["right", texts.chooseRight]]) {
      const button = element("button", { type: "button", "data-value": value }, words);
      button.addEventListener("click", (event) => choose(value, event), { signal });
      row.append(button);
    }
    body.append(row, hint(texts.sideKeys));
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
    addSkip(tools, () => resolve([]));
  });
}

/** The face a click on the canvas fell on; null for the gap between them. */
export function sideOf(event, box) {
  const x = (event.clientX - box.left) / box.width;
  const y = (event.clientY - box.top) / box.height;
  if (y < 0 || y > 1 || Math.abs(x - 0.5) < 0.02) return null;
  return x < 0.5 ? "left" : "right";
}

function askChoices(tools) {
  const { question, body, presses, shownAt, signal } = tools;
  return new Promise((resolve) => {
    const boxes = question.options.map((option) => element("input", { type: "checkbox", name: "choice", value: option.code }));
    const list = element("div", { class: "options", role: "group", "aria-labelledby": "question" });
    boxes.forEach((box, place) => {
      const label = element("label", {});
      label.append(box, element("span", {}, question.options[place].label));
      list.append(label);
      box.addEventListener("change", () => keepConsistent(boxes, box), { signal });
    });
    const { button, message, row } = continueRow(texts.choicesHint);
    body.append(list, row, hint(texts.choicesKeys(boxes.length)));
    const goOn = (event) => {
      const press = presses.of(event);
      const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
      if (!isMeantFor(press, shownAt)) return;
      if (chosen.length === 0 && !question.optional) message.textContent = texts.choicesNeeded;
      else resolve(answerIfAny(question, chosen.join(";"), press));
    };
    button.addEventListener("click", goOn, { signal });
    onKey(tools, (event) => {
      if (event.key === "Enter" && event.target !== button) goOn(event);
      const box = boxes[(Number(event.key) + 9) % 10];
      if (!/^[0-9]$/.test(event.key) || !box) return;
      box.checked = !box.checked;
      keepConsistent(boxes, box);
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

function askText(tools) {
  const { question, body, presses, shownAt, signal } = tools;
  return new Promise((resolve) => {
    const empty = question.optional ? texts.mayBeEmpty : "";
    const area = element("textarea", { rows: "3", maxlength: question.max_length, "aria-labelledby": "question" });
    const { button, message, row } = continueRow(empty);
    body.append(area, row);
    area.addEventListener("input", () => {
      const left = question.max_length - area.value.length;
      message.textContent = left < 50 ? texts.charactersLeft(left) : empty;
    }, { signal });
    button.addEventListener("click", (event) => {
      const press = presses.of(event);
      const words = area.value.trim();
      if (!isMeantFor(press, shownAt)) return;
      if (words === "" && !question.optional) message.textContent = texts.textNeeded;
      else resolve(answerIfAny(question, words, press));
    }, { signal });
  });
}

function answerIfAny(question, value, press) {
  return value === "" ? [] : [{ question: question.id, target: "pair", value, press }];
}

function continueRow(words) {
  const row = element("div", { class: "go" });
  const button = element("button", { type: "button", class: "go-on" }, texts.continue);
  const message = element("p", { class: "message", role: "status" }, words);
  row.append(button, message);
  return { row, button, message };
}

function addSkip({ question, body, signal }, skip) {
  if (!question.optional) return;
  const button = element("button", { type: "button", class: "skip" }, texts.skip);
  button.addEventListener("click", skip, { signal });
  body.append(button);
}

function onKey({ signal }, act) {
  document.addEventListener("keydown", (event) => {
    if (!event.repeat && !event.ctrlKey && !event.metaKey && !event.altKey) act(event);
  }, { signal });
}

function hint(words) {
  return element("p", { class: "keys" }, words);
}

export function element(tag, attributes, words = "") {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (words) made.append(words);
  return made;
}
