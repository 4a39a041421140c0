/** The time to answer a trial: says when it is nearly over, and when it is. */

const NOTICE_MS = 5000;

export class Deadline {
  /** Whether the time ran out. */
  over = false;
  #stopped = false;

  /**
   * The clock runs from now on for `lengthMs`. `now()` and `wait(ms)` are its time. `tell(seconds)` is called
   * in the last five seconds, or in the last half of a shorter time; `tell(null)` when there is nothing more
   * to say. `expired` resolves when the time is over, unless `stop()` came before.
   */
  constructor({ lengthMs, now, wait, tell }) {
    this.expired = new Promise((resolve) => this.#run({ lengthMs, now, wait, tell, resolve }));
    this.stop = () => {
      if (this.#stopped) return;
      this.#stopped = true;
      tell(null);
    };
  }

  async #run({ lengthMs, now, wait, tell, resolve }) {
    const end = now() + lengthMs;
    await wait(lengthMs - Math.min(NOTICE_MS, lengthMs / 2));
    for (let left = end - now(); left > 0 && !this.#stopped; left = end - now()) {
      const seconds = Math.ceil(left / 1000);
      tell(seconds);
      await wait(left - 1000 * (seconds - 1));
    }
    if (this.#stopped) return;
    this.over = true;
    this.stop();
    resolve();
  }
}
