/** A few empty flashes, shown by the code that shows faces and judged by the same evidence. */
import { watchDisturbances } from "./attention.js";
import { Painter } from "./painter.js";
import { present } from "./presentation.js";

const TIMES = 6;
const EXPOSURE_MS = 100;
const MOST_MS = 2000;
const SIDE_PX = 120;

/**
 * How many flashes there is evidence for, and how many of them were shown for the planned number of frames;
 * nulls where the browser gives none.
 *
 * tools: what present() needs (frames, witness, painter, curtain, steadiness, clock). There is nothing to see,
 * see emptyPainter. A page that is disturbed meanwhile (hidden, left, resized) says nothing of the device, so
 * such a flash is not counted.
 */
export async function flashes({ watch = watchDisturbances, show = present, ...tools }) {
  if (tools.witness.kind === "none") return { flashes: null, flashes_as_planned: null };
  const { clock } = tools;
  const begun = clock.now();
  const shown = [];
  for (let time = 0; time < TIMES && clock.now() - begun < MOST_MS; time += 1) {
    shown.push(await flash({ ...tools, show, watch: watch() }));
  }
  const known = shown.filter((flashed) => flashed.evidence !== "none" && !isDisturbed(flashed));
  const exact = known.filter((flashed) => flashed.shown_frames === flashed.planned_frames);
  return { flashes: known.length, flashes_as_planned: exact.length };
}

async function flash(tools) {
  const { witness, frames, painter, watch, show } = tools;
  painter.spread({ mask: false });
  painter.blank();
  await witness.rehearse(frames);
  await witness.rehearseEdge(frames, () => painter.stir());
  await witness.prepare();
  const shown = await show({ ...tools, exposureMs: EXPOSURE_MS });
  watch.end();
  painter.blank();
  return shown;
}

const isDisturbed = ({ hidden, blurred, resized }) => hidden || blurred || resized;

/** A painter in the colour of the page, with one picture in a colour that no eye tells from it. */
export function emptyPainter(stage, background = getComputedStyle(document.body).backgroundColor) {
  const [red, green, blue] = levels(background);
  const painter = new Painter(stage, { surround: `rgb(${red}, ${green}, ${blue})` });
  painter.resize({ width: SIDE_PX, height: SIDE_PX, gap: 0, pixelRatio: 1 });
  const picture = stage.ownerDocument.createElement("canvas");
  picture.width = picture.height = SIDE_PX;
  const pen = picture.getContext("2d", { alpha: false });
  pen.fillStyle = `rgb(${red}, ${green}, ${blue > 127 ? blue - 1 : blue + 1})`;
  pen.fillRect(0, 0, SIDE_PX, SIDE_PX);
  painter.load([picture]);
  return painter;
}

/** Red, green and blue of "rgb(250, 250, 250)"; mid-grey for anything else. */
export function levels(colour) {
  const found = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(colour);
  return found ? found.slice(1).map(Number) : [128, 128, 128];
}
