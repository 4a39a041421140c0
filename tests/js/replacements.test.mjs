import assert from "node:assert/strict";
import { test } from "node:test";

import { addReplacements } from "../../study/static/js/replacements.js";

const trials = (...named) => named.map(([position, block]) => ({ position, block }));

function planned(policy = "repeat_at_end") {
  const blocks = { one: { interrupted: policy }, two: { interrupted: policy } };
  return { blocks, n_trials: 3, voided: new Set(["one"]), trials: trials([1, "one"], [2, "one"], [3, "two"]) };
}

const online = {
  outbox: { drained: async () => {} },
  wait: () => new Promise(() => {}),
  loadPlan: async () => ({ trials: trials([4, "one"], [3, "two"]) }),
};
const offline = { ...online, outbox: { drained: () => new Promise(() => {}) }, wait: async () => {} };
const order = (plan) => plan.trials.map((trial) => trial.position);

test("what was interrupted comes again after the last trial of its block, and counts as one more", async () => {
  const plan = planned();
  await addReplacements(plan, 0, online);
  assert.deepEqual(order(plan), [1, 2, 3]);
  await addReplacements(plan, 1, online);
  assert.deepEqual([order(plan), plan.n_trials], [[1, 2, 4, 3], 4]);
});

test("a replacement that is interrupted itself is not waited for twice", async () => {
  const plan = planned();
  await addReplacements(plan, 1, online);
  plan.voided.add("one");
  await addReplacements(plan, 2, online);
  assert.deepEqual(order(plan), [1, 2, 4, 3]);
});

for (const [why, plan, tools] of [
  ["without an interruption", { ...planned(), voided: new Set() }, online],
  ["where the study only voids", planned("void"), online],
  ["without a connection", planned(), offline],
  ["when the plan does not arrive", planned(), { ...online, loadPlan: async () => Promise.reject(new Error("503")) }],
]) {
  test(`${why} the block ends as planned`, async () => {
    await addReplacements(plan, 1, tools);
    assert.deepEqual([order(plan), plan.n_trials], [[1, 2, 3], 3]);
  });
}
