/**
 * A display that exists only in numbers: refreshes at a rate, a compositor that carries out the edges of an
 * exposure, a page that takes part in its frames when it has the time, and a second clock beside both.
 */
import { seededNumbers } from "../../study/static/js/painter.js";
import { leadFrames } from "../../study/static/js/curtain.js";
import { Steadiness } from "../../study/static/js/steadiness.js";
import { Witness } from "../../study/static/js/evidence.js";
import { IsolatedWitness } from "../../study/static/js/isolated_witness.js";

/**
 * Time passes only in `run(promise)`. `busy`: [from, to] pairs in ms in which the page can do nothing.
 * `stalled(n)`: whether refresh n passes without the compositor, which then shows it at the next one.
 * `clockLateMs(n)`: how late the second clock's frame n comes. `dropped(n)`: no page frame at refresh n.
 * `pageMs`: how long the page takes over a task. `refreshMs(n)`: length of refresh n, for displays that change their rate. `jitterMs`: error of stamps.
 */
export class Display {
  constructor({ hz = 60, jitterMs = 0, pageMs = 0.2, busy = [], stalled = () => false, clockLateMs = () => 0.5, dropped = () => false, latencyMs = 7, silent = () => false, seed = 1, refreshMs = () => 1000 / hz }) {
    Object.assign(this, { pageMs, hz, jitterMs, busy, stalled, clockLateMs, dropped, latencyMs, silent, refreshMs });
    this.random = seededNumbers(seed);
    this.time = 0;
    this.events = [];
    this.refreshes = 0;
    this.refreshAt = 0;
    this.waitingFrames = [];
    this.runs = [];
    this.history = [];
    this.screen = [{ at: 0, what: "cover" }];
    this.shown = "cover";
    this.#next();
  }

  at(time, act) {
    this.events.push({ time, act, order: this.events.length + this.refreshes });
  }

  /** Let time pass until the promise is settled. */
  async run(promise, mostMs = 100_000) {
    let settled = false;
    promise.then(() => (settled = true), () => (settled = true));
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (settled) return promise;
      if (this.time > mostMs) throw new Error(`nothing came of it in ${mostMs} ms`);
      this.events.sort((a, b) => a.time - b.time || a.order - b.order);
      const { time, act } = this.events.shift();
      this.time = Math.max(this.time, time);
      act();
    }
  }

  #next() {
    const n = (this.refreshes += 1);
    this.refreshAt += this.refreshMs(n);
    const at = this.refreshAt;
    this.at(at, () => {
      this.#compose(n, at);
      this.#pageFrame(n, at);
      this.#secondClock(n, at);
      this.#next();
    });
  }

  // What was due at a refresh without the compositor comes with the next one.
  #compose(n, at) {
    this.frame = at;
    this.history.push({ at, stalled: this.stalled(n) });
    if (this.stalled(n)) return;
    // The compositor waits for a frame that the page owes, in vain if the page is busy: all comes a frame late.
    const owed = this.waitingFrames.length > 0 && this.#busyUntil(at + 1) > at + 1;
    const seenAt = owed ? at + this.refreshMs(n) : at;
    for (const run of this.runs) {
      run.startedAt ??= this.#begin(run, at);
      const lead = leadFrames(run.intervalMs);
      const due = (at - run.startedAt) / run.intervalMs;
      if (run.planned !== null && due >= lead + run.planned - 0.5) this.#show("after", seenAt);
      else if (due >= lead - 0.5) this.#show("faces", seenAt);
    }
    for (const probe of this.committed?.splice(0) ?? []) this.#presented(probe, at);
  }

  #begin(run, at) {
    this.at(at + 2, () => this.#whenFree(() => run.tell(at)));
    return at;
  }

  #show(what, at) {
    if (this.shown === what) return;
    this.shown = what;
    this.screen.push({ at, what });
  }

  #pageFrame(n, at) {
    const waiting = this.waitingFrames.splice(0);
    if (waiting.length === 0) return;
    if (this.dropped(n) || this.#busyUntil(at) > at) return void this.waitingFrames.push(...waiting);
    this.inFrame = [];
    const stamp = at + (this.random() - 0.5) * 2 * this.jitterMs;
    waiting.forEach((resolve) => resolve(stamp));
    // The page shares the compositor's frame; if the compositor stalled, both come with the next one.
    const stalled = this.stalled(n);
    this.at(at, () => {
      const probes = this.pending?.splice(0) ?? [];
      if (stalled) (this.committed ??= []).push(...probes);
      else probes.forEach((probe) => this.#presented(probe, at));
    });
  }

  #presented(identifier, at) {
    const presentedAt = at + this.latencyMs;
    this.at(presentedAt + 5, () => this.silent(identifier) || this.report(identifier, presentedAt));
  }

  #secondClock(n, at) {
    const late = this.clockLateMs(n);
    if (late === null || !this.clockRuns) return;
    this.at(at + late, () => this.#whenFree(() => this.clockListener({ data: { origin: 0, at, now: at + late } })));
  }

  #busyUntil(time) {
    const block = this.busy.find(([from, to]) => time >= from && time < to);
    return block ? block[1] : time;
  }

  #whenFree(act) {
    const free = this.#busyUntil(this.time);
    if (free > this.time) this.at(free, () => this.#whenFree(act));
    else act();
  }

  now = () => this.time;

  wait = (ms) => new Promise((resolve) => this.at(this.time + ms, () => this.#whenFree(resolve)));

  nextFrame = () => new Promise((resolve) => this.waitingFrames.push(resolve));

  get clock() {
    return { now: this.now, wait: this.wait };
  }

  curtain = {
    draw: ({ intervalMs, planned }) => {
      let tell;
      const started = new Promise((resolve) => (tell = resolve));
      const run = { intervalMs, planned, tell };
      this.runs.push(run);
      const cancel = () => {
        this.runs = this.runs.filter((other) => other !== run);
        if (!this.taken) this.#show("cover", this.time);
      };
      return { started, cancel };
    },
  };

  painter = {
    blank: () => this.#take("cover"),
    over: () => this.#take("after"),
    uncover: () => this.#take("faces"),
  };

  #take(what) {
    this.taken = true;
    this.#show(what, this.frame);
    queueMicrotask(() => (this.taken = false));
  }

  witness() {
    return new Witness({
      place: { append: (probe) => (this.pending ??= []).push(probe.elementtiming), replaceChildren() {} },
      makeProbe: async () => ({ setAttribute(name, value) { this[name] = value; } }),
      observe: (report) => (this.report = report),
      wait: this.wait,
      now: this.now,
      nextFrame: this.nextFrame,
      nextTask: () => this.wait(this.pageMs),
    });
  }

  steadiness({ runs = true } = {}) {
    const worker = {
      addEventListener: (_, listener) => (this.clockListener = listener),
      postMessage: (order) => {
        if (order === "tell") this.at(this.time + 1, () => this.#whenFree(() => this.clockListener({ data: { caughtUp: true } })));
        else this.clockRuns = order === "start";
      },
    };
    return new Steadiness({ worker: runs ? worker : null, wait: this.wait, now: this.now, originMs: 0, observeBlocks: (report) => (this.blocked = report) });
  }

  /** A frame in a process of its own; `starved(at)`: it is not given its frame at that time. */
  isolated({ starved = () => false } = {}) {
    const told = ([at, stalled], next) => ({ at, doneAt: at + 1, presentedAt: (stalled ? next : at) + this.latencyMs });
    const look = (stretches) =>
      this.history
        .filter(({ at }) => stretches.some(([from, to]) => at >= from && at <= to + 20) && !starved(at))
        .map(({ at, stalled }) => told([at, stalled], at + this.refreshMs()));
    const ask = (_, stretches) => this.wait(stretches.at(-1)[1] + 40 - this.time).then(() => look(stretches));
    return new IsolatedWitness({ ask, originMs: 0 });
  }

  /** Refreshes for which the faces were on the screen. */
  get shownFrames() {
    const on = this.screen.find(({ what }) => what === "faces");
    const off = this.screen.find(({ at, what }) => what !== "faces" && at > on.at);
    return Math.round(((off.at - on.at) * this.hz) / 1000);
  }
}

export const undisturbed = () => ({
  hidden: false,
  blurred: false,
  resized: false,
  whenHidden: new Promise(() => {}),
});
