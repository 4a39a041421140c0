/** When a key or pointer went down and came up, by the event's own time, and what kind of input it was. */

// The second tap of a double tap falls on whatever the first one brought up.
const DOUBLE_TAP_MS = 250;
const RELEASE_PATIENCE_MS = 1000;
const CLICK_MS = 100;
const REMEMBERED = 60;
const CONTROLS = "a, button, input, label, select, textarea";
// What a key said is kept only where it could have been an answer.
const ANSWER_KEYS = /^([0-9]|[fjFJ]|Arrow(Left|Right|Up|Down)|Enter| )$/;

/** Listens to every press of a page, before any control does. Times are ms on the page's clock. */
export class Presses {
  #down = new Map();
  #last = null;
  #recent = [];

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
    if (this.#last && belongs(this.#last, event)) return this.#last;
    // A click without a press comes from assistive technology, or from a script.
    return makePress(event, { source: "key", input: "keyboard", released: Promise.resolve(event.timeStamp) });
  }

  /**
   * Presses after `time` that could have been meant as answers, but did nothing: no question took them, and
   * they were on no control.
   */
  unusedSince(time) {
    return this.#recent.filter((press) => press.downAt > time && !press.used && press.key !== "" && !press.onControl);
  }

  #keyDown(event) {
    if (event.repeat) return;
    this.#begin(`key ${event.code}`, event, { source: "key", input: "keyboard" });
  }

  #pointerDown(event) {
    if (!event.isPrimary) return;
    const input = ["mouse", "touch", "pen"].includes(event.pointerType) ? event.pointerType : "mouse";
    this.#begin(`pointer ${event.pointerId}`, event, { source: "pointer", input });
  }

  #begin(name, event, kind) {
    let release;
    const released = new Promise((resolve) => (release = resolve));
    this.#down.set(name, release);
    this.#last = makePress(event, { ...kind, released, name });
    this.#recent.push(this.#last);
    if (this.#recent.length > REMEMBERED) this.#recent.shift();
  }

  #up(name, at) {
    this.#down.get(name)?.(at);
    this.#down.delete(name);
    if (this.#last?.name === name) this.#last.upAt = at;
  }
}

function makePress(event, { source, input, released, name = "" }) {
  const key = source === "pointer" ? "pointer" : ANSWER_KEYS.test(event.key) ? event.key : "";
  const onControl = Boolean(event.target?.closest?.(CONTROLS));
  const downAt = event.timeStamp;
  return { name, source, input, key, onControl, released, downAt, upAt: null, trusted: event.isTrusted, used: false };
}

// Enter clicks as it goes down, the space bar as it comes up. A key that was let go long before clicks nothing.
function belongs(press, event) {
  if (event.type !== "click") return press.source === "key";
  if (!event.isTrusted) return false;
  if (!isKeyboardClick(event)) return press.source === "pointer";
  return press.source === "key" && (press.upAt === null || event.timeStamp - press.upAt < CLICK_MS);
}

function isKeyboardClick(event) {
  return event.detail === 0 && !event.pointerType;
}

/** Whether a press was meant for a question that came up at `shownAt`. */
export function isMeantFor(press, shownAt) {
  return press.downAt >= shownAt + (press.source === "pointer" ? DOUBLE_TAP_MS : 0);
}

/**
 * Take a press as the answer to a question; false, and a note of it, when it came before the question could be
 * read, or when the question was answered already.
 *
 * note(event, press, said): where such a press goes instead; said is {question, target, value}.
 */
export function takes({ question, shownAt, note }, press, { target, value, answered = false }) {
  press.used = true;
  const said = { question: question.id, target, value };
  if (!isMeantFor(press, shownAt)) note("early_press", press, said);
  else if (answered) note("later_press", press, said);
  else return true;
  return false;
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

export const tenth = (ms) => Math.round(ms * 10) / 10;
