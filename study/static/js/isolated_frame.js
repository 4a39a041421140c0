/** The script of isolated_frame.html: answers what isolated_witness.js asks, in times since 1970. */
import { nextTask, observePresentations } from "./evidence.js";
import { browserFrames } from "./frames.js";
import { Lookout } from "./lookout.js";

const GREY = "#808080";
const { body, documentElement } = document;
// As the page around it; a script may set what the policy keeps a style sheet from setting.
Object.assign(documentElement.style, { background: GREY, forcedColorAdjust: "none" });
Object.assign(body.style, { margin: 0, overflow: "hidden", color: "#7f7f7f", font: "8px sans-serif" });

const originMs = performance.timeOrigin;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const now = () => originMs + performance.now();
const framesOfBrowser = browserFrames();

// Letters, one level from the ground they stand on: a picture would have to be decoded. Each has a ground of its
// own, since many on one another would add up.
function paint(identifier) {
  const probe = document.createElement("div");
  probe.setAttribute("elementtiming", identifier);
  Object.assign(probe.style, { position: "absolute", inset: 0, background: GREY });
  probe.textContent = "x";
  body.append(probe);
}

const lookout = new Lookout({
  now,
  wait,
  nextTask,
  nextFrame: async () => originMs + (await framesOfBrowser()),
  paint,
  clear: () => body.replaceChildren(),
  observe: (report) => observePresentations((identifier, time) => report(identifier, time && originMs + time)),
});

/** Times of the tasks that this frame gets to do for a while. */
async function tasks(lengthMs) {
  const times = [];
  for (const begun = now(); now() - begun < lengthMs; times.push(now())) await nextTask();
  return times;
}

const answers = { time: now, tasks, look: (stretches) => lookout.look(stretches) };

function serve(port) {
  port.onmessage = async ({ data: { number, question, about } }) => {
    port.postMessage({ number, answer: await answers[question](about) });
  };
}

addEventListener("message", ({ ports }) => serve(ports[0]), { once: true });
