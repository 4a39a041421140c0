/** When a key or pointer went down and came up, by the event's own time, and what kind of input it was. */

// The second tap of a double tap falls on whatever the first one brought up.
const DOUBLE_TAP_MS = 250;
const RELEASE_PATIENCE_MS = 1000;

/** Listens to every press of a page, before any control does. Times are ms on the page's clock. */
export class Presses {
  #down = new Map();
  #last = null;

  constructor(target) {
    const listen = (kind, act) => target.addEventListener(kind, act, { capture: true, passive: true });
    listen("keydown", (event) => this.#keyDown(event));
    listen("keyup", (event) => this.#up(`key ${event.code}`, event.timeStamp));
    listen("pointerdown", (event) => this.#pointerDown(event));
    listen("pointerup", (event) => this.#up(`pointer ${event.pointerId}`, event.timeStamp));
    listen("pointercancel", (event) => this.#down.delete(`pointer ${event.pointerId}`));
  }

  /** The press that a keydown or click event belongs to. */
  of(event) {
    const wanted = event.type === "click" && !isKeyboardClick(event) ? "pointer" : "key";
    if (this.#last?.source === wanted) return this.#last;
    // A click without a press comes from assistive technology.
    return makePress("key", "keyboard", event.timeStamp, Promise.resolve(event.timeStamp));
  }

  #keyDown(event) {
    if (event.repeat) return;
    this.#begin(`key ${event.code}`, "key", "keyboard", event.timeStamp);
  }

  #pointerDown(event) {
    if (!event.isPrimary) return;
    const input = ["mouse", "touch", "pen"].includes(event.pointerType) ? event.pointerType : "mouse";
    this.#begin(`pointer ${event.pointerId}`, "pointer", input, event.timeStamp);
  }

  #begin(name, source, input, downAt) {
    let release;
    const released = new Promise((resolve) => (release = resolve));
    this.#down.set(name, release);
    this.#last = makePress(source, input, downAt, released);
  }

  #up(name, at) {
    this.#down.get(name)?.(at);
    this.#down.delete(name);
  }
}

function makePress(source, input, downAt, released) {
  return { source, input, downAt, released };
}

function isKeyboardClick(event) {
  return event.detail === 0 && !event.pointerType;
}

/** Whether a press was meant for a question that came up at `shownAt`. */
export function isMeantFor(press, shownAt) {
  return press.downAt >= shownAt + (press.source === "pointer" ? DOUBLE_TAP_MS : 0);
}

/**
 * Ratings as they are sent: times count from the onset of the faces, to a tenth of a millisecond.
 *
 * A key still held down a second after the last answer has no release time.
 */
export async function asRatings(answers, onsetMs, wait) {
  const given = answers.filter((answer) => answer.value !== "");
  return Promise.all(
    given.map(async ({ question, target, value, press }) => {
      const up = await Promise.race([press.released, wait(RELEASE_PATIENCE_MS).then(() => null)]);
      return {
        question,
        target,
        value,
        rt_ms: tenth(press.downAt - onsetMs),
        release_ms: up === null ? null : tenth(up - onsetMs),
        input: press.input,
      };
    }),
  );
}

const tenth = (ms) => Math.round(ms * 10) / 10;
