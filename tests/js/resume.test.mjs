import assert from "node:assert/strict";
import { test } from "node:test";

import { closeInterrupted } from "../../study/static/js/resume.js";

const planOf = (...positions) => ({ n_trials: 5, trials: positions.map((position) => ({ position })) });

/** An outbox before a server so quick that whatever is put has been sent, and forgotten, at once. */
function quickOutbox({ unsent = [], noted = null } = {}) {
  const pending = [...unsent];
  const sent = [];
  return {
    sent,
    unsentPositions: async () => [...pending],
    noted: async () => noted,
    put: async (message) => {
      sent.push(message);
      pending.length = 0;
    },
  };
}

test("a pair that was on the screen is void and not shown again, however quick the server", async () => {
  const outbox = quickOutbox({ noted: { position: 3, presentation: { viewport_width_px: 800 } } });
  const plan = planOf(3, 4, 5);
  assert.equal(await closeInterrupted(outbox, plan, () => 12), true);
  assert.deepEqual(plan.trials.map((trial) => trial.position), [4, 5]);
  assert.deepEqual(outbox.sent.map(({ kind, position, status, event }) => [kind, position, status ?? event]), [
    ["trial", 3, "interrupted"],
    ["event", 3, "reloaded"],
  ]);
  assert.deepEqual(outbox.sent[0].presentation, { evidence: "none", interruption: "reloaded", viewport_width_px: 800 });
});

test("answers that wait unsent are not asked for again, also when they are sent meanwhile", async () => {
  const outbox = quickOutbox({ unsent: [1, 2], noted: { position: 3, presentation: {} } });
  const plan = planOf(1, 2, 3, 4, 5);
  await closeInterrupted(outbox, plan);
  assert.deepEqual(plan.trials.map((trial) => trial.position), [4, 5]);
});

test("a fresh session is whole and not resumed", async () => {
  const outbox = quickOutbox();
  const plan = planOf(1, 2, 3, 4, 5);
  assert.equal(await closeInterrupted(outbox, plan), false);
  assert.equal(plan.trials.length, 5);
  assert.deepEqual(outbox.sent, []);
});
