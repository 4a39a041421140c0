import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadline } from "../../study/static/js/deadline.js";

/** A clock that jumps to the next moment anybody waits for. */
function clock() {
  let time = 0;
  const waiting = [];
  const settle = async () => {
    for (let turn = 0; turn < 20; turn += 1) await null;
  };
  return {
    now: () => time,
    wait: (ms) => new Promise((resolve) => waiting.push({ at: time + Math.max(0, ms), resolve })),
    async runTo(end) {
      await settle();
      for (;;) {
        waiting.sort((a, b) => a.at - b.at);
        if (!waiting.length || waiting[0].at > end) break;
        const next = waiting.shift();
        time = next.at;
        next.resolve();
        await settle();
      }
      time = end;
    },
  };
}

function stand(lengthMs) {
  const time = clock();
  const said = [];
  const deadline = new Deadline({ ...time, lengthMs, tell: (seconds) => said.push([time.now(), seconds]) });
  let expiredAt = null;
  deadline.expired.then(() => (expiredAt = time.now()));
  return { time, said, deadline, expiredAt: () => expiredAt };
}

test("says nothing until the last five seconds, then each second, then that it is over", async () => {
  const { time, said, deadline, expiredAt } = stand(20_000);
  await time.runTo(14_999);
  assert.deepEqual(said, []);
  await time.runTo(30_000);
  assert.deepEqual(said, [[15_000, 5], [16_000, 4], [17_000, 3], [18_000, 2], [19_000, 1], [20_000, null]]);
  assert.equal(expiredAt(), 20_000);
  assert.equal(deadline.over, true);
});

test("a short time to answer is announced in its second half only", async () => {
  const { time, said, expiredAt } = stand(3000);
  await time.runTo(10_000);
  assert.deepEqual(said, [[1500, 2], [2000, 1], [3000, null]]);
  assert.equal(expiredAt(), 3000);
});

test("after the last answer nothing more is said and nothing expires", async () => {
  const { time, said, deadline, expiredAt } = stand(20_000);
  await time.runTo(16_500);
  deadline.stop();
  await time.runTo(60_000);
  assert.deepEqual(said, [[15_000, 5], [16_000, 4], [16_500, null]]);
  assert.equal(expiredAt(), null);
  assert.equal(deadline.over, false);
});
