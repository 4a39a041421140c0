/** Fill the screen during the trials, as the study asks for it: "never", "offered" or "required". */
import { texts } from "./texts.js";

/** Whether this browser can fill the screen; an iPhone cannot. */
export function fullscreenAvailable(page = document) {
  return page.fullscreenEnabled === true;
}

/**
 * Where it is required and not so: say so, and fill the screen when the button is pressed.
 *
 * A browser that refuses (a window that another program holds, a key just pressed) is asked once; then the
 * trial goes on as it is. `fullscreen_refused` is an event.
 */
export async function holdFullscreen(rule, { screens, outbox, position, page = document }) {
  if (rule !== "required" || page.fullscreenElement || !fullscreenAvailable(page)) return;
  await screens.say({ ...texts.fullscreenAgain, go: texts.fullscreen });
  try {
    await page.documentElement.requestFullscreen({ navigationUI: "hide" });
  } catch {
    await outbox.put({ kind: "event", event: "fullscreen_refused", position, at_ms: performance.now(), detail: {} });
  }
}
