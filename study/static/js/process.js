/**
 * How answers were given, in a few numbers for each trial, and the presses that were none.
 *
 * Sums only: where the pointer went and which keys were pressed is not kept. docs/trials.md says what this is
 * good for, and that nobody is rejected by it.
 */
import { middle } from "./frames.js";
import { tenth } from "./responses.js";

const MOST_PRESSES = 10;
const LATER_MS = 2000;
const MOST_GAPS = 500;
const PUT_IN = ["insertFromPaste", "insertFromDrop"];

export class Process {
  #presses;
  #at = null;
  #path = emptyPath();
  #typing = emptyTyping();
  #noted = [];
  #begunAt = 0;
  #open = null;

  /** target: the window. presses: see responses.js. */
  constructor(target, presses) {
    this.#presses = presses;
    const listen = (kind, act) => target.addEventListener(kind, act, { capture: true, passive: true });
    listen("pointermove", (event) => this.#move(event));
    listen("keydown", (event) => this.#type(event));
    listen("input", (event) => (this.#typing.pastes += PUT_IN.includes(event.inputType) ? 1 : 0));
  }

  /** Count from `now` on, which is shortly before the onset. */
  begin(now) {
    this.#begunAt = now;
    this.#path = emptyPath();
    this.#typing = emptyTyping();
    this.#noted = [];
  }

  /** Remember a press that was not taken as an answer: `early_press` or `later_press`. */
  note(event, press, said = {}) {
    this.#noted.push({ event, press, detail: { phase: "question", ...said } });
  }

  /**
   * The numbers of a trial whose questions have just been answered or given up.
   *
   * path and typing count from `begin()`. `trusted` is whether the browser itself vouches that every answer came
   * from a device and not from a script; null without answers.
   */
  summary(answers, onsetMs) {
    const { moves, lengthPx, from, firstAt } = this.#path;
    const { keys, gaps, pastes } = this.#typing;
    const straight = from && lengthPx > 0 ? distance(from, this.#at) / lengthPx : null;
    return {
      trusted: answers.length ? answers.every(({ press }) => press.trusted) : null,
      pointer_moves: moves,
      pointer_path_px: Math.round(lengthPx),
      pointer_straightness: straight === null ? null : Math.round(straight * 1000) / 1000,
      pointer_first_ms: firstAt === null ? null : tenth(firstAt - onsetMs),
      keys_typed: keys,
      key_gap_ms: gaps.length ? tenth(middle(gaps)) : null,
      pastes,
    };
  }

  /**
   * What was pressed on a trial from the onset on and was not taken as an answer, as events for the outbox.
   *
   * shown: {onset_ms, offset_ms} of the faces. askedAt, overAt: when the first question came up and when the
   * last answer was given or the time ran out; null where nothing was asked. Presses in the two seconds that
   * follow are told by `later()`.
   */
  early(position, { onset_ms: onset, offset_ms: offset }, { askedAt, overAt }) {
    // An exposure that was covered before it began has no onset.
    const since = Math.max(onset ?? 0, this.#begunAt);
    const before = this.#presses.unusedSince(since).filter((press) => press.downAt < (askedAt ?? Infinity));
    for (const press of before) {
      press.used = true;
      this.#noted.push({ event: "early_press", press, detail: { phase: press.downAt < offset ? "exposure" : "mask" } });
    }
    this.#open = overAt === null ? null : { position, onset, overAt };
    return this.#events(position, onset);
  }

  /** A second press, or a changed mind, after the last answer of the trial before. */
  later() {
    if (!this.#open) return [];
    const { position, onset, overAt } = this.#open;
    this.#open = null;
    const after = this.#presses.unusedSince(overAt).filter((press) => press.downAt <= overAt + LATER_MS);
    for (const press of after) {
      press.used = true;
      this.#noted.push({ event: "later_press", press, detail: { phase: "after" } });
    }
    return this.#events(position, onset);
  }

  #events(position, onset) {
    const inOrder = this.#noted.splice(0).sort((a, b) => a.press.downAt - b.press.downAt);
    const noted = inOrder.slice(0, MOST_PRESSES);
    return noted.map(({ event, press, detail }) => ({
      kind: "event",
      event,
      position,
      at_ms: tenth(press.downAt),
      detail: { ...detail, since_onset_ms: tenth(press.downAt - onset), input: press.input, key: keyName(press.key) },
    }));
  }

  #move(event) {
    if (event.pointerType === "touch") return;
    const to = { x: event.clientX, y: event.clientY };
    const path = this.#path;
    path.moves += 1;
    path.firstAt ??= event.timeStamp;
    path.from ??= this.#at ?? to;
    path.lengthPx += distance(this.#at ?? to, to);
    this.#at = to;
  }

  #type(event) {
    if (event.repeat || event.target?.tagName !== "TEXTAREA") return;
    const typing = this.#typing;
    if (typing.lastAt !== null && typing.gaps.length < MOST_GAPS) typing.gaps.push(event.timeStamp - typing.lastAt);
    typing.keys += 1;
    typing.lastAt = event.timeStamp;
  }
}

const emptyPath = () => ({ moves: 0, lengthPx: 0, from: null, firstAt: null });
const emptyTyping = () => ({ keys: 0, gaps: [], lastAt: null, pastes: 0 });
const distance = (a, b) => Math.hypot(b.x - a.x, b.y - a.y);
const keyName = (key) => (key === "pointer" ? null : key === " " ? "space" : key);
