import assert from "node:assert/strict";
import { test } from "node:test";

import { isDoubtful, readDrawings } from "../../study/static/js/drawings.js";

const INTERVAL = 16;
const EDGE = 1000;
const USUAL = 7;
const DUE = EDGE + USUAL;

/** Frames of the witness, each [frames from the edge, done after, presented when the edge is due plus so much]. */
const frames = (...told) => told.map(([count, done, presented]) => ({ at: EDGE + count * INTERVAL, doneAt: EDGE + count * INTERVAL + done, presentedAt: presented === null ? null : DUE + presented }));
/** A second clock that got the frame of the edge so late, ms, and was at most so late with it or the next. */
const clock = (lateMs, worstMs = lateMs) => ({ gotAt: EDGE + lateMs, worstMs });
const calm = clock(1);
const read = (seen, second = calm) => readDrawings(seen, EDGE, USUAL, INTERVAL, second);
const before = [-1, 2, -19];
const after = [1, 2, 13];
const own = (late) => ({ at: DUE + late, sure: true });
const late = (by) => ({ at: DUE + by, sure: false });

for (const [what, seen, expected] of [
  ["drawn in time", [before, [0, 2, 1], after], own(1)],
  ["drawn with a frame of the witness that was late with its part", [before, [0, 12, 7], after], own(7)],
  ["drawn in time while the witness is a frame behind all the while", [[-2, 2, -16], [-1, 2, 0], [0, 2, 16]], own(0)],
  ["of which the first drawing after it came a frame late", [before, [0, 2, 17], [1, 2, 29]], own(17)],
  ["drawn late, as was the frame before it", [[-1, 2, -7], [0, 2, 14], [1, 2, 29]], own(14)],
  ["for which the display waited until the witness was done", [before, [0, 13, 12], [1, 2, 30]], own(12)],
  ["long after which a witness that was done in time was drawn", [before, [0, 3, 90]], null],
  ["in whose frame the witness was away while the second clock was not", [before, [0, 40, 30]], null],
  ["whose frame the witness was not given while the second clock was", [before, [1, 2, 13]], null],
  ["after which nothing was drawn", [before, [0, 2, null]], null],
]) {
  test(`an edge ${what} ${expected ? `came ${expected.at - DUE} ms late` : "may have come at any time"}`, () => assert.deepEqual(read(frames(...seen)), expected));
}

test("a drawing later than usual is in time only where the second clock was less than half a frame late", () => {
  for (const second of [clock(8), { gotAt: null, worstMs: 29 }]) {
    assert.equal(read(frames(before, [0, 2, 4]), second), null);
    assert.deepEqual(read(frames(before, [0, 2, 3]), second), own(3));
  }
  assert.deepEqual(read(frames(before, [0, 2, 4]), clock(7, 40)), own(4));
});

test("a drawing later than usual, made before the second clock got the edge's frame, was of the frame before", () => {
  const seen = frames([-1, 14, 5], [0, 3, 12], [1, 2, 29]);
  assert.deepEqual(read(seen, clock(13)), own(12));
  assert.equal(read(seen, clock(11)), null);
  assert.deepEqual(read(frames([-1, 2, -10], [0, 3, 5], [1, 2, 22], [2, 2, 37]), clock(40)), late(37));
});

test("where the witness was away, a second clock that was late too tells that the edge was late, not when it came", () => {
  const away = frames(before, [0, 40, 50]);
  assert.deepEqual(read(away, clock(16)), late(50));
  assert.deepEqual(read(frames(before, after), clock(2)), late(13));
  assert.deepEqual(read(frames(before, [0, 3, 90]), clock(2, 12)), late(90));
  assert.deepEqual(read([], clock(16, 29)), late(29));
  assert.equal(read(away, clock(1, 1.5)), null);
});

test("without a second clock only what was drawn as usual is in time, and only what was drawn late is late", () => {
  const none = { gotAt: null, worstMs: null };
  assert.deepEqual(read(frames(before, [0, 2, 1]), none), own(1));
  assert.equal(read(frames(before, [0, 2, 5]), none), null);
  assert.equal(read([], none), null);
  assert.deepEqual(read(frames(before, [0, 2, 17]), none), own(17));
});

test("just over half a frame from the plan a second clock that was hardly late leaves it open", () => {
  assert.deepEqual([8, 8.1, 8.8, 8.9].map((offBy) => isDoubtful(offBy, 9, INTERVAL)), [false, true, true, false]);
  assert.deepEqual([9.6, 9.7, null].map((late) => isDoubtful(8.5, late, INTERVAL)), [true, false, true]);
});
