/** A page made of events with the times and facts that a test gives them. */

/** `fire(type, timeStamp, facts)` sends an event and returns it. */
export function eventPage() {
  const target = new EventTarget();
  const fire = (type, timeStamp, facts = {}) => {
    const event = new Event(type);
    const all = { timeStamp, repeat: false, isPrimary: true, isTrusted: true, detail: 0, target: null, ...facts };
    Object.defineProperties(event, Object.fromEntries(Object.entries(all).map(([name, value]) => [name, { value }])));
    target.dispatchEvent(event);
    return event;
  };
  return { target, fire };
}
