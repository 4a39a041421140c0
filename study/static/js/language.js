/** Say things in the page's language: gettext's calls over the words that the page carries. */

/**
 * The words of one language. `messages` gives a sentence by its English; where a number decides, an object
 * with one sentence for each plural category of the language. What is missing is said in English.
 */
export function speaker({ language = "en", numbers = language, messages = {} } = {}) {
  const plurals = new Intl.PluralRules(language);
  const figures = new Intl.NumberFormat(numbers);
  const number = (value) => figures.format(value);
  const written = (value) => (typeof value === "number" ? number(value) : value);
  const fill = (sentence, values) =>
    sentence.replace(/%\((\w+)\)s/g, (place, name) => (name in values ? written(values[name]) : place));
  return {
    number,
    /** The sentence with its `%(name)s` filled from `values`; numbers as the language writes them. */
    _: (english, values = {}) => fill(messages[english] ?? english, values),
    /** The sentence for `n`, which also fills `%(n)s`. */
    ngettext(one, many, n, values = {}) {
      const forms = messages[one];
      const sentence = forms ? (forms[plurals.select(n)] ?? forms.other) : n === 1 ? one : many;
      return fill(sentence, { n, ...values });
    },
  };
}

/** What the page carries; nothing outside a page. */
function carried(page = globalThis.document) {
  const words = page?.getElementById("words-of-scripts");
  return words ? JSON.parse(words.textContent) : {};
}

export const { _, ngettext, number } = speaker(carried());
