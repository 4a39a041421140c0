import assert from "node:assert/strict";
import { test } from "node:test";

import { calibrate, elementTimingSupported, noWitness, Witness } from "../../study/static/js/evidence.js";

function stand(clock = {}) {
  const placed = [];
  let report;
  const witness = new Witness({
    place: { append: (probe) => placed.push(probe), replaceChildren: () => placed.splice(0) },
    makeProbe: async () => ({ setAttribute(name, value) { this[name] = value; } }),
    observe: (tell) => (report = tell),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 100)),
    now: () => 0,
    nextTask: async () => {},
    ...clock,
  });
  return { witness, placed, report: (probe, time) => report(probe.elementtiming, time) };
}

/** A clock on which every wait takes `lateMs` longer than asked, and a page that makes its frame at `frameAt`. */
function pageClock({ from, frameAt, lateMs = 0.2, doneAfterMs = 2 }) {
  const clock = { time: from, asked: [] };
  clock.now = () => clock.time;
  clock.wait = async (ms) => {
    if (ms > 1000) return new Promise(() => {});
    clock.time += ms + lateMs;
  };
  clock.nextFrame = async () => {
    clock.asked.push(clock.time);
    clock.time = Math.max(clock.time, frameAt);
    return frameAt;
  };
  clock.nextTask = async () => (clock.time += clock.asked.length ? doneAfterMs : 0.2);
  return clock;
}

async function appoint({ frameAt = 1000, presentedAt = 1007, reported = true, ...page }) {
  const clock = pageClock({ from: 900, frameAt, ...page });
  const { witness, placed, report } = stand(clock);
  await witness.prepare();
  const seen = witness.appoint("onset", 1000, 16);
  for (let turn = 0; turn < 100; turn += 1) await null;
  if (placed.length && reported) report(placed[0], presentedAt);
  return { edge: await seen, asked: clock.asked, placed };
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

test("the page asks for the frame of an edge no earlier than it must", async () => {
  const { edge, asked } = await appoint({});
  assert.deepEqual(edge, { presentedAt: 1007, asked: true, prompt: true });
  assert.ok(asked[0] >= 999.5 && asked[0] < 1000, `${asked[0]}`);
});

test("a page whose timers are late asks as soon as it can", async () => {
  const { edge, asked } = await appoint({ lateMs: 3 });
  assert.equal(edge.prompt, true);
  assert.ok(asked[0] <= 996.1, `${asked[0]}`);
});

test("a page that is not free before the frame is due leaves the compositor alone", async () => {
  const { edge, placed } = await appoint({ lateMs: 120 });
  assert.deepEqual(edge, { presentedAt: null, asked: false, prompt: false });
  assert.deepEqual(placed, []);
});

for (const [what, page] of [
  ["took too long over its frame", { doneAfterMs: 9 }],
  ["made a later frame", { frameAt: 1016, presentedAt: 1023 }],
]) {
  test(`a page that ${what} does not know the edge's own time`, async () => {
    const { edge } = await appoint(page);
    assert.deepEqual([edge.asked, edge.prompt], [true, false]);
  });
}

for (const [what, doneAfterMs, slow] of [["quick", 2, false], ["slow", 10, true]]) {
  test(`a page that is ${what} with its frames is known for it`, async () => {
    const clock = pageClock({ from: 900, frameAt: 900, doneAfterMs });
    clock.asked.push(900);
    const { witness, placed, report } = stand(clock);
    assert.equal(witness.isSlow(16), false);
    const rehearsed = witness.rehearse({ next: async () => 900, pause() {} });
    for (let turn = 0; turn < 40; turn += 1) await null;
    report(placed[0], 907);
    assert.equal(await rehearsed, 907);
    assert.equal(witness.isSlow(16), slow);
    assert.equal(witness.latencyMs, 7);
  });
}

for (const [what, doneAfterMs] of [["quick", 2], ["slow", 10]]) {
  test(`what an edge takes by the compositor's hand is learned behind the part of a ${what} page`, async () => {
    const clock = pageClock({ from: 900, frameAt: 900, doneAfterMs });
    clock.asked.push(900);
    const { witness, placed, report } = stand(clock);
    assert.equal(witness.quickLatencyMs, 0);
    const stirred = [];
    const rehearsed = witness.rehearseEdge({ next: async () => 900, pause() {} }, () => stirred.push(placed.length));
    for (let turn = 0; turn < 40; turn += 1) await null;
    report(placed[0], 905 + doneAfterMs);
    await rehearsed;
    assert.deepEqual(stirred, [0], "in the very frame of the probe, once");
    assert.equal(witness.quickLatencyMs, 5);
    assert.equal(witness.latencyMs, null, "a rehearsed edge says nothing of frames with a part of the page");
  });
}

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
