import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { fitPictures, maskLevels } from "../../study/static/js/painter.js";
import { PictureError, Pictures, sha256 } from "../../study/static/js/pictures.js";

const bytes = (url) => new TextEncoder().encode(`picture at ${url}`);
const picture = (name) => ({ url: `/pictures/${name}.jpg`, sha256: createHash("sha256").update(bytes(`/pictures/${name}.jpg`)).digest("hex") });
const trial = (n) => ({ left: picture(`l${n}`), right: picture(`r${n}`) });

function stand({ fetched = async (url) => new Response(bytes(url)), digest = sha256 } = {}) {
  const open = new Set();
  const asked = [];
  const pictures = new Pictures({
    fetch: async (url, options) => (asked.push([url, options.cache]), fetched(url, options)),
    size: { width: 4, height: 5 },
    wait: async () => {},
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
