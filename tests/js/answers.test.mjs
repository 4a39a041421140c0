import assert from "node:assert/strict";
import { test } from "node:test";
import { questionWithTruth, verdict } from "../../study/static/js/feedback.js";
import { scaleKeys } from "../../study/static/js/steps.js";
import { checkWords } from "../../study/static/js/texts.js";

const side = { id: "detect", kind: "side", targets: ["pair"] };
const four = { ...side, both_neither: true };
const face = { id: "detect", kind: "origin", targets: ["face"] };
const each = { ...face, targets: ["left", "right"] };
const said = (target, value) => ({ target, value });

const verdicts = [
  [side, [said("pair", "left")], { left: "ai", right: "real" }, "right"],
  [side, [said("pair", "left")], { left: "real", right: "ai" }, "wrong"],
  [side, [said("pair", "left")], { left: "ai", right: "ai" }, null],
  [four, [said("pair", "both")], { left: "ai", right: "ai" }, "right"],
  [four, [said("pair", "both")], { left: "real", right: "real" }, "wrong"],
  [four, [said("pair", "neither")], { left: "real", right: "real" }, "right"],
  [face, [said("face", "ai")], { face: "ai" }, "right"],
  [face, [said("face", "real")], { face: "ai" }, "wrong"],
  [face, [], { face: "ai" }, null],
  [each, [said("left", "ai"), said("right", "real")], { left: "ai", right: "real" }, "right"],
  [each, [said("left", "ai"), said("right", "ai")], { left: "ai", right: "real" }, "wrong"],
  [each, [said("left", "ai")], { left: "ai", right: "real" }, null],
];

for (const [question, answers, truth, expected] of verdicts) {
  const given = answers.map(({ target, value }) => `${target} ${value}`).join(", ") || "nothing";
  test(`${given} about ${Object.values(truth).join(" and ")} is ${expected}`, () => {
    assert.equal(verdict(question, answers, truth), expected);
  });
}

test("feedback is about the first question that has a truth", () => {
  const trust = { id: "trust", kind: "scale", targets: ["face"] };
  assert.equal(questionWithTruth([trust, face, side]), face);
  assert.equal(questionWithTruth([trust]), undefined);
});

test("a number key stands for its step, 0 for ten on a scale from one, and none for half a scale", () => {
  assert.deepEqual(Object.keys(scaleKeys({ minimum: 1, maximum: 7 })), ["1", "2", "3", "4", "5", "6", "7"]);
  assert.equal(scaleKeys({ minimum: 1, maximum: 10 })[0], "10");
  assert.equal(scaleKeys({ minimum: 0, maximum: 10 })[0], "0");
  assert.equal(Object.keys(scaleKeys({ minimum: 0, maximum: 10 })).length, 10);
  assert.deepEqual(scaleKeys({ minimum: -5, maximum: 5 }), {});
});

test("an attention check says what to choose in the words of its buttons", () => {
  const scale = { kind: "scale", targets: ["left", "right"] };
  assert.equal(checkWords(scale, "3"), "Attention check: whatever you see, please choose 3 for both people.");
  assert.equal(checkWords({ ...scale, targets: ["face"] }, "3"), "Attention check: whatever you see, please choose 3.");
  assert.equal(checkWords(four, "both"), "Attention check: whatever you see, please choose “Both”.");
  assert.equal(checkWords(face, "ai", "edited"), "Attention check: whatever you see, please choose “Edited”.");
});
