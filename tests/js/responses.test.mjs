import assert from "node:assert/strict";
import { test } from "node:test";

import { asRatings, isMeantFor, Presses, takes } from "../../study/static/js/responses.js";
import { eventPage } from "./page.mjs";

function page() {
  const { target, fire } = eventPage();
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

test("a click long after a key was let go is not that key's, but assistive technology's", () => {
  const { presses, fire } = page();
  fire("keydown", 100, { code: "Enter" });
  fire("keyup", 180, { code: "Enter" });
  assert.equal(presses.of(fire("click", 2500, { detail: 0, pointerType: "" })).downAt, 2500);
});

test("the space bar clicks as it comes up, however long it was held", () => {
  const { presses, fire } = page();
  fire("keydown", 100, { code: "Space" });
  fire("keyup", 900, { code: "Space" });
  assert.equal(presses.of(fire("click", 900, { detail: 0, pointerType: "" })).downAt, 100);
});

test("a click made by a script is its own press, whatever was pressed before", () => {
  const { presses, fire } = page();
  fire("pointerdown", 100, { pointerId: 1, pointerType: "mouse" });
  const press = presses.of(fire("click", 120, { detail: 1, pointerType: "mouse", isTrusted: false }));
  assert.deepEqual([press.downAt, press.trusted], [120, false]);
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

function noting(shownAt) {
  const noted = [];
  const note = (event, press, said) => noted.push([event, press.downAt, said]);
  return { noted, tools: { question: { id: "trust" }, shownAt, note } };
}

test("a press before the question is noted with what it would have said, and is no answer", () => {
  const { noted, tools } = noting(1000);
  const early = { source: "key", downAt: 990 };
  assert.equal(takes(tools, early, { target: "left", value: "5" }), false);
  assert.deepEqual(noted, [["early_press", 990, { question: "trust", target: "left", value: "5" }]]);
});

test("the second half of a double tap is noted, not taken", () => {
  const { noted, tools } = noting(1000);
  assert.equal(takes(tools, { source: "pointer", downAt: 1100 }, { target: "pair", value: "left" }), false);
  assert.equal(noted[0][0], "early_press");
});

test("the first answer counts; another one is noted", () => {
  const { noted, tools } = noting(1000);
  assert.equal(takes(tools, { source: "key", downAt: 1500 }, { target: "left", value: "5" }), true);
  assert.equal(takes(tools, { source: "key", downAt: 1900 }, { target: "left", value: "2", answered: true }), false);
  assert.deepEqual(noted, [["later_press", 1900, { question: "trust", target: "left", value: "2" }]]);
});

test("a press that nothing took is remembered, unless it was on a control or could be no answer", () => {
  const { presses, fire } = page();
  fire("keydown", 100, { code: "Digit5", key: "5" });
  fire("keydown", 200, { code: "KeyX", key: "x" });
  fire("keydown", 300, { code: "Digit6", key: "6", target: { closest: () => "a text field" } });
  fire("pointerdown", 400, { pointerId: 1, pointerType: "touch" });
  presses.of(fire("keydown", 500, { code: "KeyF", key: "f" })).used = true;
  assert.deepEqual(presses.unusedSince(0).map(({ key, downAt }) => [key, downAt]), [["5", 100], ["pointer", 400]]);
  assert.deepEqual(presses.unusedSince(100).map(({ downAt }) => downAt), [400]);
});

test("a press made by a script is not trusted", () => {
  const { presses, fire } = page();
  assert.equal(presses.of(fire("keydown", 1, { code: "Digit5", isTrusted: false })).trusted, false);
  assert.equal(presses.of(fire("keydown", 2, { code: "Digit6" })).trusted, true);
});
