import assert from "node:assert/strict";
import { test } from "node:test";

import { asRatings, isMeantFor, Presses } from "../../study/static/js/responses.js";

function page() {
  const target = new EventTarget();
  const fire = (type, timeStamp, facts = {}) => {
    const event = new Event(type);
    Object.defineProperties(event, Object.fromEntries(
      Object.entries({ timeStamp, repeat: false, isPrimary: true, detail: 0, ...facts }).map(([name, value]) => [name, { value }]),
    ));
    target.dispatchEvent(event);
    return event;
  };
  return { presses: new Presses(target), fire };
}

const never = () => new Promise(() => {});

test("a key counts from when it went down, not from when it was dealt with", async () => {
  const { presses, fire } = page();
  const down = fire("keydown", 1812.44, { code: "Digit5" });
  fire("keyup", 1900.1, { code: "Digit5" });
  const answer = { question: "trust", target: "left", value: "5", press: presses.of(down) };
  assert.deepEqual(await asRatings([answer], 1000, never), [
    { question: "trust", target: "left", value: "5", rt_ms: 812.4, release_ms: 900.1, input: "keyboard" },
  ]);
});

for (const pointerType of ["mouse", "touch", "pen"]) {
  test(`a ${pointerType} counts from when it went down`, async () => {
    const { presses, fire } = page();
    fire("pointerdown", 2000, { pointerId: 3, pointerType });
    fire("pointerup", 2090, { pointerId: 3, pointerType });
    const click = fire("click", 2091, { detail: 1, pointerType });
    const [rating] = await asRatings([{ value: "5", press: presses.of(click) }], 1500, never);
    assert.deepEqual([rating.rt_ms, rating.release_ms, rating.input], [500, 590, pointerType]);
  });
}

test("Enter on a button is the keyboard's", () => {
  const { presses, fire } = page();
  fire("pointerdown", 100, { pointerId: 1, pointerType: "mouse" });
  fire("keydown", 500, { code: "Enter" });
  const press = presses.of(fire("click", 501, { detail: 0, pointerType: "" }));
  assert.deepEqual([press.input, press.downAt], ["keyboard", 500]);
});

test("a click from assistive technology counts from itself", () => {
  const { presses, fire } = page();
  const press = presses.of(fire("click", 700, { detail: 0, pointerType: "" }));
  assert.deepEqual([press.input, press.downAt], ["keyboard", 700]);
});

test("a key that repeats while it is held is one press", () => {
  const { presses, fire } = page();
  const down = fire("keydown", 100, { code: "KeyF" });
  fire("keydown", 600, { code: "KeyF", repeat: true });
  assert.equal(presses.of(down).downAt, 100);
});

test("a key still held has no release time", async () => {
  const { presses, fire } = page();
  const press = presses.of(fire("keydown", 100, { code: "KeyF" }));
  const [rating] = await asRatings([{ value: "left", press }], 0, async () => {});
  assert.equal(rating.release_ms, null);
});

test("two keys that overlap each keep their own release", async () => {
  const { presses, fire } = page();
  const left = presses.of(fire("keydown", 100, { code: "Digit3" }));
  const right = presses.of(fire("keydown", 150, { code: "Digit6" }));
  fire("keyup", 170, { code: "Digit3" });
  fire("keyup", 260, { code: "Digit6" });
  const ratings = await asRatings([{ value: "3", press: left }, { value: "6", press: right }], 0, never);
  assert.deepEqual(ratings.map((rating) => rating.release_ms), [170, 260]);
});

test("a press that began before the question, and the second half of a double tap, are not meant for it", () => {
  const key = (downAt) => ({ source: "key", downAt });
  const pointer = (downAt) => ({ source: "pointer", downAt });
  assert.equal(isMeantFor(key(999), 1000), false);
  assert.equal(isMeantFor(key(1001), 1000), true);
  assert.equal(isMeantFor(pointer(1150), 1000), false);
  assert.equal(isMeantFor(pointer(1251), 1000), true);
});

test("a question left out leaves no rating", async () => {
  assert.deepEqual(await asRatings([{ value: "", press: {} }], 0, never), []);
});
