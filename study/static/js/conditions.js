/** Whether a questionnaire item is asked, by the answers before it; the server applies the same rule. */

/**
 * condition: {item, is_one_of, is_none_of, at_least, at_most}; answers: {item: [values]}.
 *
 * An earlier item that was not asked, or was left empty, meets no condition.
 */
export function isMet(condition, answers) {
  const given = answers[condition.item] ?? [];
  if (given.length === 0) return false;
  const oneOf = condition.is_one_of ?? [];
  if (oneOf.length && !given.some((value) => oneOf.includes(value))) return false;
  if (given.some((value) => (condition.is_none_of ?? []).includes(value))) return false;
  return isWithin(given, condition.at_least ?? -Infinity, condition.at_most ?? Infinity);
}

function isWithin(given, low, high) {
  if (low === -Infinity && high === Infinity) return true;
  const number = given.length === 1 ? Number(given[0]) : NaN;
  return number >= low && number <= high;
}

/**
 * Which items are asked, in their order: [{name, condition or null, values}] → [boolean].
 *
 * What was entered in an item that is no longer asked does not count for those after it.
 */
export function askedItems(items) {
  const answers = {};
  return items.map(({ name, condition, values }) => {
    const asked = !condition || isMet(condition, answers);
    answers[name] = asked ? values : [];
    return asked;
  });
}
