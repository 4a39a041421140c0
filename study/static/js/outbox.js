/**
 * Bring every message to the server, whatever the network does.
 *
 * A message is kept first, then sent, and deleted only when the server has acknowledged its number.
 */
import { pauseMs } from "./pictures.js";

const BATCH = 50;
// However long the server asks to be left alone, we look again after this.
const LONGEST_PAUSE_MS = 120_000;

/** The server said that this session is no more; nothing further can be stored. */
export class SessionGone extends Error {}

export class Outbox {
  #store;
  #session;
  #send;
  #wait;
  #random;
  #tell;
  #running = null;
  #wake = null;
  #asked = 0;
  #most = BATCH;
  #tooLarge = new Set();
  #gone = null;
  #drained = [];

  /**
   * store: see store.js. send(messages): resolves with {acknowledged, refused}, rejects when it did not work:
   * with SessionGone when it never will; `status` 413 asks for less at once, `afterMs` for a pause.
   * wait(ms). tell(state): `saved`, `sending` or `waiting`, with the number of unsent messages.
   */
  constructor({ store, session, send, wait, random = Math.random, tell = () => {} }) {
    this.#store = store;
    this.#session = session;
    this.#send = send;
    this.#wait = wait;
    this.#random = random;
    this.#tell = tell;
  }

  get durable() {
    return this.#store.durable;
  }

  /** Keep a message; resolves with its number once it is safe from a reload. Sending goes on beside. */
  async put(message) {
    const number = await this.#store.add(this.#session, message);
    this.flush();
    return number;
  }

  /** Remember that a trial's pictures are about to be seen, until its message is kept. */
  note(trial) {
    return this.#store.note(this.#session, trial);
  }

  noted() {
    return this.#store.noted(this.#session);
  }

  async unsent() {
    return (await this.#store.pending(this.#session)).length;
  }

  /** Positions of the trials whose answers wait here. */
  async unsentPositions() {
    const messages = await this.#store.pending(this.#session);
    return messages.filter((message) => message.kind === "trial").map((message) => message.position);
  }

  /** Send what waits, now: also cuts a pause between attempts short. */
  flush() {
    this.#asked += 1;
    this.#wake?.();
    this.#running ??= this.#run();
  }

  /** Resolves when the server has everything; rejects with SessionGone. */
  async drained() {
    if (this.#gone) throw this.#gone;
    if (!this.#running && (await this.unsent()) === 0) return;
    const waiting = new Promise((resolve, reject) => this.#drained.push({ resolve, reject }));
    this.flush();
    await waiting;
  }

  async #run() {
    let failures = 0;
    for (;;) {
      const asked = this.#asked;
      const messages = await this.#store.pending(this.#session);
      if (messages.length === 0) {
        // What was put while we looked would otherwise wait for the next occasion.
        if (asked !== this.#asked) continue;
        return this.#finish();
      }
      this.#tell(failures ? "waiting" : "sending", messages.length);
      try {
        await this.#deliver(this.#next(messages));
        failures = 0;
      } catch (error) {
        if (error instanceof SessionGone) return this.#give(error);
        this.#tell("waiting", messages.length);
        await this.#pause(failures, error.afterMs);
        failures += 1;
      }
    }
  }

  /** As many as may go at once; what alone is too large for something in between goes last, by itself. */
  #next(messages) {
    const small = messages.filter(({ number }) => !this.#tooLarge.has(number));
    if (small.length) return small.slice(0, this.#most);
    this.#tooLarge.delete(messages[0].number);
    return [messages[0]];
  }

  async #deliver(batch) {
    const { acknowledged, refused } = await this.#answer(batch);
    const sent = new Set(batch.map((message) => message.number));
    const answered = new Set(acknowledged);
    for (const { number, reason } of refused) {
      if (!sent.has(number)) continue;
      await this.#keepRefused(batch.find((message) => message.number === number), reason);
      answered.add(number);
    }
    const done = [...answered].filter((number) => sent.has(number));
    if (done.length === 0) throw new Error("the server acknowledged none of the messages");
    await this.#store.remove(this.#session, done);
  }

  async #answer(batch) {
    let answer;
    try {
      answer = await this.#send(batch);
    } catch (error) {
      if (error.status === 413) this.#sendLess(batch);
      throw error;
    }
    this.#most = Math.min(BATCH, 2 * this.#most);
    if (Array.isArray(answer?.acknowledged) && Array.isArray(answer.refused)) return answer;
    throw new Error("expected numbers that are acknowledged and refused, found another answer");
  }

  #sendLess(batch) {
    if (batch.length === 1) this.#tooLarge.add(batch[0].number);
    this.#most = Math.max(1, Math.floor(batch.length / 2));
  }

  // Sending it again would never help. What was answered still reaches the server, as an event.
  async #keepRefused(message, reason) {
    if (message.kind === "event" && message.event === "refused_message") return;
    const event = {
      kind: "event",
      event: "refused_message",
      position: message.position ?? null,
      at_ms: null,
      detail: { number: message.number, reason: reason.slice(0, 500), message: JSON.stringify(message).slice(0, 4000) },
    };
    await this.#store.add(this.#session, event);
  }

  #finish() {
    this.#running = null;
    this.#tell("saved", 0);
    for (const { resolve } of this.#drained.splice(0)) resolve();
  }

  #give(error) {
    this.#running = null;
    this.#gone = error;
    this.#tell("gone", 0);
    for (const { reject } of this.#drained.splice(0)) reject(error);
  }

  async #pause(failures, afterMs = 0) {
    const grown = pauseMs(failures, { random: this.#random });
    if (afterMs > grown) return this.#wait(Math.min(afterMs, LONGEST_PAUSE_MS));
    const woken = new Promise((resolve) => (this.#wake = resolve));
    await Promise.race([this.#wait(grown), woken]);
    this.#wake = null;
  }
}
