import assert from "node:assert/strict";
import { test } from "node:test";
import { fitPictures, Painter } from "../../study/static/js/painter.js";

/** A canvas that only remembers what was drawn on it, and where. */
function sheet() {
  const drawn = [];
  const pen = {
    fillRect() {},
    strokeRect: (x, y, width, height) => drawn.push(["frame", x, y, width, height]),
    drawImage: (what, x, y, width, height) => drawn.push([what.name ?? "sheet", x, y, width, height]),
    createImageData: (width, height) => ({ data: new Uint8ClampedArray(4 * width * height) }),
    putImageData() {},
    measureText: (words) => ({ width: 10 * words.length }),
    fillText: (words) => drawn.push(["words", words]),
  };
  return { style: {}, getContext: () => pen, setAttribute() {}, drawn };
}

/** An element for the layers, which it keeps by their names. */
function stageOfLayers() {
  const stage = { style: {}, ownerDocument: { createElement: sheet } };
  stage.replaceChildren = (...layers) => layers.forEach((layer) => (stage[layer.className] = layer));
  return stage;
}

globalThis.getComputedStyle = () => ({ fontFamily: "sans-serif" });

const view = { viewportWidth: 1280, viewportHeight: 800, picture: { width_px: 480, height_px: 600 }, pixelRatio: 1 };

function stand(options = {}) {
  const stage = stageOfLayers();
  const painter = new Painter(stage);
  painter.resize(fitPictures({ ...view, ...options }));
  const drawnOn = (name) => stage[name].drawn.splice(0);
  const seen = () => [stage.cover.style.opacity, stage.after.style.opacity].map((opacity) => Math.round(opacity));
  return { stage, painter, drawnOn, seen };
}

test("a single face lies in the middle, as large as a face of a pair", () => {
  const { stage, painter, drawnOn } = stand();
  painter.load([{ name: "left" }, { name: "right" }]);
  painter.faces();
  const [left, right] = drawnOn("faces");
  painter.load([{ name: "face" }]);
  painter.spread({ mask: true });
  const [face] = drawnOn("faces");
  assert.deepEqual(face.slice(3), left.slice(3));
  assert.equal(face[1] + face[3] / 2, stage.faces.width / 2);
  assert.equal(left[1] + right[1] + right[3], stage.faces.width);
  assert.deepEqual(drawnOn("after").map(([what, x]) => [what, x]), [["sheet", face[1]]]);
  painter.places();
  assert.deepEqual(drawnOn("cover").map(([what]) => what), ["frame"]);
});

test("labels are below their faces, in the same drawing, and not on the mask", () => {
  const { painter, drawnOn } = stand({ labels: true });
  painter.load([{ name: "left" }, { name: "right" }], ["AI-generated", "Photograph"]);
  painter.spread({ mask: true });
  const all = drawnOn("faces");
  assert.deepEqual(all.map(([what]) => what), ["left", "right", "sheet", "sheet"]);
  assert.deepEqual(all.slice(2).map(([, x, y]) => [x, y]), all.slice(0, 2).map(([, x]) => [x, painter.height]));
  assert.ok(drawnOn("after").every(([, , y]) => y === 0));
});

test("what is spread out stays under the cover until it is taken away", () => {
  const { painter, seen } = stand();
  const covered = [1, 0];
  painter.load([{ name: "left" }, { name: "right" }]);
  painter.spread({ mask: true });
  assert.deepEqual(seen(), covered);
  painter.fixation();
  assert.deepEqual(seen(), covered);
  painter.uncover();
  assert.deepEqual(seen(), [0, 0]);
  painter.over();
  assert.deepEqual(seen(), [0, 1]);
  painter.places();
  assert.deepEqual(seen(), covered);
});

test("the cover is opaque, and short of it only for the frame that is stirred", () => {
  const { stage, painter } = stand();
  for (const covering of ["blank", "fixation", "places"]) {
    painter.stir();
    assert.ok(stage.cover.style.opacity < 1);
    assert.equal(Math.round(255 * stage.cover.style.opacity), 255);
    painter[covering]();
    assert.equal(stage.cover.style.opacity, 1);
  }
});

test("without a mask nothing but the surround lies above the faces", () => {
  const { painter, drawnOn } = stand();
  painter.load([{ name: "left" }, { name: "right" }]);
  painter.spread({ mask: false });
  assert.deepEqual(drawnOn("after"), []);
});

test("room for labels is kept on every trial, so that the faces never move", () => {
  const without = fitPictures(view);
  const withRoom = fitPictures({ ...view, labels: true });
  assert.equal(without.labelRoom, 0);
  assert.ok(withRoom.height + withRoom.labelRoom <= without.height + 1);
});
