/** What the pages of all peers share: the plan of trials, and how the benchmark talks to the page. */

/** Trials ({left, right, exposure_ms}) and settings, written by the benchmark for each block. */
async function loadPlan() {
  const plan = await (await fetch("plan.json", { cache: "no-store" })).json();
  plan.pictures = plan.trials.flatMap(({ left, right }) => [left, right]);
  return plan;
}

/** Two pictures side by side, at the size and distance at which facevalue shows them. */
function pairMarkup({ left, right }, { width_px, height_px, gap_px }) {
  const size = `width="${width_px}" height="${height_px}"`;
  const place = `display:flex;justify-content:center;gap:${gap_px}px`;
  return `<div style="${place}"><img src="${left}" ${size}><img src="${right}" ${size}></div>`;
}

const fixationMarkup = '<div style="font-size:40px;line-height:600px;color:#000">+</div>';

// The benchmark waits for `ready`, calls `begin()` and reads `results` once `finished`.
window.ready = false;
window.finished = false;
window.results = [];
