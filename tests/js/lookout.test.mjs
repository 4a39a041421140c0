import assert from "node:assert/strict";
import { test } from "node:test";

import { Lookout } from "../../study/static/js/lookout.js";

const INTERVAL = 10;

/** A lookout on a display whose frames come every 10 ms and are presented 4 ms later, but for those not `told` of. */
function stand({ told = () => true } = {}) {
  const clock = { time: 0, alarms: [], painted: [], cleared: 0 };
  let report;
  const at = (time, act) => clock.alarms.push({ time, act });
  const wait = (ms) => new Promise((resolve) => at(clock.time + ms, resolve));
  const next = () => Math.floor(clock.time / INTERVAL + 1) * INTERVAL;
  const lookout = new Lookout({
    now: () => clock.time,
    wait,
    nextFrame: () => new Promise((resolve) => at(next(), () => resolve(clock.time))),
    nextTask: () => wait(1),
    paint: (identifier) => {
      const frame = clock.time;
      clock.painted.push(frame);
      if (told(frame)) at(frame + 4, () => report(identifier, frame + 4));
    },
    clear: () => (clock.cleared += 1),
    observe: (tell) => (report = tell),
  });
  async function run(promise) {
    let settled = false;
    promise.then(() => (settled = true));
    while (!settled) {
      for (let turn = 0; turn < 20; turn += 1) await null;
      if (settled || clock.alarms.length === 0) break;
      clock.alarms.sort((a, b) => a.time - b.time);
      const { time, act } = clock.alarms.shift();
      clock.time = Math.max(clock.time, time);
      act();
    }
    return promise;
  }
  return { lookout, clock, run };
}

test("every frame near an edge is painted and told of, and none between", async () => {
  const { lookout, clock, run } = stand();
  const seen = await run(lookout.look([[175, 205], [475, 505]]));
  assert.deepEqual(seen.map(({ at }) => at), [180, 190, 200, 210, 480, 490, 500, 510]);
  assert.deepEqual(seen[0], { at: 180, doneAt: 181, presentedAt: 184 });
  assert.deepEqual(clock.painted, seen.map(({ at }) => at));
});

test("a frame whose presentation is not told is waited for no longer than a while", async () => {
  const { lookout, clock, run } = stand({ told: () => false });
  const seen = await run(lookout.look([[175, 205]]));
  assert.ok(seen.every(({ presentedAt }) => presentedAt === null));
  assert.equal(clock.time, 205 + 1500);
});

test("a later look ends an earlier one", async () => {
  const { lookout, clock, run } = stand();
  const first = lookout.look([[175, 205]]);
  const second = await run(lookout.look([[375, 405]]));
  assert.deepEqual(second.map(({ at }) => at), [380, 390, 400, 410]);
  await run(first);
  assert.deepEqual(clock.painted, [380, 390, 400, 410]);
  assert.equal(clock.cleared, 2);
});
