import assert from "node:assert/strict";
import { test } from "node:test";

import { emptyPainter, flashes, levels } from "../../study/static/js/calibration.js";
import { fullscreenAvailable, holdFullscreen } from "../../study/static/js/fullscreen.js";
import { serial } from "./flashing.mjs";

test("every flash with evidence is counted, and those that lasted as planned", async () => {
  const found = await flashes(serial({ shownFrames: [6, 6, 7, 6, 6, 6] }));
  assert.deepEqual(found, { flashes: 6, flashes_as_planned: 5 });
});

test("a flash without evidence or on a disturbed page says nothing of the device", async () => {
  const found = await flashes(serial({ shownFrames: [6, null, 6, 6, 6, 6], disturbed: [3] }));
  assert.deepEqual(found, { flashes: 4, flashes_as_planned: 4 });
});

test("a browser that gives no evidence is not asked", async () => {
  const found = await flashes({ witness: { kind: "none" } });
  assert.deepEqual(found, { flashes: null, flashes_as_planned: null });
});

test("a slow device flashes less often, not for longer", async () => {
  const found = await flashes(serial({ shownFrames: [6, 6, 6, 6, 6, 6], flashMs: 600 }));
  assert.equal(found.flashes, 3);
});

test("a flash differs from the page by one level of one colour, in light and dark", () => {
  for (const [background, still, flash] of [
    ["rgb(251, 250, 249)", "rgb(251, 250, 249)", "rgb(251, 250, 248)"],
    ["rgb(10, 20, 30)", "rgb(10, 20, 30)", "rgb(10, 20, 31)"],
    ["color(display-p3 1 1 1)", "rgb(128, 128, 128)", "rgb(128, 128, 127)"],
  ]) {
    const pen = { fillRect() {} };
    const painter = emptyPainter({ getContext: () => pen, width: 1, height: 1 }, background);
    assert.equal(pen.fillStyle, still);
    painter.faces();
    assert.equal(pen.fillStyle, flash);
    painter.cover();
    assert.equal(pen.fillStyle, still);
  }
  assert.deepEqual(levels("rgb(1, 2, 3)"), [1, 2, 3]);
});

function asking({ refuses = false, full = false, available = true } = {}) {
  const said = [];
  const events = [];
  const page = { fullscreenEnabled: available, fullscreenElement: full ? {} : null };
  page.documentElement = { requestFullscreen: async () => (refuses ? Promise.reject(new Error("no")) : (page.fullscreenElement = {})) };
  const tools = { screens: { say: async (words) => said.push(words) }, outbox: { put: async (event) => events.push(event) }, position: 3, page };
  return { tools, said, events, page };
}

test("where it is required the full screen is asked for, and again when it was left", async () => {
  const { tools, said, page } = asking();
  await holdFullscreen("required", tools);
  await holdFullscreen("required", tools);
  assert.equal(said.length, 1);
  page.fullscreenElement = null;
  await holdFullscreen("required", tools);
  assert.equal(said.length, 2);
});

test("a browser that refuses is believed, and the trial goes on with an event", async () => {
  const { tools, events } = asking({ refuses: true });
  await holdFullscreen("required", tools);
  assert.deepEqual(events.map(({ kind, event, position }) => [kind, event, position]), [["event", "fullscreen_refused", 3]]);
});

for (const [name, rule, options] of [["offered", "offered", {}], ["never wanted", "never", {}], ["not to be had", "required", { available: false }]]) {
  test(`nobody is asked for the full screen where it is ${name}`, async () => {
    const { tools, said } = asking(options);
    await holdFullscreen(rule, tools);
    assert.deepEqual(said, []);
  });
}

test("only a browser that says it can fill the screen can", () => {
  assert.equal(fullscreenAvailable({ fullscreenEnabled: true }), true);
  assert.equal(fullscreenAvailable({ fullscreenEnabled: false }), false);
  assert.equal(fullscreenAvailable({}), false);
});
