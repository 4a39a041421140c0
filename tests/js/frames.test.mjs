import assert from "node:assert/strict";
import { test } from "node:test";

import { FrameMeter, usualInterval } from "../../study/static/js/frames.js";
import { Display } from "./display.mjs";

for (const hz of [30, 50, 60, 75, 120, 144, 240]) {
  test(`a ${hz} Hz display is recognised despite jitter and dropped frames`, async () => {
    const display = new Display({ hz, jitterMs: 0.08 * (1000 / hz), dropped: (n) => n % 9 === 4 });
    const interval = await display.run(new FrameMeter(display.nextFrame).warmUp(120));
    assert.ok(Math.abs(interval - 1000 / hz) < 0.02 * (1000 / hz), `${interval} ms`);
  });
}

test("stamps in whole milliseconds do not bend the interval", () => {
  const stamps = Array.from({ length: 121 }, (_, frame) => Math.round((frame * 1000) / 60));
  const intervals = stamps.slice(1).map((stamp, place) => stamp - stamps[place]);
  assert.ok(Math.abs(usualInterval(intervals) - 1000 / 60) < 0.02);
});

test("without frames nothing is claimed", () => {
  assert.equal(usualInterval([]), null);
});

test("a display that drops every other frame keeps its interval, and never has none", () => {
  const half = [16.7, 33.4];
  assert.equal(usualInterval([...half, ...half, ...half]), 16.7);
  assert.equal(usualInterval([16.7, 100]), 16.7);
});

test("a pause in which nobody asked for frames is not an interval", async () => {
  const stamps = [0, 10, 20, 5000, 5010];
  const meter = new FrameMeter(async () => stamps.shift());
  while (stamps.length) await meter.next();
  assert.equal(meter.intervalMs, 10);
});

test("the estimate follows a display that changes its rate", async () => {
  let now = 0;
  let period = 1000 / 120;
  const meter = new FrameMeter(async () => (now += period), { keep: 60 });
  await meter.warmUp(60);
  period = 1000 / 60;
  for (let frame = 0; frame < 60; frame += 1) await meter.next();
  assert.ok(Math.abs(meter.intervalMs - 1000 / 60) < 0.01);
});
