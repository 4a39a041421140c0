import assert from "node:assert/strict";
import { test } from "node:test";
import { askedItems, isMet } from "../../study/static/js/conditions.js";

const cases = [
  ["one of several", { item: "a", is_one_of: ["x", "y"] }, ["y"], true],
  ["none of those wanted", { item: "a", is_one_of: ["x", "y"] }, ["z"], false],
  ["one wanted among several chosen", { item: "a", is_one_of: ["x"] }, ["z", "x"], true],
  ["not among those unwanted", { item: "a", is_none_of: ["x"] }, ["z"], true],
  ["an unwanted one among several", { item: "a", is_none_of: ["x"] }, ["z", "x"], false],
  ["left empty", { item: "a", is_none_of: ["x"] }, [], false],
  ["exactly the least", { item: "a", at_least: 60 }, ["60"], true],
  ["below the least", { item: "a", at_least: 60 }, ["59"], false],
  ["above the most", { item: "a", at_least: 0, at_most: 10 }, ["11"], false],
  ["no number", { item: "a", at_most: 10 }, ["few"], false],
];

for (const [name, condition, values, expected] of cases) {
  test(`a condition and an answer: ${name}`, () => assert.equal(isMet(condition, { a: values }), expected));
}

test("an item hidden again takes what hangs on it along", () => {
  const items = (first) => [
    { name: "makes", condition: null, values: [first] },
    { name: "tools", condition: { item: "makes", is_one_of: ["yes"] }, values: ["own"] },
    { name: "model", condition: { item: "tools", is_one_of: ["own"] }, values: [] },
  ];
  assert.deepEqual(askedItems(items("yes")), [true, true, true]);
  assert.deepEqual(askedItems(items("no")), [true, false, false]);
});
