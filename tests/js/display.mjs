/** A display that exists only in numbers: frames at a rate, with jitter, drops and a pipeline behind them. */
import { seededNumbers } from "../../study/static/js/painter.js";

/**
 * `dropped(n)`: how many refreshes pass without a callback before callback n. `late(n)`: how many refreshes
 * later than usual what is drawn in callback n is presented. `jitterMs`: error of the callback's stamp.
 */
export class Display {
  constructor({ hz, jitterMs = 0, dropped = () => 0, late = () => 0, latencyFrames = 2, seed = 1 }) {
    Object.assign(this, { hz, jitterMs, dropped, late, latencyFrames });
    this.periodMs = 1000 / hz;
    this.random = seededNumbers(seed);
    this.refresh = 0;
    this.callback = 0;
    this.screen = []; // [{refresh, what}] as presented
    this.probes = [];
  }

  nextFrame = async () => {
    this.refresh += 1 + this.dropped(this.callback);
    this.callback += 1;
    this.stamp = this.refresh * this.periodMs + (this.random() - 0.5) * 2 * this.jitterMs;
    return this.stamp;
  };

  present(what) {
    const refresh = this.refresh + this.latencyFrames + this.late(this.callback);
    this.screen.push({ refresh, what });
    return refresh * this.periodMs;
  }

  painter = { faces: () => this.present("pair"), cover: () => this.present("mask") };

  /** A witness whose report comes `afterFrames` callbacks after the presentation was asked for. */
  witness({ silent = [], afterMs = 0 } = {}) {
    const latencies = [];
    return {
      kind: "element_timing",
      latencyMs: this.latencyFrames * this.periodMs,
      mark: async (edge) => {
        const at = this.screen.at(-1).refresh * this.periodMs;
        if (afterMs) for (let turn = 0; turn < afterMs; turn += 1) await null;
        return silent.includes(edge) ? null : at;
      },
      learn: (callbackAt, presentedAt) => latencies.push(presentedAt - callbackAt),
      latencies,
      clear: () => {},
    };
  }

  /** Refreshes for which the pair was on the screen. */
  get shownFrames() {
    const on = this.screen.find(({ what }) => what === "pair").refresh;
    return this.screen.find(({ what }) => what === "mask").refresh - on;
  }
}

export const undisturbed = () => ({
  hidden: false,
  blurred: false,
  resized: false,
  whenHidden: new Promise(() => {}),
});
