import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { fitPictures, maskLevels } from "../../study/static/js/painter.js";
import { PictureError, Pictures, sha256, trialsToHold } from "../../study/static/js/pictures.js";
import { changeFiles, planFor, serves } from "../../study/static/js/picture_files.js";

const bytes = (url) => new TextEncoder().encode(`picture at ${url}`);
const picture = (name) => ({ url: `/pictures/${name}.jpg`, sha256: createHash("sha256").update(bytes(`/pictures/${name}.jpg`)).digest("hex") });
const trial = (n) => ({ left: picture(`l${n}`), right: picture(`r${n}`) });

function stand({ fetched = async (url) => new Response(bytes(url)), digest = sha256, size = { width: 4, height: 5 }, wait = async () => {} } = {}) {
  const open = new Set();
  const asked = [];
  const pictures = new Pictures({
    fetch: async (url, options) => (asked.push([url, options.cache]), fetched(url, options)),
    size,
    wait,
    digest,
    decode: async (blob, size) => {
      const bitmap = { text: await blob.text(), size, close: () => open.delete(bitmap) };
      open.add(bitmap);
      return bitmap;
    },
  });
  return { pictures, open, asked };
}

test("a pair is given out decoded at display size", async () => {
  const [left, right] = await stand().pictures.faces(trial(1));
  assert.equal(left.text, "picture at /pictures/l1.jpg");
  assert.equal(right.text, "picture at /pictures/r1.jpg");
  assert.deepEqual(left.size, { width: 4, height: 5 });
});

test("only the pairs to come are held, the others are closed", async () => {
  const { pictures, open } = stand();
  const coming = [1, 2, 3, 4].map(trial);
  pictures.lookAhead(coming);
  for (const each of coming) await pictures.faces(each);
  pictures.lookAhead(coming.slice(2));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(pictures.held, 4);
  assert.equal(open.size, 4);
});

test("a picture is fetched once however often it is asked for", async () => {
  const { pictures, asked } = stand();
  await Promise.all([pictures.faces(trial(1)), pictures.faces(trial(1))]);
  assert.equal(asked.length, 2);
});

test("a damaged copy is fetched again past the cache", async () => {
  let damaged = true;
  const { pictures, asked } = stand({
    fetched: async (url) => {
      const first = damaged && url.includes("l1");
      if (first) damaged = false;
      return new Response(first ? "something else" : bytes(url));
    },
  });
  await pictures.faces(trial(1));
  assert.deepEqual(asked.filter(([url]) => url.includes("l1")).map(([, cache]) => cache), ["default", "reload"]);
});

test("a picture that stays away is an error, and can be asked for again", async () => {
  let working = false;
  const { pictures } = stand({ fetched: async (url) => (working ? new Response(bytes(url)) : new Response("", { status: 503 })) });
  await assert.rejects(pictures.faces(trial(1)), PictureError);
  working = true;
  assert.ok(await pictures.faces(trial(1)));
});

test("without a digest in the browser pictures are shown and said to be unverified", async () => {
  const { pictures } = stand({ digest: (blob) => sha256(blob, null) });
  await pictures.faces(trial(1));
  assert.equal(pictures.verified, false);
});

test("through 500 trials the bitmaps held stay within the memory of a phone", async () => {
  const size = { width: 531, height: 664 };
  const { pictures, open } = stand({ size });
  const trials = Array.from({ length: 500 }, (_, n) => trial(n));
  let most = 0;
  for (let place = 0; place < trials.length; place += 1) {
    if (place % 97 === 96) pictures.resize(size);
    pictures.lookAhead(trials.slice(place, place + 4));
    await pictures.faces(trials[place]);
    await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, open.size);
    assert.ok(pictures.held <= 8);
  }
  assert.ok(most <= 8, `${most} bitmaps open at once`);
  pictures.lookAhead([]);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(open.size, 0, "every bitmap is closed in the end");
});

for (const [width, height, held] of [[384, 480, 4], [531, 664, 4], [1000, 1250, 4], [2000, 2500, 2]]) {
  test(`${held} pairs of ${width} x ${height} device pixels are held ready`, () => {
    assert.equal(trialsToHold({ width, height }), held);
  });
}

test("the pair that comes next has the connection for itself", async () => {
  const doors = [];
  const { pictures, asked } = stand({
    fetched: (url) => new Promise((resolve) => doors.push(() => resolve(new Response(bytes(url))))),
  });
  pictures.lookAhead([1, 2, 3].map(trial));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(asked.map(([url]) => url), ["/pictures/l1.jpg", "/pictures/r1.jpg"]);
  for (const open of doors.splice(0)) open();
  await pictures.faces(trial(1));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(asked.length, 6);
});

test("what is not wanted any more is neither waited for nor asked for again", async () => {
  const given = [];
  let tries = 0;
  const { pictures, open } = stand({
    fetched: (url, { signal }) => {
      tries += 1;
      return new Promise((_, reject) => (given.push(signal), signal.addEventListener("abort", () => reject(new Error("aborted")))));
    },
  });
  pictures.lookAhead([trial(1)]);
  const waiting = pictures.faces(trial(1));
  pictures.lookAhead([]);
  await assert.rejects(waiting, PictureError);
  assert.ok(given.every((signal) => signal.aborted));
  assert.equal(tries, 2);
  assert.equal(open.size + pictures.held, 0);
});

test("a picture that is decoded only after the size has changed is closed and made anew", async () => {
  const { pictures, open } = stand();
  const early = pictures.faces(trial(1));
  pictures.resize({ width: 8, height: 10 });
  await early.catch(() => {});
  const [left] = await pictures.faces(trial(1));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(left.size, { width: 8, height: 10 });
  assert.equal(open.size, 2);
});

const planned = (fileWidth, count = 2) => ({
  picture: { width_px: 480, height_px: 600, file_width_px: fileWidth },
  trials: Array.from({ length: count }, (_, n) => ({ position: n + 1, left: picture(`l${n}-${fileWidth}`), right: n ? picture(`r${n}-${fileWidth}`) : null })),
});
const never = new Promise(() => {});

test("files serve when nothing is enlarged that need not be and at most twice too much is loaded", () => {
  assert.ok(serves(400, 384, 480));
  assert.ok(serves(480, 960, 480), "the picture itself is all there is");
  assert.ok(serves(400, 200, 480));
  assert.ok(!serves(320, 384, 480));
  assert.ok(!serves(400, 199, 480));
  assert.equal(planFor("/s/x/plan", 176.99999), "/s/x/plan?width=177");
});

test("a larger window brings larger files, for the trials that are left", async () => {
  const plan = planned(200);
  const asked = [];
  const ask = async (width) => (asked.push(width), { ...planned(480), trials: planned(480).trials.slice(1) });
  assert.equal(await changeFiles(plan, 450, { ask, limit: never }), true);
  assert.deepEqual(asked, [450]);
  assert.equal(plan.picture.file_width_px, 480);
  assert.equal(plan.trials[0].left.url, "/pictures/l0-200.jpg");
  assert.equal(plan.trials[1].right.url, "/pictures/r1-480.jpg");
});

for (const [name, ask, limit] of [
  ["without a connection", async () => Promise.reject(new Error("offline")), never],
  ["while the server is silent", () => never, Promise.resolve()],
]) {
  test(`a larger window goes on with the files it has ${name}`, async () => {
    const plan = planned(200);
    assert.equal(await changeFiles(plan, 450, { ask, limit }), false);
    assert.equal(plan.trials[1].right.url, "/pictures/r1-200.jpg");
    assert.equal(plan.picture.file_width_px, 200);
  });
}

test("a window that needs no other files asks for none", async () => {
  const ask = () => assert.fail("asked");
  assert.equal(await changeFiles(planned(400), 390, { ask, limit: never }), false);
});

for (const [width, height, ratio] of [[1280, 800, 1], [390, 844, 2], [360, 640, 3], [640, 400, 2], [1920, 1080, 1.25], [320, 480, 2]]) {
  test(`both faces fit side by side into ${width} x ${height} on whole device pixels`, () => {
    const fitted = fitPictures({ viewportWidth: width, viewportHeight: height, picture: { width_px: 480, height_px: 600 }, pixelRatio: ratio });
    assert.ok(2 * fitted.width + fitted.gap <= width);
    assert.ok(fitted.width <= 480 && fitted.width >= 100);
    assert.ok(Math.abs(fitted.height / fitted.width - 1.25) < 0.02);
    for (const length of [fitted.width, fitted.height, fitted.gap]) {
      assert.ok(Math.abs(length * ratio - Math.round(length * ratio)) < 1e-9);
    }
  });
}

test("the mask is the same every time, grey on average, and full of contrast", () => {
  const levels = maskLevels(120, 150);
  const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length;
  const spread = Math.sqrt(levels.reduce((sum, level) => sum + (level - mean) ** 2, 0) / levels.length);
  assert.deepEqual(levels, maskLevels(120, 150));
  assert.ok(Math.abs(mean - 128) < 6, `${mean}`);
  assert.ok(spread > 35, `${spread}`);
});
