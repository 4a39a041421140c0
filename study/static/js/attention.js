/** Notice when a page is hidden, loses the focus, or its faces are moved; and when the device sleeps. */

// Frames and timers stop while a device sleeps. Busy pages come late by less than this.
const SLEPT_MS = 1000;
const LOOK_MS = 1000;
const STOOD_STILL_MS = 5000;
const SETTLED_MS = 250;
const MOST_REPORTS = 200;

/**
 * Watch for disturbances from now on, until `end()`. `whenHidden` resolves with undefined.
 *
 * place(): where the faces are, as text; `moved` tells whether that changed. wall(), now(): the time of day and
 * the page's clock, ms; some systems stop the latter during sleep, so that a difference tells (`sleptMs`).
 */
export function watchDisturbances({
  page = document,
  view = window,
  place = () => "",
  wall = () => Date.now(),
  now = () => performance.now(),
} = {}) {
  const watch = { hidden: isHidden(page), blurred: !page.hasFocus(), resized: false, moved: false, sleptMs: 0 };
  const [begun, begunPlace] = [wall() - now(), place()];
  let tellHidden;
  watch.whenHidden = new Promise((resolve) => (tellHidden = resolve));
  const look = () => (watch.moved ||= place() !== begunPlace);
  const resized = () => {
    watch.resized = true;
    look();
  };
  const unlisten = listenAll([
    [page, "visibilitychange", () => {
      if (!isHidden(page)) return;
      watch.hidden = true;
      tellHidden();
    }],
    [page, "fullscreenchange", look],
    [view, "blur", () => (watch.blurred = true)],
    [view, "resize", resized],
    [view.screen?.orientation, "change", resized],
  ]);
  watch.end = () => {
    unlisten();
    look();
    watch.sleptMs = Math.max(0, wall() - now() - begun);
  };
  if (watch.hidden) tellHidden();
  return watch;
}

/** Adds listeners, of which a target may be missing; returns what takes them away again. */
function listenAll(listeners) {
  for (const [target, kind, act] of listeners) target?.addEventListener(kind, act);
  return () => {
    for (const [target, kind, act] of listeners) target?.removeEventListener(kind, act);
  };
}

/**
 * Why an exposure is void: the page was "hidden", the faces were "moved" (resized, turned, out of full screen),
 * or the device "slept"; null when it is not. overrunMs: how much longer than planned the faces were there.
 */
export function interruptionOf(watch, overrunMs = 0) {
  if (watch.hidden) return "hidden";
  if (watch.moved) return "moved";
  return Math.max(watch.sleptMs, overrunMs) >= SLEPT_MS ? "slept" : null;
}

export function isHidden(page) {
  return page.visibilityState === "hidden";
}

export function whenVisible(page = document) {
  if (!isHidden(page)) return Promise.resolve();
  return new Promise((resolve) => {
    const look = () => {
      if (isHidden(page)) return;
      page.removeEventListener("visibilitychange", look);
      resolve();
    };
    page.addEventListener("visibilitychange", look);
  });
}

/**
 * Report what happens to the page from now on: report(kind, detail).
 *
 * A window that is being resized is reported once it has settled. A flood (a fault of browser or system) ends
 * after the first 200 reports of a kind.
 */
export function reportDisturbances(report, { page = document, view = window, wall = () => Date.now() } = {}) {
  const counts = new Map();
  const tell = (kind, detail = {}) => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    if (count <= MOST_REPORTS) report(kind, detail);
  };
  let hiddenAt = null;
  let settling = null;
  listenAll([
    [page, "visibilitychange", () => {
      if (isHidden(page)) {
        hiddenAt = wall();
        return tell("hidden");
      }
      tell("visible", hiddenAt === null ? {} : { away_ms: wall() - hiddenAt });
      hiddenAt = null;
    }],
    [page, "fullscreenchange", () => tell(page.fullscreenElement ? "fullscreen_on" : "fullscreen_off")],
    [page, "freeze", () => tell("frozen")],
    [view, "blur", () => tell("blur")],
    [view, "focus", () => tell("focus")],
    [view, "resize", () => {
      view.clearTimeout(settling);
      settling = view.setTimeout(() => tell("resize", sizeOf(view)), SETTLED_MS);
    }],
    [view.screen?.orientation, "change", () => tell("rotated", { angle: view.screen.orientation.angle })],
    [view, "offline", () => tell("offline")],
    [view, "online", () => tell("online")],
  ]);
  reportSleep(tell, { page, view, wall });
}

const sizeOf = (view) => ({ width_px: view.innerWidth, height_px: view.innerHeight });

// Hidden pages get few turns of a timer; that they were hidden is reported anyway.
function reportSleep(tell, { page, view, wall }) {
  let last = wall();
  page.addEventListener("visibilitychange", () => (last = wall()));
  view.setInterval(() => {
    const stoodStill = wall() - last - LOOK_MS;
    last = wall();
    if (!isHidden(page) && stoodStill > STOOD_STILL_MS) tell("slept", { slept_ms: stoodStill });
  }, LOOK_MS);
}
