import assert from "node:assert/strict";
import { test } from "node:test";

import { speaker } from "../../study/static/js/language.js";

const ARABIC = speaker({
  language: "ar",
  numbers: "ar-u-nu-latn",
  messages: {
    "One pair": { zero: "zero", one: "one", two: "two", few: "few %(n)s", many: "many %(n)s", other: "other %(n)s" },
  },
});

for (const [n, said] of [
  [0, "zero"], [1, "one"], [2, "two"], [3, "few 3"], [10, "few 10"], [11, "many 11"], [99, "many 99"],
  [100, "other 100"], [102, "other 102"], [103, "few 103"], [111, "many 111"], [1002, "other 1,002"],
]) {
  test(`Arabic has the form for ${n}`, () => {
    assert.equal(ARABIC.ngettext("One pair", "%(n)s pairs", n), said);
  });
}

test("a category without a sentence of its own is said as other", () => {
  const { ngettext } = speaker({ language: "fr", messages: { One: { one: "une", other: "plusieurs" } } });
  assert.equal(ngettext("One", "Many", 0), "une");
  assert.equal(ngettext("One", "Many", 1_000_000), "plusieurs");
});

test("what has no translation is said in English", () => {
  const { _, ngettext } = speaker({ language: "de" });
  assert.equal(_("Pair %(done)s of %(all)s", { done: 3, all: 10 }), "Pair 3 of 10");
  assert.equal(ngettext("%(n)s character left", "%(n)s characters left", 1), "1 character left");
  assert.equal(ngettext("%(n)s character left", "%(n)s characters left", 0), "0 characters left");
});

test("numbers are written as the language does, words are left as they are", () => {
  const { _, number } = speaker({ language: "de", messages: { "%(a)s of %(b)s": "%(b)s, davon %(a)s" } });
  assert.equal(number(12345.5), "12.345,5");
  assert.equal(_("%(a)s of %(b)s", { a: 1500, b: "$& %(a)s" }), "$& %(a)s, davon 1.500");
});

test("a sentence may hold a per cent sign of its own", () => {
  assert.equal(speaker().ngettext("100 % of one", "100 % of %(n)s", 2), "100 % of 2");
});
