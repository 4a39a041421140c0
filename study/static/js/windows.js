/** One window leads: two of one session would show trials twice. */

const PATIENCE_MS = 2000;

/**
 * Ask to lead; resolves with {leads, later}. `later` resolves once this window leads, which may be at once, or
 * when the window that leads now is closed. Without locks (old browsers, plain http) every window leads.
 */
export async function askToLead(name, { wait, locks = globalThis.navigator?.locks }) {
  if (!locks) return { leads: true, later: Promise.resolve() };
  const later = new Promise((resolve) => {
    const lead = () => {
      resolve();
      return new Promise(() => {});
    };
    locks.request(name, lead).catch(resolve);
  });
  // A page that is just being reloaded lets go of its lock a moment later.
  const leads = await Promise.race([later.then(() => true), wait(PATIENCE_MS).then(() => false)]);
  return { leads, later };
}
