import assert from "node:assert/strict";
import { test } from "node:test";

import { Process } from "../../study/static/js/process.js";
import { Presses } from "../../study/static/js/responses.js";
import { eventPage } from "./page.mjs";

const SHOWN = { onset_ms: 1000, offset_ms: 1100 };
const AREA = { tagName: "TEXTAREA", closest: () => "textarea" };

function page() {
  const { target, fire } = eventPage();
  const presses = new Presses(target);
  const process = new Process(target, presses);
  const move = (at, clientX, clientY, pointerType = "mouse") => fire("pointermove", at, { clientX, clientY, pointerType });
  return { presses, process, fire, move };
}

const told = (events) => events.map(({ event, position, at_ms, detail }) => [event, position, at_ms, detail.phase]);

test("an answer while the faces are on, during the mask, or before the question is an early press", () => {
  const { process, fire } = page();
  process.begin(950);
  fire("keydown", 900, { code: "Digit1", key: "1" });
  fire("keydown", 1050, { code: "Digit5", key: "5" });
  fire("pointerdown", 1200, { pointerId: 1, pointerType: "pen" });
  const events = process.early(7, SHOWN, { askedAt: 1350, overAt: 3000 });
  assert.deepEqual(told(events), [["early_press", 7, 1050, "exposure"], ["early_press", 7, 1200, "mask"]]);
  assert.deepEqual(events[0].detail, { phase: "exposure", since_onset_ms: 50, input: "keyboard", key: "5" });
  assert.deepEqual([events[1].detail.input, events[1].detail.key], ["pen", null]);
});

test("what is pressed in the two seconds after the last answer is a later press of that trial, once", () => {
  const { process, fire } = page();
  process.begin(950);
  assert.deepEqual(process.early(7, SHOWN, { askedAt: 1350, overAt: 2000 }), []);
  fire("keydown", 2100, { code: "Digit4", key: "4" });
  fire("keydown", 4500, { code: "Space", key: " " });
  assert.deepEqual(told(process.later()), [["later_press", 7, 2100, "after"]]);
  assert.deepEqual(process.later(), []);
});

test("a press that a question refused is told with what it said", () => {
  const { process } = page();
  process.begin(950);
  process.note("early_press", { downAt: 1340, input: "touch", key: "pointer" }, { question: "detect", target: "pair", value: "left" });
  const [event] = process.early(2, SHOWN, { askedAt: 1350, overAt: 1500 });
  assert.deepEqual(event.detail, {
    phase: "question", question: "detect", target: "pair", value: "left", since_onset_ms: 340, input: "touch", key: null,
  });
});

test("a flood of presses is told by its first ten", () => {
  const { process, fire } = page();
  process.begin(950);
  for (let at = 1001; at < 1060; at += 1) fire("keydown", at, { code: "Digit5", key: "5" });
  assert.equal(process.early(1, SHOWN, { askedAt: 1350, overAt: 1400 }).length, 10);
});

test("a voided exposure has early presses and no later ones", () => {
  const { process, fire } = page();
  process.begin(950);
  fire("keydown", 1010, { code: "Digit5", key: "5" });
  assert.equal(process.early(1, SHOWN, { askedAt: null, overAt: null }).length, 1);
  fire("keydown", 1500, { code: "Digit5", key: "5" });
  assert.deepEqual(process.later(), []);
});

test("where the page was hidden before the onset, only presses since the lead-in are told", () => {
  const { process, fire } = page();
  fire("keydown", 500, { code: "Digit5", key: "5" });
  process.begin(950);
  fire("keydown", 960, { code: "Digit5", key: "5" });
  const events = process.early(1, { onset_ms: null, offset_ms: 970 }, { askedAt: null, overAt: null });
  assert.deepEqual(told(events), [["early_press", 1, 960, "exposure"]]);
});

test("the pointer's way is a length and how straight it was, from where it last stood", () => {
  const { process, move } = page();
  move(500, 0, 0);
  process.begin(950);
  move(1200, 30, 40);
  move(1300, 30, 100);
  const summary = process.summary([], 1000);
  assert.deepEqual([summary.pointer_moves, summary.pointer_path_px, summary.pointer_first_ms], [2, 110, 200]);
  assert.equal(summary.pointer_straightness, Math.round((1000 * Math.hypot(30, 100)) / 110) / 1000);
});

test("a pointer that did not move and a finger have no way", () => {
  const { process, move } = page();
  process.begin(950);
  move(1200, 30, 40, "touch");
  const { pointer_moves, pointer_path_px, pointer_straightness, pointer_first_ms } = process.summary([], 1000);
  assert.deepEqual([pointer_moves, pointer_path_px, pointer_straightness, pointer_first_ms], [0, 0, null, null]);
});

test("typing is a number of keys and the median time between them, without the keys", () => {
  const { process, fire } = page();
  process.begin(950);
  for (const [at, key] of [[2000, "t"], [2100, "h"], [2400, "e"], [2600, "e"]]) fire("keydown", at, { key, code: key, target: AREA });
  fire("keydown", 2650, { key: "e", code: "e", target: AREA, repeat: true });
  fire("keydown", 2700, { key: "5", code: "Digit5" });
  fire("input", 2800, { inputType: "insertFromPaste", target: AREA });
  fire("input", 2900, { inputType: "insertText", target: AREA });
  const { keys_typed, key_gap_ms, pastes } = process.summary([], 1000);
  assert.deepEqual([keys_typed, key_gap_ms, pastes], [4, 200, 1]);
});

test("answers are trusted when each of them is; without answers that is not known", () => {
  const { process } = page();
  const by = (...trusted) => process.summary(trusted.map((one) => ({ press: { trusted: one } })), 0).trusted;
  assert.deepEqual([by(true, true), by(true, false), by()], [true, false, null]);
});

test("each trial begins from nothing", () => {
  const { process, fire, move } = page();
  process.begin(950);
  move(1100, 5, 5);
  move(1200, 9, 9);
  fire("keydown", 1300, { key: "a", code: "KeyA", target: AREA });
  process.begin(950);
  const { pointer_moves, keys_typed, key_gap_ms } = process.summary([], 1000);
  assert.deepEqual([pointer_moves, keys_typed, key_gap_ms], [0, 0, null]);
});
