import assert from "node:assert/strict";
import { test } from "node:test";

import { observeLongTasks, startFrameClock, Steadiness } from "../../study/static/js/steadiness.js";

const INTERVAL = 10;

/** A second clock that has seen these frames: [due, how late]. Its own time begins 5000 ms after the page's. */
function seen(frames) {
  let tell;
  const orders = [];
  const worker = { addEventListener: (_, listener) => (tell = listener), postMessage: (order) => orders.push(order) };
  const steadiness = new Steadiness({ worker, wait: async () => {}, now: () => 0, originMs: 1000 });
  steadiness.start();
  for (const [at, lateMs] of frames) {
    tell({ data: { origin: 6000, at: at - 5000, now: at - 5000 + lateMs } });
  }
  return { steadiness, orders };
}

const regular = (from, to, lateMs = 1) => {
  const frames = [];
  for (let at = from; at <= to; at += INTERVAL) frames.push([at, lateMs]);
  return frames;
};

test("a display that keeps its time is as late as its latest frame", () => {
  const frames = regular(100, 200);
  frames[4] = [140, 2.5];
  assert.equal(seen(frames).steadiness.worst(100, 205, INTERVAL), 2.5);
});

test("a frame that is missing counts as the gap it left", () => {
  const frames = regular(100, 200).filter(([at]) => at !== 150);
  assert.equal(seen(frames).steadiness.worst(100, 205, INTERVAL), 10);
});

for (const [where, frames] of [
  ["first", regular(120, 200)],
  ["last", regular(100, 170)],
]) {
  test(`the ${where} frames count when they are missing`, () => {
    assert.ok(seen(frames).steadiness.worst(100, 205, INTERVAL) >= 20);
  });
}

test("frames outside the time asked for do not count", () => {
  const frames = [[80, 9], ...regular(100, 200), [210, 9]];
  assert.equal(seen(frames).steadiness.worst(100, 205, INTERVAL), 1);
  assert.deepEqual(seen(frames).steadiness.gaps(100, 121), [10, 10]);
});

test("an edge is judged by its own frame and the one after it", () => {
  const frames = regular(100, 200);
  frames[4] = [140, 2.5];
  const { steadiness } = seen(frames);
  assert.deepEqual([120, 130, 140, 150].map((edge) => steadiness.lateAt(edge, INTERVAL)), [1, 2.5, 2.5, 1]);
});

test("an edge whose frame or the one after it never came counts as late", () => {
  const { steadiness } = seen(regular(100, 200).filter(([at]) => at !== 150));
  assert.equal(steadiness.lateAt(150, INTERVAL), 10);
  assert.ok(steadiness.lateAt(140, INTERVAL) > INTERVAL / 2);
  assert.equal(steadiness.lateAt(160, INTERVAL), 1);
});

test("a frame is told of when it came, or the next one where it is missing", () => {
  const { steadiness } = seen(regular(100, 200, 2).filter(([at]) => at !== 150));
  assert.deepEqual([140.4, 150, 161, 220].map((due) => steadiness.receiptOf(due, INTERVAL)), [142, 162, 162, null]);
});

test("a display that is faster than was measured is noticed, one that is slower or unknown is not", () => {
  const { steadiness } = seen(regular(100, 200));
  const faster = (intervalMs) => steadiness.isFaster(intervalMs, 100, 200);
  assert.deepEqual([2 * INTERVAL, INTERVAL, INTERVAL / 2].map(faster), [true, false, false]);
  assert.equal(steadiness.isFaster(INTERVAL, 300, 400), false);
});

test("a frame to come is reckoned from the last one seen", () => {
  const { steadiness } = seen(regular(100.5, 200.5));
  assert.equal(steadiness.nearestFrame(238, INTERVAL), 240.5);
  assert.equal(new Steadiness({ worker: null, wait: async () => {}, now: () => 0, originMs: 0 }).nearestFrame(238, INTERVAL), 238);
});

test("a page blocked by a task of its own is remembered for seconds", () => {
  let now = 0;
  let tell;
  const observeBlocks = (report) => (tell = report);
  const steadiness = new Steadiness({ worker: null, wait: async () => {}, now: () => now, originMs: 0, observeBlocks });
  assert.equal(steadiness.pageBlocks, false);
  tell();
  now = 4000;
  assert.equal(steadiness.pageBlocks, true);
  now = 6000;
  assert.equal(steadiness.pageBlocks, false);
});

test("a browser that does not tell of long tasks is not asked", () => {
  observeLongTasks(() => {}, { PerformanceObserver: { supportedEntryTypes: ["element"] } });
  observeLongTasks(() => {}, {});
});

test("without a second clock nothing is known", async () => {
  const none = new Steadiness({ worker: null, wait: async () => {}, now: () => 0, originMs: 0 });
  none.start();
  await none.caughtUp();
  assert.equal(none.worst(0, 100, INTERVAL), null);
  assert.deepEqual(none.gaps(0, 100), []);
  assert.equal(startFrameClock({}), null);
});

test("a clock that told of frames before and of none since was late all the while; one that never did is none", () => {
  const { steadiness } = seen(regular(100, 200));
  steadiness.start();
  assert.equal(steadiness.worst(300, 405, INTERVAL), 105);
  assert.equal(seen([]).steadiness.worst(300, 405, INTERVAL), null);
});

test("every presentation begins with an empty record, and the worker rests in between", () => {
  const { steadiness, orders } = seen(regular(100, 200));
  steadiness.stop();
  steadiness.start();
  assert.deepEqual(steadiness.gaps(100, 205), []);
  assert.deepEqual(orders, ["start", "stop", "start"]);
});

test("the worker tells of every frame while it runs, and says when it has told all", async () => {
  const told = [];
  let listen;
  const frames = [];
  Object.assign(globalThis, {
    addEventListener: (_, listener) => (listen = listener),
    postMessage: (data) => told.push(data),
    requestAnimationFrame: (tick) => frames.push(tick),
  });
  await import("../../study/static/js/frame_clock.js");
  listen({ data: "start" });
  listen({ data: "start" });
  frames.shift()(7);
  assert.equal(frames.length, 1);
  assert.equal(told[0].at, 7);
  listen({ data: "stop" });
  frames.shift()(8);
  listen({ data: "tell" });
  assert.equal(frames.length, 0);
  assert.deepEqual(told.at(-1), { caughtUp: true });
});
