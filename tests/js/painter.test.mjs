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
  const canvas = { style: {}, getContext: () => pen, drawn };
  canvas.ownerDocument = { createElement: () => Object.assign(sheet(), { name: "sheet" }) };
  return canvas;
}

globalThis.getComputedStyle = () => ({ fontFamily: "sans-serif" });

const view = { viewportWidth: 1280, viewportHeight: 800, picture: { width_px: 480, height_px: 600 }, pixelRatio: 1 };

function stand(options = {}) {
  const canvas = sheet();
  const painter = new Painter(canvas);
  painter.resize(fitPictures({ ...view, ...options }));
  return { canvas, painter, drawn: () => canvas.drawn.splice(0) };
}

test("a single face lies in the middle, as large as a face of a pair", () => {
  const { canvas, painter, drawn } = stand();
  painter.load([{ name: "left" }, { name: "right" }]);
  painter.faces();
  const [left, right] = drawn();
  painter.load([{ name: "face" }]);
  painter.faces();
  const [face] = drawn();
  assert.deepEqual(face.slice(3), left.slice(3));
  assert.equal(face[1] + face[3] / 2, canvas.width / 2);
  assert.equal(left[1] + right[1] + right[3], canvas.width);
  painter.mask();
  painter.places();
  const covered = drawn();
  assert.deepEqual(covered.map(([what]) => what), ["sheet", "frame"]);
  assert.equal(covered[0][1], face[1]);
});

test("labels are below their faces, in the same drawing, and gone with the mask", () => {
  const { painter, drawn } = stand({ labels: true });
  painter.load([{ name: "left" }, { name: "right" }], ["AI-generated", "Photograph"]);
  painter.faces();
  const all = drawn();
  assert.deepEqual(all.map(([what]) => what), ["left", "right", "sheet", "sheet"]);
  assert.deepEqual(all.slice(2).map(([, x, y]) => [x, y]), all.slice(0, 2).map(([, x]) => [x, painter.height]));
  painter.mask();
  assert.ok(drawn().every(([, , y]) => y === 0));
});

test("room for labels is kept on every trial, so that the faces never move", () => {
  const without = fitPictures(view);
  const withRoom = fitPictures({ ...view, labels: true });
  assert.equal(without.labelRoom, 0);
  assert.ok(withRoom.height + withRoom.labelRoom <= without.height + 1);
});
