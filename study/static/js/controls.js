/** The small parts questions and screens are made of. */
import { texts } from "./texts.js";

export function element(tag, attributes, words = "") {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (words) made.append(words);
  return made;
}

export function hint(words) {
  return element("p", { class: "keys" }, words);
}

/** A button that goes on, with room for a message beside it. */
export function continueRow(words = "") {
  const row = element("div", { class: "go" });
  const button = element("button", { type: "button", class: "go-on" }, texts.continue);
  const message = element("p", { class: "message", role: "status" }, words);
  row.append(button, message);
  return { row, button, message };
}

export function addSkip({ question, body, signal }, skip) {
  if (!question.optional) return;
  const button = element("button", { type: "button", class: "skip" }, texts.skip);
  button.addEventListener("click", skip, { signal });
  body.append(button);
}

export function onKey({ signal }, act) {
  document.addEventListener("keydown", (event) => {
    if (!event.repeat && !event.ctrlKey && !event.metaKey && !event.altKey) act(event);
  }, { signal });
}

/** Whose turn it is, in words and as a small picture of two places. */
export function sideLabel(id, target) {
  const label = element("p", { class: `whose ${target}`, id });
  const pictogram = element("span", { class: "pictogram", "aria-hidden": "true" });
  pictogram.append(element("i", {}), element("i", {}));
  label.append(pictogram, texts[target]);
  return label;
}
