/** Pairs whose exposure was interrupted come once more at the end of their block, where the study asks for it. */

const PATIENCE_MS = 6000;

/**
 * After the last trial of a block: put in what the server has added to the plan since.
 *
 * The server plans the replacement when it stores the interruption. Without a connection it comes after the
 * last block instead: the server then still misses its answer. plan.voided: names of blocks with an
 * interruption that is not yet made up for.
 */
export async function addReplacements(plan, place, { outbox, loadPlan, wait }) {
  const { block } = plan.trials[place];
  if (plan.trials[place + 1]?.block === block || !plan.voided.delete(block)) return;
  if (plan.blocks[block].interrupted !== "repeat_at_end") return;
  const kept = outbox.drained().then(() => true, () => false);
  if (!(await Promise.race([kept, wait(PATIENCE_MS).then(() => false)]))) return;
  const later = await loadPlan().catch(() => null);
  if (later === null) return;
  // Replacements stand behind everything that was planned before.
  const added = later.trials.filter((trial) => trial.block === block && trial.position > plan.n_trials);
  plan.trials.splice(place + 1, 0, ...added);
  plan.n_trials += added.length;
}
