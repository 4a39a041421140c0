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
  const found = await flashes(serial({ shownFrames: [6, 6, 6, 6, 6, 6], flashMs: 700 }));
  assert.equal(found.flashes, 3);
});

test("each flash lies ready under its cover before it is shown, and is covered again", async () => {
  const tools = serial({ shownFrames: [6, 6], flashMs: 1000 });
  await flashes(tools);
  const once = ["spread", "blank", "rehearse", "stir", 100, "end", "blank"];
  assert.deepEqual(tools.drawn, [...once, ...once]);
});

/** An element whose three layers remember the colours they were filled with. */
function stageOfColours() {
  const createElement = () => {
    const filled = [];
    const pen = { fillRect: () => filled.push(pen.fillStyle), drawImage: ({ filled: [colour] }) => filled.push(colour), createImageData: (width, height) => ({ data: new Uint8ClampedArray(4 * width * height) }), putImageData() {} };
    return { style: {}, setAttribute() {}, getContext: () => pen, filled };
  };
  const stage = { style: {}, ownerDocument: { createElement } };
  stage.replaceChildren = (...layers) => layers.forEach((layer) => (stage[layer.className] = layer));
  return stage;
}

test("a flash differs from the page by one level of one colour, in light and dark", () => {
  for (const [background, still, flash] of [
    ["rgb(251, 250, 249)", "rgb(251, 250, 249)", "rgb(251, 250, 248)"],
    ["rgb(10, 20, 30)", "rgb(10, 20, 30)", "rgb(10, 20, 31)"],
    ["color(display-p3 1 1 1)", "rgb(128, 128, 128)", "rgb(128, 128, 127)"],
  ]) {
    const stage = stageOfColours();
    const painter = emptyPainter(stage, background);
    painter.spread({ mask: false });
    assert.deepEqual(stage.faces.filled, [still, flash]);
    assert.deepEqual(new Set([...stage.after.filled, ...stage.cover.filled]), new Set([still]));
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
