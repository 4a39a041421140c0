/** Say every sentence that depends on a number for many numbers; read by tests/study/test_language.py. */
import { readFileSync } from "node:fs";

import { speaker } from "../../study/static/js/language.js";

const { words, sentences, numbers } = JSON.parse(readFileSync(0, "utf8"));
const { ngettext, number } = speaker(words);
const said = sentences.map(([one, many]) => numbers.map((n) => ngettext(one, many, n)));
process.stdout.write(JSON.stringify({ said, numbers: numbers.map((n) => number(n)) }));
