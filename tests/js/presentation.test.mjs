import assert from "node:assert/strict";
import { test } from "node:test";

import { FrameMeter } from "../../study/static/js/frames.js";
import { lateBy, plannedFrames, present } from "../../study/static/js/presentation.js";
import { Display, undisturbed } from "./display.mjs";

async function show(display, { exposureMs, witness = display.witness(), watch = undisturbed(), answered = null }) {
  const frames = new FrameMeter(display.nextFrame);
  await frames.warmUp(60);
  const { painter } = display;
  return present({ frames, painter, witness, watch, exposureMs, answered });
}

for (const hz of [30, 50, 60, 75, 120, 144, 240]) {
  for (const exposureMs of [17, 33, 50, 100, 167, 500, 2000]) {
    test(`${exposureMs} ms at ${hz} Hz are shown for the nearest number of frames`, async () => {
      const display = new Display({ hz, jitterMs: 0.01 * (1000 / hz) });
      const record = await show(display, { exposureMs });
      // A tie, such as 50 ms at 50 Hz, goes to the longer time.
      const nearest = Math.max(1, Math.floor((exposureMs * hz) / 1000 + 0.5));
      assert.equal(record.planned_frames, nearest);
      assert.equal(display.shownFrames, nearest);
      assert.equal(record.shown_frames, nearest);
      assert.equal(record.evidence, "element_timing");
      assert.ok(Math.abs(record.shown_ms - nearest * display.periodMs) < 1e-6);
    });
  }
}

test("callbacks dropped during the exposure do not lengthen it", async () => {
  const display = new Display({ hz: 60, dropped: (n) => ([65, 70, 71].includes(n) ? 1 : 0) });
  const record = await show(display, { exposureMs: 500 });
  assert.equal(display.shownFrames, 30);
  assert.equal(record.shown_frames, 30);
  assert.equal(record.late_frames, 3);
  assert.ok(Math.abs(record.longest_gap_ms - 2000 / 60) < 0.1);
});

test("an offset whose callback was dropped is recorded as longer, not as planned", async () => {
  const display = new Display({ hz: 60, dropped: (n) => (n === 67 ? 3 : 0) });
  const record = await show(display, { exposureMs: 100 });
  assert.equal(record.planned_frames, 6);
  assert.equal(record.shown_frames, display.shownFrames);
  assert.ok(record.shown_frames > 6);
});

test("an onset presented late is answered by a later offset", async () => {
  // Callback 62 is the onset: 61 for the warm-up, then one.
  const display = new Display({ hz: 60, late: (callback) => (callback === 62 ? 2 : 0) });
  const record = await show(display, { exposureMs: 100 });
  assert.equal(display.shownFrames, 6);
  assert.equal(record.shown_frames, 6);
  assert.equal(Math.round(record.callback_ms / (1000 / 60)), 8);
});

test("frame callbacks that look perfect do not hide a late compositor", async () => {
  const display = new Display({ hz: 60, late: (callback) => (callback > 62 ? 1 : 0) });
  const record = await show(display, { exposureMs: 100 });
  assert.equal(record.late_frames, 0);
  assert.equal(record.planned_frames, 6);
  assert.equal(record.shown_frames, 7);
});

for (const silent of [["onset"], ["offset"], ["onset", "offset"]]) {
  test(`without a report of the ${silent.join(" and ")} nothing is claimed`, async () => {
    const display = new Display({ hz: 60 });
    const record = await show(display, { exposureMs: 100, witness: display.witness({ silent }) });
    assert.equal(record.evidence, "none");
    assert.equal(record.shown_ms, null);
    assert.equal(record.shown_frames, null);
    assert.ok(Math.abs(record.callback_ms - 100) < 0.5);
    assert.equal(display.shownFrames, 6);
  });
}

test("without a limit the pair stays until it is answered", async () => {
  const display = new Display({ hz: 60 });
  const running = display.nextFrame;
  let answer;
  const answered = new Promise((resolve) => (answer = resolve));
  display.nextFrame = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    if (display.callback === 200) answer();
    return running();
  };
  const record = await show(display, { exposureMs: null, answered });
  assert.equal(record.planned_frames, null);
  assert.equal(record.shown_frames, display.shownFrames);
  assert.ok(record.shown_frames >= 138 && record.shown_frames <= 141, `${record.shown_frames}`);
});

test("a page that becomes hidden covers the faces at once, although no frame comes any more", async () => {
  const display = new Display({ hz: 60 });
  const watch = undisturbed();
  let hide;
  watch.whenHidden = new Promise((resolve) => (hide = resolve));
  const running = display.nextFrame;
  display.nextFrame = () => {
    if (display.callback < 64) return running();
    watch.hidden = true;
    hide();
    return new Promise(() => {});
  };
  const record = await show(display, { exposureMs: 500, watch });
  assert.deepEqual(display.screen.map(({ what }) => what), ["pair", "mask"]);
  assert.equal(record.hidden, true);
  assert.equal(record.evidence, "none");
});

test("loss of focus and a new size are on the record", async () => {
  const watch = { ...undisturbed(), blurred: true, resized: true };
  const record = await show(new Display({ hz: 60 }), { exposureMs: 100, watch });
  assert.deepEqual([record.hidden, record.blurred, record.resized], [false, true, true]);
});

test("a tie is decided alike whatever the noise of the measured interval", () => {
  assert.equal(plannedFrames(50, 20.003), 3);
  assert.equal(plannedFrames(50, 19.997), 3);
});

test("a pair is planned for at least one frame", () => {
  assert.equal(plannedFrames(1, 1000 / 60), 1);
  assert.equal(plannedFrames(100, 1000 / 60), 6);
});

test("small differences from the usual latency are noise, not a late frame", () => {
  assert.equal(lateBy(137, 100, 32, 16), 0);
  assert.equal(lateBy(149, 100, 32, 16), 16);
  assert.equal(lateBy(120, 100, 32, 16), 0);
  assert.equal(lateBy(null, 100, 32, 16), 0);
  assert.equal(lateBy(200, 100, null, 16), 0);
});
