/**
 * Forms that lose nothing: what is entered is kept in this tab, and sent again until the server has it.
 *
 * Without this script, or when the server has something to say about what was entered, the browser sends the
 * form by itself. Everything a form sends may arrive twice.
 */
import { element } from "./controls.js";
import { pauseMs } from "./pictures.js";
import { texts } from "./texts.js";

const TIMEOUT_MS = 15_000;
// The server, or something between, could not say now whether it took the form.
const NOT_NOW = new Set([408, 425, 429, 500, 502, 503, 504]);

/** What a form would send, as pairs of name and value; `button` is what was pressed. */
export function entriesOf(form, button = null) {
  const entries = [...new FormData(form)];
  if (button?.name) entries.push([button.name, button.value]);
  return entries;
}

/** Enter what was kept; fields that are not in it stay as they are. Hidden fields are the server's own. */
export function restore(fields, entries) {
  const kept = new Map();
  for (const [name, value] of entries) kept.set(name, [...(kept.get(name) ?? []), value]);
  for (const field of fields) {
    const values = kept.get(field.name);
    if (!values || field.type === "hidden") continue;
    if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
    else field.value = values[0];
  }
}

/**
 * Send a form until the server has answered; resolves with the address that follows, or null when the answer
 * is a page about the form itself.
 */
export async function send(action, entries, { fetch, wait, random = Math.random, tell = () => {} }) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const response = await fetch(action, {
        method: "POST",
        body: new URLSearchParams(entries),
        credentials: "same-origin",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (response.redirected) return response.url;
      if (!NOT_NOW.has(response.status)) return null;
    } catch {
      // No connection, or something else answered in the server's place.
    }
    tell();
    await wait(pauseMs(attempt, { random }));
  }
}

function keeperOf(form) {
  const name = `facevalue:${form.getAttribute("action")}:${form.elements.namedItem("page")?.value ?? ""}`;
  return {
    keep: () => attempt(() => sessionStorage.setItem(name, JSON.stringify(entriesOf(form)))),
    kept: () => JSON.parse(attempt(() => sessionStorage.getItem(name)) ?? "[]"),
    forget: () => attempt(() => sessionStorage.removeItem(name)),
  };
}

// Some browsers offer no storage at all; then only a page that is left loses what was entered.
function attempt(act) {
  try {
    return act();
  } catch {
    return null;
  }
}

/** A lost connection that comes back ends a pause. */
function wait(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
    addEventListener("online", resolve, { once: true });
  });
}

function sendByItself(form, button) {
  if (button?.name) form.append(element("input", { type: "hidden", name: button.name, value: button.value }));
  HTMLFormElement.prototype.submit.call(form);
}

function watch(form) {
  const keeper = "keep" in form.dataset ? keeperOf(form) : null;
  if (keeper) {
    restore(form.elements, keeper.kept());
    for (const kind of ["input", "change", "click"]) form.addEventListener(kind, keeper.keep);
  }
  const status = element("p", { class: "message", role: "status" });
  form.append(status);
  let sending = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    keeper?.keep();
    const { submitter } = event;
    const tell = () => (status.textContent = texts.form.waiting);
    const next = await send(form.action, entriesOf(form, submitter), { fetch: fetch.bind(window), wait, tell });
    if (next === null) return sendByItself(form, submitter);
    keeper?.forget();
    location.assign(next);
  });
  // A page that comes back from the browser's memory can send again.
  addEventListener("pageshow", () => {
    sending = false;
    status.textContent = "";
  });
}

if (globalThis.document) for (const form of document.querySelectorAll("form[data-sure]")) watch(form);
