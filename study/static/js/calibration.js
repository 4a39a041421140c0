/** A few empty flashes, shown by the code that shows faces and judged by the same evidence. */
import { watchDisturbances } from "./attention.js";
import { present } from "./presentation.js";

const TIMES = 6;
const EXPOSURE_MS = 100;
const MOST_MS = 2000;

/**
 * How many flashes there is evidence for, and how many of them were shown for the planned number of frames;
 * nulls where the browser gives none.
 *
 * There is nothing to see, see emptyPainter. A page that is disturbed meanwhile (hidden, left,
 * resized) says nothing of the device, so such a flash is not counted.
 */
export async function flashes({ frames, witness, painter, now = () => performance.now(), watch = watchDisturbances }) {
  if (witness.kind === "none") return { flashes: null, flashes_as_planned: null };
  const begun = now();
  const shown = [];
  for (let time = 0; time < TIMES && now() - begun < MOST_MS; time += 1) {
    shown.push(await flash({ frames, witness, painter, watch: watch() }));
  }
  const known = shown.filter((flashed) => flashed.evidence !== "none" && !isDisturbed(flashed));
  const exact = known.filter((flashed) => flashed.shown_frames === flashed.planned_frames);
  return { flashes: known.length, flashes_as_planned: exact.length };
}

async function flash({ frames, witness, painter, watch }) {
  await witness.prepare();
  frames.pause();
  const shown = await present({ frames, painter, witness, watch, exposureMs: EXPOSURE_MS });
  watch.end();
  return shown;
}

const isDisturbed = ({ hidden, blurred, resized }) => hidden || blurred || resized;

/** Paints a canvas in the colour of the page, and for a flash in one that no eye tells from it. */
export function emptyPainter(canvas, background = getComputedStyle(document.body).backgroundColor) {
  const pen = canvas.getContext("2d", { alpha: false });
  const [red, green, blue] = levels(background);
  const fill = (colour) => {
    pen.fillStyle = colour;
    pen.fillRect(0, 0, canvas.width, canvas.height);
  };
  const still = () => fill(`rgb(${red}, ${green}, ${blue})`);
  still();
  return { faces: () => fill(`rgb(${red}, ${green}, ${blue > 127 ? blue - 1 : blue + 1})`), cover: still };
}

/** Red, green and blue of "rgb(250, 250, 250)"; mid-grey for anything else. */
export function levels(colour) {
  const found = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(colour);
  return found ? found.slice(1).map(Number) : [128, 128, 128];
}
