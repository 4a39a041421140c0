/** What stands around the trials: intros, notices, trouble. One region at a time is visible. */
import { element } from "./controls.js";
import { texts } from "./texts.js";

export class Screens {
  #page;
  #stage;
  #words;
  #progress;
  #countdown;
  #status;
  #quiet = false;
  #statusText = "";

  constructor(page) {
    this.#page = page;
    this.#stage = page.querySelector("#stage");
    this.#words = page.querySelector("#words");
    this.#progress = page.querySelector("#progress");
    this.#countdown = page.querySelector("#countdown");
    this.#status = page.ownerDocument.querySelector("#status");
  }

  /** Words with one primary button; resolves when it is pressed. `ready` keeps it waiting. */
  async say({ html = "", title = "", body = "", before = "", go = texts.continue, ready = null, extra = null, wayOut = "" }) {
    const card = element("div", { class: "card" });
    if (before) card.append(element("p", { class: "note" }, before));
    if (title) card.append(element("h1", {}, title));
    if (body) card.append(element("p", {}, body));
    const text = element("div", { class: "text" });
    text.innerHTML = html; // the study's own Markdown, rendered by the server without raw HTML
    card.append(text);
    const row = element("div", { class: "go" });
    const button = element("button", { type: "button", class: "primary" }, go);
    const wait = element("p", { class: "message", role: "status" });
    row.append(button);
    if (extra) row.append(extra);
    row.append(wait);
    card.append(row);
    if (wayOut) card.append(element("a", { class: "way-out", href: wayOut }, texts.cannotGoOn));
    this.#showWords(card);
    if (ready) await this.#hold(button, wait, ready);
    await new Promise((resolve) => button.addEventListener("click", resolve, { once: true }));
    button.setAttribute("aria-disabled", "true");
    wait.textContent = texts.wait;
  }

  /** Words that stay until the next screen. */
  tell({ title, body = "", wayOut = "" }) {
    const card = element("div", { class: "card" });
    card.append(element("h1", {}, title), element("p", { role: "status" }, body));
    if (wayOut) card.append(element("a", { class: "way-out", href: wayOut }, texts.cannotGoOn));
    this.#showWords(card);
  }

  async #hold(button, wait, ready) {
    let done = false;
    const settled = ready.finally(() => (done = true));
    settled.catch(() => {});
    await Promise.resolve();
    if (!done) {
      button.setAttribute("aria-disabled", "true");
      wait.textContent = texts.wait;
    }
    await settled;
    button.removeAttribute("aria-disabled");
    wait.textContent = "";
  }

  #showWords(card) {
    this.#words.replaceChildren(card);
    this.#words.hidden = false;
    this.#stage.hidden = true;
    this.quiet(false);
    const heading = card.querySelector("h1, h2, p");
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    this.#page.ownerDocument.defaultView.scrollTo(0, 0);
  }

  showStage() {
    this.#words.hidden = true;
    this.#words.replaceChildren();
    this.#stage.hidden = false;
    this.#page.ownerDocument.defaultView.scrollTo(0, 0);
  }

  progress(done, all, layout) {
    this.#progress.textContent = texts.progress[layout](done, all);
  }

  /** Seconds left to answer, in a corner where they move nothing; read aloud once. Null: nothing to say. */
  countdown(seconds) {
    const [seen, heard] = this.#countdown.children;
    if (seconds === null) heard.textContent = "";
    else if (heard.textContent === "") heard.textContent = texts.secondsLeft(seconds);
    seen.textContent = seconds === null ? "" : texts.secondsLeft(seconds);
  }

  /** From fixation to mask nothing but the canvas may change, and nothing else is to be seen. */
  quiet(quiet) {
    this.#quiet = quiet;
    this.#page.ownerDocument.body.classList.toggle("quiet", quiet);
    if (!quiet) this.#status.textContent = this.#statusText;
  }

  status(words) {
    this.#statusText = words;
    if (!this.#quiet) this.#status.textContent = words;
  }
}

/** A button that offers the full screen; null where the browser has none. */
export function fullscreenButton(page = document) {
  if (!page.fullscreenEnabled || page.fullscreenElement) return null;
  const button = element("button", { type: "button", class: "secondary" }, texts.fullscreen);
  button.addEventListener("click", () =>
    page.documentElement.requestFullscreen({ navigationUI: "hide" }).then(
      () => button.remove(),
      () => button.remove(),
    ),
  );
  return button;
}
