import assert from "node:assert/strict";
import { test } from "node:test";

import { CLEAR, COVERED, Curtain, leadFrames, step } from "../../study/static/js/curtain.js";

/** What an opacity animation shows at a time, by the rules of stepped keyframes. */
function opacityAt({ keyframes, timing }, timeMs) {
  const progress = Math.min(1, timeMs / timing.duration);
  return keyframes.filter(({ offset }) => offset <= progress).at(-1).opacity;
}

function layer() {
  const element = { animations: [] };
  element.animate = (keyframes, timing) => {
    const animation = { keyframes, timing, cancel: () => (animation.cancelled = true), ready: new Promise(() => {}) };
    element.animations.push(animation);
    return animation;
  };
  return element;
}

function drawn({ hz, planned }) {
  const cover = layer();
  const after = layer();
  const run = new Curtain(() => ({ cover, after })).draw({ intervalMs: 1000 / hz, planned });
  return { cover, after, run };
}

for (const hz of [30, 60, 75, 120, 144, 240]) {
  for (const planned of [1, 2, 6, 100]) {
    test(`${planned} frames at ${hz} Hz are open whatever the rounding of frame times`, () => {
      const { cover, after } = drawn({ hz, planned });
      const intervalMs = 1000 / hz;
      for (const errorMs of [-0.4 * intervalMs, 0, 0.4 * intervalMs]) {
        const open = [];
        for (let frame = 0; frame < leadFrames(intervalMs) + planned + 5; frame += 1) {
          const timeMs = frame * intervalMs + errorMs;
          const covered = opacityAt(cover.animations[0], Math.max(0, timeMs)) > 0.5;
          const over = opacityAt(after.animations[0], Math.max(0, timeMs)) > 0.5;
          if (!covered && !over) open.push(frame);
        }
        assert.equal(open.length, planned);
        assert.equal(open[0], leadFrames(intervalMs));
      }
    });
  }
}

test("nothing changes during the lead-in, and both layers are drawn in it", () => {
  const [before] = step(COVERED, 0, 5.5, 20);
  assert.ok(before.opacity < 1 && Math.round(before.opacity * 255) === 255);
  assert.ok(CLEAR > 0 && Math.round(CLEAR * 255) === 0);
});

test("both animations begin together and hold their end until they are taken over", () => {
  const { cover, after } = drawn({ hz: 60, planned: 6 });
  assert.deepEqual(cover.animations[0].timing, after.animations[0].timing);
  assert.equal(cover.animations[0].timing.fill, "forwards");
});

test("without a limit only the cover moves", () => {
  const { cover, after } = drawn({ hz: 60, planned: null });
  assert.deepEqual([cover.animations.length, after.animations.length], [1, 0]);
});

test("a cancelled run takes both back", () => {
  const { cover, after, run } = drawn({ hz: 60, planned: 6 });
  run.cancel();
  assert.ok(cover.animations[0].cancelled && after.animations[0].cancelled);
});

test("the lead-in lasts a fifth of a second, and six frames at least", () => {
  assert.deepEqual([30, 60, 240].map((hz) => leadFrames(1000 / hz)), [6, 12, 48]);
  assert.equal(leadFrames(1000 / 25), 6);
});
