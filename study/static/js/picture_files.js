/** Which files of the pictures to load: about as wide as the pictures are shown, in pixels of the screen. */

/** Whether files of this width serve: nothing is enlarged that need not be, and not twice too much is loaded. */
export function serves(fileWidth, shownWidth, fullWidth) {
  return fileWidth >= Math.min(shownWidth, fullWidth) && fileWidth <= 2 * shownWidth;
}

/** The address of the plan that names files for pictures shown so wide. */
export function planFor(url, shownWidth) {
  return `${url}?width=${Math.round(shownWidth)}`;
}

/**
 * Change the files that a plan names when the pictures are shown in another size than before.
 *
 * ask(shownWidth) brings the plan anew; limit resolves when there is no more time for it. Without an answer
 * the trials go on with the files they have, which every size can be made from.
 */
export async function changeFiles(plan, shownWidth, { ask, limit }) {
  const { file_width_px: fileWidth, width_px: fullWidth } = plan.picture;
  if (serves(fileWidth, shownWidth, fullWidth)) return false;
  const found = await Promise.race([ask(shownWidth).catch(() => null), limit.then(() => null)]);
  if (!found || found.picture.file_width_px === fileWidth) return false;
  const named = new Map(found.trials.map((trial) => [trial.position, trial]));
  for (const trial of plan.trials) {
    const { left, right } = named.get(trial.position) ?? trial;
    Object.assign(trial, { left, right });
  }
  plan.picture = found.picture;
  return true;
}
