import assert from "node:assert/strict";
import { test } from "node:test";

import { restore, send } from "../../study/static/js/forms.js";

const redirected = (url) => ({ redirected: true, url, status: 200 });
const saying = (status) => ({ redirected: false, url: "/q", status });

async function sent(...answers) {
  const asked = [];
  let told = 0;
  const waits = [];
  const fetch = async (url, options) => {
    asked.push([url, options.body.toString()]);
    const answer = answers.shift();
    if (answer === undefined) throw new TypeError("no connection");
    return answer;
  };
  const next = await send("/q", [["page", "a"], ["x", "1"], ["x", "2"]], {
    fetch,
    wait: async (ms) => void waits.push(ms),
    random: () => 0.5,
    tell: () => (told += 1),
  });
  return { next, asked, told, waits };
}

test("a form is sent until the server leads on", async () => {
  const { next, asked, told, waits } = await sent(undefined, saying(503), saying(429), saying(502), redirected("/next"));
  assert.equal(next, "/next");
  assert.equal(told, 4);
  assert.deepEqual(waits, [500, 1000, 2000, 4000]);
  assert.deepEqual(new Set(asked.map(([, body]) => body)), new Set(["page=a&x=1&x=2"]));
});

test("when the server has something to say about the form, its page is shown", async () => {
  for (const status of [200, 400, 403, 410, 413, 422]) assert.equal((await sent(saying(status))).next, null);
});

test("what was kept is entered again, field by field", () => {
  const field = (name, type, value, checked = false) => ({ name, type, value, checked });
  const fields = [
    field("csrf_token", "hidden", "new"),
    field("age", "number", ""),
    field("sex", "radio", "f", true),
    field("sex", "radio", "m"),
    field("cues", "checkbox", "skin"),
    field("cues", "checkbox", "eyes"),
    field("cues", "checkbox", "hair"),
    field("other", "text", "as it was"),
  ];
  restore(fields, [["csrf_token", "old"], ["age", "34"], ["sex", "m"], ["cues", "skin"], ["cues", "hair"]]);
  assert.deepEqual(fields.map(({ value }) => value), ["new", "34", "f", "m", "skin", "eyes", "hair", "as it was"]);
  assert.deepEqual(fields.map(({ checked }) => checked), [false, false, false, true, true, false, true, false]);
});
