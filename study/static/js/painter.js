/**
 * Draw fixation, faces, mask and empty places in three layers of one size, one above the other.
 *
 * Below lie the faces with their labels, above them what comes after them, on top the cover. What is seen is
 * decided by the opacity of the two upper ones, so that everything changes in one frame and nothing is drawn
 * at an edge. The layers between fixation and mask are moved by curtain.js.
 */
import { CLEAR, COVERED } from "./curtain.js";

const SURROUND = "#808080";
const INK = "#000000";
const PLACE = "#6b6b6b";
const LABEL_ROOM = 30;
const LABEL_SIZE = 16;
// Seven steps of a scale that a finger can hit.
const PANEL_WIDTH = 360;

/**
 * Size of the pictures on this screen, in CSS px, whole device pixels, never larger than they are.
 *
 * Both faces lie side by side on every screen and always at the same place: the room below, on a phone held
 * sideways the room beside them, is kept free for the questions, also while there are none. A single face is as
 * large as one of a pair, in the middle.
 * `labels`: there will be words below the faces, so room is kept for them on every trial.
 */
export function fitPictures({ viewportWidth, viewportHeight, picture, pixelRatio, labels = false }) {
  const narrow = viewportWidth < 600;
  const beside = viewportHeight < 480 && viewportWidth >= 640;
  const margin = narrow || beside ? 12 : 24;
  const gap = narrow || beside ? 12 : 40;
  const below = beside ? 56 : narrow ? 330 : 280;
  const above = 40;
  const labelRoom = labels ? LABEL_ROOM : 0;
  const ratio = picture.height_px / picture.width_px;
  const height = Math.max(viewportHeight - above - below - labelRoom, viewportHeight * 0.4);
  const wide = viewportWidth - 2 * margin - gap - (beside ? PANEL_WIDTH : 0);
  const width = Math.min(picture.width_px, wide / 2, height / ratio);
  const whole = (length) => Math.max(1, Math.floor(length * pixelRatio)) / pixelRatio;
  const fitted = { width: whole(width), height: whole(width * ratio), gap: whole(gap), labelRoom };
  return { ...fitted, pixelRatio, beside, stacked: beside || fitted.width < 330 };
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Grey levels of a mask: noise in blocks of four sizes added up, so that coarse and fine structure of a
 * face are both covered; mean at the surround's grey.
 */
export function maskLevels(width, height, seed = 1) {
  const random = seededNumbers(seed);
  const levels = new Float32Array(width * height).fill(128);
  for (const share of [1 / 6, 1 / 12, 1 / 24, 1 / 48]) {
    const block = Math.max(1, Math.round(width * share));
    const columns = Math.ceil(width / block);
    const noise = Float32Array.from({ length: columns * Math.ceil(height / block) }, random);
    const mean = noise.reduce((sum, level) => sum + level, 0) / noise.length;
    for (let y = 0; y < height; y += 1) {
      const row = Math.floor(y / block) * columns;
      for (let x = 0; x < width; x += 1) levels[y * width + x] += 96 * (noise[row + Math.floor(x / block)] - mean);
    }
  }
  return Uint8ClampedArray.from(levels);
}

export class Painter {
  #stage;
  #faces;
  #after;
  #cover;
  #pen;
  #mask = null;
  #pictures = [];
  #labels = [];
  #labelSheets = new Map();
  #surround;
  layout = null;

  /** stage: the element that holds the layers. surround: the colour around the faces. */
  constructor(stage, { surround = SURROUND } = {}) {
    this.#stage = stage;
    this.#surround = surround;
    const layers = ["faces", "after", "cover"].map((name) => {
      const canvas = stage.ownerDocument.createElement("canvas");
      canvas.className = name;
      canvas.setAttribute("aria-hidden", "true");
      return canvas;
    });
    stage.replaceChildren(...layers);
    [this.#faces, this.#after, this.#cover] = layers.map((canvas) => ({ canvas, pen: canvas.getContext("2d", { alpha: false }) }));
    this.#pen = this.#cover.pen;
  }

  /** The two layers that are taken away and put over: {cover, after}. */
  get layers() {
    return { cover: this.#cover.canvas, after: this.#after.canvas };
  }

  /** Take a layout from fitPictures; sizes in device pixels from here on. */
  resize(layout) {
    this.layout = layout;
    const device = (length) => Math.round(length * layout.pixelRatio);
    this.width = device(layout.width);
    this.height = device(layout.height);
    this.gap = device(layout.gap);
    this.labelRoom = device(layout.labelRoom ?? 0);
    for (const { canvas } of [this.#faces, this.#after, this.#cover]) {
      canvas.width = 2 * this.width + this.gap;
      canvas.height = this.height + this.labelRoom;
    }
    this.#stage.style.width = `${this.#faces.canvas.width / layout.pixelRatio}px`;
    this.#stage.style.height = `${this.#faces.canvas.height / layout.pixelRatio}px`;
    this.#mask = this.#makeMask();
    this.#labelSheets.clear();
    this.blank();
  }

  /** One picture or two, from left to right, with words below each where there are any. */
  load(pictures, labels = []) {
    this.#pictures = pictures;
    this.label(labels);
  }

  /** Letters are drawn here, once and long before any edge: at the onset they are as ready as the mask. */
  label(labels) {
    for (const words of labels) {
      if (!this.#labelSheets.has(words)) this.#labelSheets.set(words, this.#makeLabel(words));
    }
    this.#labels = labels.map((words) => this.#labelSheets.get(words));
  }

  /** Lay out under the cover what is to be seen: the faces, and the mask or nothing above them. */
  spread({ mask }) {
    this.#drawFaces();
    this.#fill(this.#after);
    if (mask) for (const x of this.#places()) this.#after.pen.drawImage(this.#mask, x, 0);
  }

  blank() {
    this.#coverUp();
  }

  fixation() {
    this.#coverUp();
    const unit = this.layout.pixelRatio;
    const arm = 9 * unit;
    const stroke = Math.max(1, Math.round(2 * unit));
    const x = Math.round(this.#cover.canvas.width / 2);
    const y = Math.round(this.height / 2);
    this.#pen.fillStyle = INK;
    this.#pen.fillRect(x - arm, y - stroke / 2, 2 * arm, stroke);
    this.#pen.fillRect(x - stroke / 2, y - arm, stroke, 2 * arm);
  }

  /** Draw the faces and show them. */
  faces() {
    this.#drawFaces();
    this.uncover();
  }

  /** Show the faces that lie ready. */
  uncover() {
    this.#show({ cover: 0, after: CLEAR });
  }

  /** Show what comes after the faces. */
  over() {
    this.#show({ cover: 0, after: 1 });
  }

  /** Have the next frame draw all layers anew, as an edge does, under the cover. */
  stir() {
    this.#show({ cover: COVERED, after: CLEAR });
  }

  /** Thin frames where the faces were, so that "left" and "right" keep their places. */
  places() {
    this.#coverUp();
    const stroke = Math.max(1, Math.round(this.layout.pixelRatio));
    this.#pen.strokeStyle = PLACE;
    this.#pen.lineWidth = stroke;
    for (const x of this.#places()) {
      this.#pen.strokeRect(x + stroke / 2, stroke / 2, this.width - stroke, this.height - stroke);
    }
  }

  #drawFaces() {
    this.#fill(this.#faces);
    const places = this.#places();
    const { pen } = this.#faces;
    this.#pictures.forEach((picture, n) => pen.drawImage(picture, places[n], 0, this.width, this.height));
    this.#labels.forEach((label, n) => pen.drawImage(label, places[n], this.height));
  }

  #coverUp() {
    this.#fill(this.#cover);
    this.#show({ cover: 1, after: CLEAR });
  }

  #show({ cover, after }) {
    this.#cover.canvas.style.opacity = cover;
    this.#after.canvas.style.opacity = after;
  }

  #fill({ canvas, pen }) {
    pen.fillStyle = this.#surround;
    pen.fillRect(0, 0, canvas.width, canvas.height);
  }

  /** Left edges of the faces: two side by side, or one in the middle. */
  #places() {
    const step = this.width + this.gap;
    return this.#pictures.length === 1 ? [Math.round(step / 2)] : [0, step];
  }

  #sheet(width, height) {
    const sheet = this.#stage.ownerDocument.createElement("canvas");
    sheet.width = width;
    sheet.height = height;
    return sheet;
  }

  #makeLabel(words) {
    const label = this.#sheet(this.width, Math.max(1, this.labelRoom));
    const pen = label.getContext("2d", { alpha: false });
    pen.fillStyle = SURROUND;
    pen.fillRect(0, 0, label.width, label.height);
    pen.fillStyle = INK;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    const family = getComputedStyle(this.#stage).fontFamily || "sans-serif";
    const size = LABEL_SIZE * this.layout.pixelRatio;
    pen.font = `${size}px ${family}`;
    // Long words in some languages on a narrow phone: smaller rather than cut off.
    const share = Math.min(1, label.width / pen.measureText(words).width);
    pen.font = `${Math.floor(size * share)}px ${family}`;
    pen.fillText(words, label.width / 2, label.height * 0.58);
    return label;
  }

  #makeMask() {
    const mask = this.#sheet(this.width, this.height);
    const pen = mask.getContext("2d");
    const pixels = pen.createImageData(this.width, this.height);
    maskLevels(this.width, this.height).forEach((level, place) => {
      pixels.data.fill(level, 4 * place, 4 * place + 3);
      pixels.data[4 * place + 3] = 255;
    });
    pen.putImageData(pixels, 0, 0);
    return mask;
  }
}
