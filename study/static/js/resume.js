/** Coming back to a session: what was seen is never shown again as if it were new. */

/**
 * Void the pair that was on the screen when the page went away, and take from the plan all that was seen.
 *
 * What waits unsent is read before anything is sent: once the server has it, it is gone from the outbox,
 * while the plan, fetched earlier, still holds its trial. Resolves with whether the session was resumed.
 */
export async function closeInterrupted(outbox, plan, now = () => performance.now()) {
  const seen = new Set(await outbox.unsentPositions());
  const interrupted = await outbox.noted();
  if (interrupted) {
    const { position, presentation } = interrupted;
    seen.add(position);
    await outbox.put({
      kind: "trial",
      position,
      status: "interrupted",
      presentation: { evidence: "none", interruption: "reloaded", ...presentation },
      ratings: [],
    });
    await outbox.put({ kind: "event", event: "reloaded", position, at_ms: now(), detail: {} });
  }
  plan.trials = plan.trials.filter((trial) => !seen.has(trial.position));
  return plan.trials.length < plan.n_trials;
}

/** An outbox for trials that were answered before: what is answered now goes out as events. */
export function rehearsalOf(outbox) {
  return {
    durable: outbox.durable,
    drained: () => outbox.drained(),
    // Should the page be reloaded now, nothing new was seen.
    note: async () => {},
    put: (message) => outbox.put(message.kind === "trial" ? practisedAgain(message) : message),
  };
}

function practisedAgain({ position, status, presentation, ratings }) {
  const given = ratings.map(({ question, target, value }) => `${question}.${target}=${value}`).join("; ");
  const detail = { status, ratings: given.slice(0, 2000) };
  return { kind: "event", event: "practice_again", position, at_ms: presentation.onset_ms ?? null, detail };
}
