/** A worker that tells of each of the display's frames when it was due and when it came. See steadiness.js. */

let running = false;

function tick(at) {
  postMessage({ origin: performance.timeOrigin, at, now: performance.now() });
  if (running) requestAnimationFrame(tick);
}

addEventListener("message", ({ data }) => {
  if (data === "tell") return postMessage({ caughtUp: true });
  const begins = data === "start" && !running;
  running = data === "start";
  if (begins && globalThis.requestAnimationFrame) requestAnimationFrame(tick);
});
