import assert from "node:assert/strict";
import { test } from "node:test";

import { asker, clocksAgree, IsolatedWitness, isApart, stretchesAround } from "../../study/static/js/isolated_witness.js";

const INTERVAL = 16;

/** Frames before, at and after an edge due at 1000, each [frames from the edge, done after, presented after]. */
const frames = (...told) => told.map(([count, done, presented]) => ({ at: 1000 + count * INTERVAL, doneAt: 1000 + count * INTERVAL + done, presentedAt: presented && 1000 + count * INTERVAL + presented }));
const before = [-1, 2, 4];
const after = [1, 2, 4];

test("edges far apart are looked at one by one, near ones together", () => {
  assert.deepEqual(stretchesAround([1000, 3000], 10), [[975, 1005], [2973, 3007]]);
  assert.deepEqual(stretchesAround([1000, 1050], 10), [[975, 1055.05]]);
});

function asked(answers) {
  const witness = new IsolatedWitness({ ask: async () => answers.shift(), originMs: 500 });
  return { witness, watch: () => witness.watch({ onsetFrame: 1000, offsetFrame: 1100, intervalMs: INTERVAL }) };
}

test("what the frame tells comes on the page's clock", async () => {
  const { witness, watch } = asked([[{ at: 1500, doneAt: 1502, presentedAt: null }]]);
  watch();
  assert.equal(witness.watching, true);
  assert.deepEqual(await witness.seen(), [{ at: 1000, doneAt: 1002, presentedAt: null }]);
  assert.deepEqual([witness.watching, await witness.seen()], [false, null]);
});

test("the usual time of an edge is the median of the last ones, and never a frame more than the least of all", () => {
  const { witness, watch } = asked([[]]);
  watch();
  assert.equal(witness.usualMs, null);
  const look = (edge) => {
    const seen = frames(before, [0, 2, edge]);
    witness.learn(seen, seen.slice(1));
  };
  for (const edge of [20, 8, 20, 9, 20]) look(edge);
  assert.equal(witness.usualMs, 8);
  for (let count = 0; count < 9; count += 1) look(21);
  assert.equal(witness.usualMs, 4 + INTERVAL / 4);
});

test("a question that is not answered is given up", async () => {
  const port = { postMessage() {} };
  const ask = asker(port, async () => {});
  assert.equal(await ask("look", [[0, 10]]), null);
});

test("answers reach their questions in whatever order they come", async () => {
  const port = { sent: [], postMessage: (message) => port.sent.push(message) };
  const ask = asker(port, () => new Promise(() => {}));
  const answers = Promise.all([ask("time"), ask("tasks", 5)]);
  for (const { number, question } of port.sent.reverse()) port.onmessage({ data: { number, answer: question } });
  assert.deepEqual(await answers, ["time", "tasks"]);
});

for (const [skewMs, agree] of [[0, true], [40, false], [-40, false]]) {
  test(`a clock that is ${skewMs} ms from the page's is ${agree ? "taken" : "not taken"}`, async () => {
    assert.equal(await clocksAgree({ ask: async () => 1000 + skewMs, now: () => 0, originMs: 1000 }), agree);
  });
}

for (const [where, goesOn] of [["a process of its own", true], ["the page's process", false]]) {
  test(`a frame in ${where} does ${goesOn ? "its tasks" : "nothing"} while the page is busy`, async () => {
    let time = 0;
    const now = () => (time += 0.5);
    const wait = async (ms) => (time += ms);
    const ask = async () => {
      const begun = time;
      await null;
      await null;
      const done = Array.from({ length: 400 }, (_, count) => begun + count / 2);
      return goesOn ? done : done.filter((at) => at < begun + 30 || at > begun + 52);
    };
    assert.equal(await isApart({ ask, now, originMs: 0, wait }), goesOn);
  });
}
