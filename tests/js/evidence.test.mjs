import assert from "node:assert/strict";
import { test } from "node:test";

import { calibrate, elementTimingSupported, noWitness, Witness } from "../../study/static/js/evidence.js";

function stand() {
  const placed = [];
  let report;
  const witness = new Witness({
    place: { append: (probe) => placed.push(probe), replaceChildren: () => placed.splice(0) },
    makeProbe: async () => ({ setAttribute(name, value) { this[name] = value; } }),
    observe: (tell) => (report = tell),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 100)),
  });
  return { witness, placed, report: (probe, time) => report(probe.elementtiming, time) };
}

test("each edge is answered with its own time, in whatever order the reports come", async () => {
  const { witness, placed, report } = stand();
  await witness.prepare();
  const on = witness.mark("onset");
  const off = witness.mark("offset");
  const [first, second] = placed;
  report(second, 200);
  report(first, 100);
  assert.deepEqual(await Promise.all([on, off]), [100, 200]);
});

test("a report that never comes is unknown, not a guess", async () => {
  const { witness } = stand();
  await witness.prepare();
  assert.equal(await witness.mark("onset"), null);
});

test("without a prepared probe nothing is claimed", async () => {
  const { witness } = stand();
  assert.equal(await witness.mark("onset"), null);
});

test("every presentation is marked by a picture that was never painted before", async () => {
  const { witness, placed } = stand();
  await witness.prepare();
  witness.mark("onset");
  witness.mark("onset");
  assert.notEqual(placed[0], placed[1]);
  assert.notEqual(placed[0].elementtiming, placed[1].elementtiming);
});

test("the usual latency is the middle of what was seen", () => {
  const { witness } = stand();
  assert.equal(witness.latencyMs, null);
  for (const presented of [130, 132, 190]) witness.learn(100, presented);
  witness.learn(100, null);
  assert.equal(witness.latencyMs, 32);
});

test("a device whose browser names the feature but never reports has no evidence", async () => {
  const { witness } = stand();
  const frames = { next: async () => 0, pause() {} };
  assert.equal(await calibrate(witness, frames), false);
  assert.equal(await noWitness.mark("onset"), null);
  assert.equal(elementTimingSupported({}), false);
});
