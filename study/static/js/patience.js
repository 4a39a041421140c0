/** Asking the server again until it answers. */
import { SessionGone } from "./outbox.js";
import { pauseMs } from "./pictures.js";

/** Longer each time; a connection that comes back ends it. */
function pause(attempt, { afterMs = 0 }, wait) {
  const back = new Promise((resolve) => addEventListener("online", resolve, { once: true }));
  return Promise.race([wait(Math.max(afterMs, pauseMs(attempt))), back]);
}

/**
 * An answer of the server, however long it takes; rejects only with SessionGone.
 *
 * onFailure(attempt, error) is told of each attempt in vain, from 0; a promise it returns is waited for.
 */
export async function patiently(request, { wait, onFailure = () => {} }) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await request();
    } catch (error) {
      if (error instanceof SessionGone) throw error;
      await onFailure(attempt, error);
      await pause(attempt, error, wait);
    }
  }
}
