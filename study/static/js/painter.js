/** Draw fixation, pair, mask and empty places in one canvas, so that both faces change in one frame. */

const SURROUND = "#808080";
const INK = "#000000";
const PLACE = "#6b6b6b";

/**
 * Size of the pictures on this screen, in CSS px, whole device pixels, never larger than they are.
 *
 * Both faces lie side by side on every screen and always at the same place: the room below is kept free
 * for the questions, also while there are none.
 */
export function fitPictures({ viewportWidth, viewportHeight, picture, pixelRatio }) {
  const narrow = viewportWidth < 600;
  const margin = narrow ? 12 : 24;
  const gap = narrow ? 12 : 40;
  const below = narrow ? 330 : 280;
  const above = 40;
  const ratio = picture.height_px / picture.width_px;
  const height = Math.max(viewportHeight - above - below, viewportHeight * 0.4);
  const width = Math.min(picture.width_px, (viewportWidth - 2 * margin - gap) / 2, height / ratio);
  const whole = (length) => Math.max(1, Math.floor(length * pixelRatio)) / pixelRatio;
  const fitted = { width: whole(width), height: whole(width * ratio), gap: whole(gap) };
  return { ...fitted, pixelRatio, stacked: fitted.width < 330 };
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
  #canvas;
  #pen;
  #mask = null;
  #pair = null;
  layout = null;

  constructor(canvas) {
    this.#canvas = canvas;
    this.#pen = canvas.getContext("2d", { alpha: false });
  }

  /** Take a layout from fitPictures; sizes in device pixels from here on. */
  resize(layout) {
    this.layout = layout;
    const device = (length) => Math.round(length * layout.pixelRatio);
    this.width = device(layout.width);
    this.height = device(layout.height);
    this.gap = device(layout.gap);
    this.#canvas.width = 2 * this.width + this.gap;
    this.#canvas.height = this.height;
    this.#canvas.style.width = `${this.#canvas.width / layout.pixelRatio}px`;
    this.#canvas.style.height = `${this.#canvas.height / layout.pixelRatio}px`;
    this.#mask = this.#makeMask();
    this.blank();
  }

  load(pair) {
    this.#pair = pair;
  }

  blank() {
    this.#pen.fillStyle = SURROUND;
    this.#pen.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  fixation() {
    this.blank();
    const unit = this.layout.pixelRatio;
    const arm = 9 * unit;
    const stroke = Math.max(1, Math.round(2 * unit));
    const x = Math.round(this.#canvas.width / 2);
    const y = Math.round(this.#canvas.height / 2);
    this.#pen.fillStyle = INK;
    this.#pen.fillRect(x - arm, y - stroke / 2, 2 * arm, stroke);
    this.#pen.fillRect(x - stroke / 2, y - arm, stroke, 2 * arm);
  }

  pair() {
    this.blank();
    this.#pen.drawImage(this.#pair.left, 0, 0, this.width, this.height);
    this.#pen.drawImage(this.#pair.right, this.width + this.gap, 0, this.width, this.height);
  }

  mask() {
    this.blank();
    this.#pen.drawImage(this.#mask, 0, 0);
    this.#pen.drawImage(this.#mask, this.width + this.gap, 0);
  }

  /** Thin frames where the faces were, so that "left" and "right" keep their places. */
  places() {
    this.blank();
    const stroke = Math.max(1, Math.round(this.layout.pixelRatio));
    this.#pen.strokeStyle = PLACE;
    this.#pen.lineWidth = stroke;
    for (const x of [0, this.width + this.gap]) {
      this.#pen.strokeRect(x + stroke / 2, stroke / 2, this.width - stroke, this.height - stroke);
    }
  }

  #makeMask() {
    const mask = this.#canvas.ownerDocument.createElement("canvas");
    mask.width = this.width;
    mask.height = this.height;
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
