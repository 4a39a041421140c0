import assert from "node:assert/strict";
import { test } from "node:test";

import { interruptionOf, reportDisturbances, watchDisturbances } from "../../study/static/js/attention.js";

function world() {
  const page = Object.assign(new EventTarget(), { visibilityState: "visible", hasFocus: () => true, fullscreenElement: null });
  const view = Object.assign(new EventTarget(), { innerWidth: 800, innerHeight: 600 });
  view.screen = { orientation: Object.assign(new EventTarget(), { angle: 90 }) };
  const time = { wall: 1_000_000, now: 5000, place: "0 0 480 600 1" };
  const timers = [];
  view.setInterval = (act) => (time.look = act);
  view.setTimeout = (act) => timers.push(act);
  view.clearTimeout = (number) => number && (timers[number - 1] = () => {});
  const settle = () => timers.splice(0).forEach((act) => act());
  const happen = (target, kind) => target.dispatchEvent(new Event(kind));
  const become = (state) => {
    page.visibilityState = state;
    happen(page, "visibilitychange");
  };
  const clocks = { wall: () => time.wall, now: () => time.now, place: () => time.place };
  return { page, view, time, settle, happen, become, clocks };
}

test("nothing happened: the exposure counts", () => {
  const { page, view, clocks } = world();
  const watch = watchDisturbances({ page, view, ...clocks });
  watch.end();
  assert.equal(interruptionOf(watch, 12), null);
  assert.deepEqual([watch.hidden, watch.blurred, watch.resized], [false, false, false]);
});

test("a hidden page voids the exposure, and says so at once", async () => {
  const { page, view, become, clocks } = world();
  const watch = watchDisturbances({ page, view, ...clocks });
  become("hidden");
  await watch.whenHidden;
  assert.equal(interruptionOf(watch), "hidden");
});

test("a window without focus is noted and voids nothing", () => {
  const { page, view, happen, clocks } = world();
  const watch = watchDisturbances({ page, view, ...clocks });
  happen(view, "blur");
  watch.end();
  assert.deepEqual([watch.blurred, interruptionOf(watch)], [true, null]);
});

for (const [what, cause] of [
  ["a resized window", ({ happen, view }) => happen(view, "resize")],
  ["a turned screen", ({ happen, view }) => happen(view.screen.orientation, "change")],
  ["leaving full screen", ({ happen, page }) => happen(page, "fullscreenchange")],
]) {
  test(`${what} voids the exposure when the faces moved, and only then`, () => {
    const one = world();
    const still = watchDisturbances({ page: one.page, view: one.view, ...one.clocks });
    cause(one);
    still.end();
    assert.equal(interruptionOf(still), null);
    const moved = watchDisturbances({ page: one.page, view: one.view, ...one.clocks });
    one.time.place = "0 0 240 300 1";
    cause(one);
    moved.end();
    assert.equal(interruptionOf(moved), "moved");
  });
}

test("a device that slept is known by a clock that stood still, or by faces that stayed much too long", () => {
  const { page, view, time, clocks } = world();
  const watch = watchDisturbances({ page, view, ...clocks });
  time.wall += 60_000;
  time.now += 200;
  watch.end();
  assert.equal(interruptionOf(watch), "slept");
  const other = watchDisturbances({ page, view, ...clocks });
  time.wall += 60_000;
  time.now += 60_000;
  other.end();
  assert.equal(interruptionOf(other, 59_800), "slept");
});

test("after its end a watch sees nothing more", () => {
  const { page, view, become, clocks } = world();
  const watch = watchDisturbances({ page, view, ...clocks });
  watch.end();
  become("hidden");
  assert.equal(watch.hidden, false);
});

function reported() {
  const one = world();
  const kinds = [];
  reportDisturbances((kind, detail) => kinds.push([kind, detail]), { page: one.page, view: one.view, wall: () => one.time.wall });
  return { ...one, kinds };
}

test("every disturbance is reported, with how long the page was away", () => {
  const { page, view, time, become, happen, kinds } = reported();
  become("hidden");
  time.wall += 4000;
  become("visible");
  happen(view, "blur");
  happen(view, "focus");
  page.fullscreenElement = {};
  happen(page, "fullscreenchange");
  page.fullscreenElement = null;
  happen(page, "fullscreenchange");
  happen(view.screen.orientation, "change");
  assert.deepEqual(kinds, [
    ["hidden", {}], ["visible", { away_ms: 4000 }], ["blur", {}], ["focus", {}],
    ["fullscreen_on", {}], ["fullscreen_off", {}], ["rotated", { angle: 90 }],
  ]);
});

test("a window that is being resized is reported once, with the size it comes to", () => {
  const { view, happen, settle, kinds } = reported();
  for (const width of [790, 700, 640]) {
    view.innerWidth = width;
    happen(view, "resize");
  }
  settle();
  assert.deepEqual(kinds, [["resize", { width_px: 640, height_px: 600 }]]);
});

test("sleep is a long silence of a visible page; a hidden one only has few turns", () => {
  const { time, become, kinds } = reported();
  time.wall += 1010;
  time.look();
  time.wall += 61_000;
  time.look();
  become("hidden");
  time.wall += 90_000;
  time.look();
  assert.deepEqual(kinds, [["slept", { slept_ms: 60_000 }], ["hidden", {}]]);
});

test("a flood is reported by its first two hundred", () => {
  const { view, happen, kinds } = reported();
  for (let time = 0; time < 500; time += 1) happen(view, "blur");
  assert.equal(kinds.length, 200);
});
