/** The device check: how fast the screen is, how long a picture takes, what evidence there is. */
import { emptyPainter, flashes } from "./calibration.js";
import { Curtain } from "./curtain.js";
import { findWitness } from "./evidence.js";
import { browserFrames, FrameMeter, middle } from "./frames.js";
import { fullscreenAvailable } from "./fullscreen.js";
import { SessionGone } from "./outbox.js";
import { decodeAtSize } from "./pictures.js";
import { maskLevels } from "./painter.js";
import { pageToken, Server } from "./server.js";
import { observeLongTasks, startFrameClock, Steadiness } from "./steadiness.js";
import { texts } from "./texts.js";

const page = document.querySelector("main");
const { deviceUrl, sessionUrl } = page.dataset;
const server = new Server({ token: pageToken() });
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const words = texts.device;

/** Time to decode a portrait-sized picture at its size, ms: the middle of three. */
export async function decodeTime({ width = 480, height = 600 } = {}) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d");
  const pixels = pen.createImageData(width, height);
  maskLevels(width, height).forEach((level, place) => pixels.data.set([level, level, level, 255], 4 * place));
  pen.putImageData(pixels, 0, 0);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
  const times = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const begun = performance.now();
    (await decodeAtSize(blob, { width, height })).close();
    times.push(performance.now() - begun);
  }
  return middle(times);
}

async function measure() {
  const frames = new FrameMeter(browserFrames());
  await frames.warmUp();
  const witness = await findWitness({ place: page.querySelector("#probes"), frames, wait });
  const painter = emptyPainter(page.querySelector("#flash"));
  const curtain = new Curtain(() => painter.layers);
  const clock = { now: () => performance.now(), wait };
  const steadiness = new Steadiness({ worker: startFrameClock(), ...clock, originMs: performance.timeOrigin, observeBlocks: observeLongTasks });
  return {
    ...(await flashes({ frames, witness, painter, curtain, steadiness, clock })),
    frame_interval_ms: frames.intervalMs,
    viewport_width_px: innerWidth,
    viewport_height_px: innerHeight,
    device_pixel_ratio: devicePixelRatio,
    screen_width_px: screen.width,
    screen_height_px: screen.height,
    touch: navigator.maxTouchPoints > 0,
    decode_ms: await decodeTime(),
    fullscreen_available: fullscreenAvailable(),
    evidence: witness.kind,
    automated: navigator.webdriver === true,
  };
}

function show(report) {
  const fill = (name, text) => (page.querySelector(`[data-measure="${name}"]`).textContent = text);
  fill("refresh", words.refresh(Math.round(1000 / report.frame_interval_ms)));
  fill("decode", words.decoding(Math.max(1, Math.round(report.decode_ms))));
  fill("window", words.window(report.viewport_width_px, report.viewport_height_px));
  fill("evidence", words.evidence[report.evidence]);
  const { flashes: all, flashes_as_planned: exact } = report;
  fill("flashes", all ? words.flashes(exact, all) : words.noFlashes);
}

async function main() {
  const button = page.querySelector("#go");
  const message = page.querySelector("#message");
  const report = await measure();
  show(report);
  message.textContent = report.frame_interval_ms > 25 || report.decode_ms > 150 ? words.busy : words.fine;
  button.removeAttribute("aria-disabled");
  button.focus({ preventScroll: true });
  button.addEventListener("click", async () => {
    message.textContent = words.sending;
    try {
      // The window may have been enlarged while the page was read.
      const size = { viewport_width_px: innerWidth, viewport_height_px: innerHeight };
      const { next } = await server.post(deviceUrl, { ...report, ...size });
      location.assign(next);
    } catch (error) {
      if (error instanceof SessionGone) location.assign(sessionUrl);
      message.textContent = words.trouble;
    }
  });
}

main();
