/** A page of questions: ask only what the answers before call for, and draw the lines to mark. */
import { askedItems } from "./conditions.js";
import { texts } from "./texts.js";

const parts = [...document.querySelectorAll("[data-item]")];

function valuesOf(part) {
  return [...part.querySelectorAll("[name]")]
    .filter((field) => (["radio", "checkbox"].includes(field.type) ? field.checked : true))
    .map((field) => field.value.trim())
    .filter((value) => value !== "");
}

function conditionOf(part) {
  return part.dataset.showIf ? JSON.parse(part.dataset.showIf) : null;
}

function update() {
  const items = parts.map((part) => ({
    name: part.dataset.item,
    condition: conditionOf(part),
    values: valuesOf(part),
  }));
  askedItems(items).forEach((asked, place) => {
    parts[place].hidden = !asked;
    // What is not asked is not sent either.
    for (const field of parts[place].querySelectorAll("input, textarea")) field.disabled = !asked;
  });
}

/**
 * Put a line in the place of a number field. The line has no answer until the participant gives one, by
 * pressing anywhere on it, by an arrow key, or by Enter or Space for the middle, where a slider starts.
 */
function drawLine(part) {
  const field = part.querySelector("input[type=number]");
  part.append(part.querySelector("template").content.cloneNode(true));
  const line = part.querySelector(".line");
  const state = part.querySelector(".line-state");
  part.querySelector(".line-ends").remove();
  const before = field.value;
  // The label and the summary of faults lead to the line from here on.
  line.id = field.id;
  field.removeAttribute("id");
  field.removeAttribute("aria-describedby");
  field.type = "hidden";
  const fault = part.querySelector(".fault");
  if (fault) {
    line.setAttribute("aria-invalid", "true");
    part.append(fault);
  }
  const show = () => {
    const answered = field.value !== "";
    part.toggleAttribute("data-answered", answered);
    state.textContent = answered ? texts.line.answered : texts.line.open;
    line.setAttribute("aria-valuetext", answered ? lineWords(line) : texts.line.unanswered);
  };
  const mark = () => {
    field.value = line.value;
    show();
    update();
  };
  line.value = before === "" ? middleOf(line) : before;
  line.addEventListener("input", mark);
  // A press on the very middle changes nothing, and yet is an answer.
  line.addEventListener("click", mark);
  line.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    // Whoever keeps what is entered has to hear of it.
    line.dispatchEvent(new Event("input", { bubbles: true }));
  });
  show();
}

function middleOf(line) {
  return Math.round((Number(line.min) + Number(line.max)) / 2);
}

function lineWords(line) {
  const { low, high } = line.dataset;
  return texts.line.value(line.value, low, high);
}

document.documentElement.classList.add("scripted");
for (const part of parts) if ("line" in part.dataset) drawLine(part);
document.addEventListener("input", update);
document.addEventListener("change", update);
// A page that comes back from the browser's memory keeps what was entered.
addEventListener("pageshow", update);
update();
