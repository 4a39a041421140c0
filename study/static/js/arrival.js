/** The end of the trials: leave only when the server holds every answer. */
import { patiently } from "./patience.js";
import { texts } from "./texts.js";

const ROUNDS = 2;

/**
 * Resolves with where to go on: the next page, or null when the server refuses what it misses.
 *
 * askDone(): {complete, next, missing}. What was never shown here is shown after a look at `sessionUrl`.
 */
export async function arrive({ outbox, plan, screens, askDone, sessionUrl, wait }) {
  screens.tell({ title: texts.ending.title, body: texts.ending.checking });
  const shown = setInterval(sayUnsent(outbox, screens), 1000);
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      await outbox.drained();
      const done = await patiently(askDone, { wait });
      if (done.complete) return done.next;
      if (!(await giveUpOn(done.missing, plan, outbox))) return sessionUrl;
    }
  } finally {
    clearInterval(shown);
  }
  return null;
}

function sayUnsent(outbox, screens) {
  let said = 0;
  return async () => {
    const { length } = await outbox.unsentPositions();
    if (length === said) return;
    said = length;
    const body = length ? texts.ending.body(length, outbox.durable) : texts.ending.checking;
    screens.tell({ title: texts.ending.title, body });
  };
}

// A pair that was seen here but whose answer the server could not store must not be shown as a fresh one. False:
// something that is missing was never seen here.
async function giveUpOn(missing, plan, outbox) {
  const seen = new Set(plan.trials.map((trial) => trial.position));
  if (missing.some((position) => !seen.has(position))) return false;
  for (const position of missing) {
    await outbox.put({ kind: "trial", position, status: "interrupted", presentation: { evidence: "none" }, ratings: [] });
  }
  return true;
}
