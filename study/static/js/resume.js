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
