/**
 * A witness in a process of its own: a frame without rights, which the browser keeps apart from the page.
 *
 * The page's compositor never waits for it, so it may be asked for the frame of every edge, however busy page and
 * machine are. Its probes are drawn into the same frames of the display as the faces: they tell when these frames
 * were presented, not what of the page was in them.
 */

const PATIENCE_MS = 3000;
const CLOCKS_AGREE_MS = 1;
const TRIES = 3;
const REMEMBERED = 9;

/** What stands in where the browser does not keep the frame apart: the page looks for itself. */
export const nobody = { watching: false, usualMs: null, watch: () => {}, seen: async () => null };

export class IsolatedWitness {
  #ask;
  #originMs;
  #seen = null;
  #latencies = [];
  #intervalMs;
  #gone = false;

  /** `ask(question, about)`: see isolated_frame.js. `originMs`: the page's time origin. */
  constructor({ ask, originMs }) {
    this.#ask = ask;
    this.#originMs = originMs;
  }

  get watching() {
    return this.#seen !== null;
  }

  /** Look at the frames before, at and after both edges. */
  watch({ onsetFrame, offsetFrame, intervalMs }) {
    if (this.#gone) return;
    this.#intervalMs = intervalMs;
    const stretches = stretchesAround([onsetFrame, offsetFrame], intervalMs);
    const about = stretches.map((stretch) => stretch.map((time) => time + this.#originMs));
    this.#seen = this.#ask("look", about).then((frames) => this.#take(frames));
  }

  /** The frames looked at: [{at, doneAt, presentedAt}] on the page's clock; null where none were asked for. */
  async seen() {
    const seen = this.#seen;
    this.#seen = null;
    return seen;
  }

  // A frame that does not answer is not asked again: every trial would wait for it.
  #take(frames) {
    this.#gone ||= frames === null;
    return (frames ?? []).map((frame) => this.#onPage(frame));
  }

  #onPage(frame) {
    const onPage = (time) => time && time - this.#originMs;
    return { at: frame.at - this.#originMs, doneAt: onPage(frame.doneAt), presentedAt: onPage(frame.presentedAt) };
  }

  /** Remember how long all frames of a look took to their presentation, and those of the edges. */
  learn(frames, edgeFrames) {
    const took = ({ at, presentedAt }) => presentedAt - at;
    const seen = frames.filter(({ presentedAt }) => presentedAt !== null);
    if (seen.length === 0) return;
    this.#latencies.push({ least: Math.min(...seen.map(took)), edges: seen.filter((frame) => edgeFrames.includes(frame)).map(took) });
    if (this.#latencies.length > REMEMBERED) this.#latencies.shift();
  }

  /**
   * Usual time from a frame that is an edge to its presentation; null before the first look. A frame's length more
   * than the least is never usual, however often it came of late. An edge takes longer than other frames do.
   */
  get usualMs() {
    if (this.#latencies.length === 0) return null;
    const least = Math.min(...this.#latencies.map((look) => look.least));
    const edges = this.#latencies.flatMap((look) => look.edges).filter((took) => took < least + 0.75 * this.#intervalMs);
    const sorted = edges.sort((a, b) => a - b);
    return sorted[(sorted.length - 1) >> 1] ?? least + this.#intervalMs / 4;
  }
}

/**
 * From two frames before each edge to the first after it, as one stretch where there is little between them. The
 * measured interval runs away from the display, so there is a thousandth more for the second edge.
 */
export function stretchesAround([onsetFrame, offsetFrame], intervalMs) {
  const drift = (offsetFrame - onsetFrame) / 1000;
  const onset = [onsetFrame - 2.5 * intervalMs, onsetFrame + 0.5 * intervalMs];
  const offset = [offsetFrame - 2.5 * intervalMs - drift, offsetFrame + 0.5 * intervalMs + drift];
  return offset[0] - onset[1] < 3 * intervalMs ? [[onset[0], offset[1]]] : [onset, offset];
}

/** Asks questions at a port; null for one that is not answered in time. */
export function asker(port, wait) {
  const waiting = new Map();
  let count = 0;
  port.onmessage = ({ data: { number, answer } }) => {
    waiting.get(number)?.(answer);
    waiting.delete(number);
  };
  return (question, about, patienceMs = PATIENCE_MS) => {
    const number = (count += 1);
    port.postMessage({ number, question, about });
    const answered = new Promise((resolve) => waiting.set(number, resolve));
    const lengthMs = Array.isArray(about) ? Math.max(0, about.at(-1)[1] - about[0][0]) : 0;
    return Promise.race([answered, wait(patienceMs + lengthMs).then(() => null)]);
  };
}

/** Whether the frame's clock shows the same time as the page's: the answer lies between question and receipt. */
export async function clocksAgree({ ask, now, originMs }) {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const before = now() + originMs;
    const told = await ask("time");
    const after = now() + originMs;
    if (told === null || told < before - CLOCKS_AGREE_MS || told > after + CLOCKS_AGREE_MS) return false;
  }
  return true;
}

/** Whether the frame goes on with its tasks while the page does not get to any: it is in a process of its own. */
export async function isApart({ ask, now, originMs, wait }) {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const told = ask("tasks", 200);
    await wait(30);
    const begun = now();
    while (now() - begun < 20);
    const within = ((await told) ?? []).filter((time) => time - originMs > begun + 5 && time - originMs < begun + 15);
    if (within.length > 2) return true;
  }
  return false;
}

function openFrame(place, url) {
  const frame = place.ownerDocument.createElement("iframe");
  const attributes = { class: "isolated", sandbox: "allow-scripts", allow: "cross-origin-isolated", "aria-hidden": "true", tabindex: -1, title: document.title };
  for (const [name, value] of Object.entries(attributes)) frame.setAttribute(name, value);
  frame.src = url;
  const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
  place.append(frame);
  return { frame, loaded };
}

/** A witness that has proved to be in a process of its own, or nobody. `place`: the element to put its frame into. */
export async function findIsolatedWitness({ place, wait, now = () => performance.now(), originMs = performance.timeOrigin }) {
  const { frame, loaded } = openFrame(place, new URL("../isolated_frame.html", import.meta.url));
  await Promise.race([loaded, wait(2 * PATIENCE_MS)]);
  const { port1, port2 } = new MessageChannel();
  frame.contentWindow.postMessage(null, "*", [port2]);
  const ask = asker(port1, wait);
  if ((await clocksAgree({ ask, now, originMs })) && (await isApart({ ask, now, originMs, wait }))) return new IsolatedWitness({ ask, originMs });
  frame.remove();
  return nobody;
}
