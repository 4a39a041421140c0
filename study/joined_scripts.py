"""A script together with all that it imports, as one file.

The scripts are plain modules, and a browser can load each by itself. But every file costs a round trip and
its headers, and compresses less well alone. Here each module becomes a function that is called once, in the
order in which a browser would run the modules, and gives its exports to those that come after it. What is
joined exports what the script itself does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([a-z_]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(
    r"^export ((?:async function|function|class|const|let) (?:(\w+)|\{([^}]*)\}))", re.MULTILINE
)
_OTHER = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)


class ScriptError(ValueError):
    """A script that cannot be joined; the text says what was expected, found, and where."""


def joined(name: str, scripts: Mapping[str, str]) -> str:
    """The script ``name`` with what it imports; ``scripts`` are all of a folder, by file name.

    Imports name what they take and stand on one line; exports are declarations. ScriptError for anything
    else, for a module that is not there, and for modules that import each other in a circle.

    >>> scripts = {"a.js": "export const one = 1;", "b.js": 'import { one } from "./a.js";\\none;'}
    >>> print(joined("b.js", scripts))
    const $a=(()=>{
    const one = 1;
    return{one};})();
    (()=>{
    const{one}=$a;
    one;
    })();
    """
    return "\n".join(_as_function(module, scripts, last=module == name) for module in order(name, scripts))


def order(name: str, scripts: Mapping[str, str]) -> tuple[str, ...]:
    """A script and all that it imports, each once, after what it imports itself."""
    done: dict[str, None] = {}
    _visit(name, scripts, done, ())
    return tuple(done)


def _visit(name: str, scripts: Mapping[str, str], done: dict[str, None], coming: tuple[str, ...]) -> None:
    if name in done:
        return
    if name in coming:
        raise ScriptError(f"expected no circle of imports, found {' -> '.join((*coming, name))}")
    if name not in scripts:
        raise ScriptError(
            f"expected a script {name}, as {coming[-1] if coming else 'asked'} imports, found none"
        )
    for _names, imported in _IMPORT.findall(scripts[name]):
        _visit(imported, scripts, done, (*coming, name))
    done[name] = None


def _as_function(name: str, scripts: Mapping[str, str], *, last: bool) -> str:
    exported: list[str] = []

    def declared(found: re.Match[str]) -> str:
        exported.extend(_names(found[2] or found[3]))
        return found[1]

    body = _IMPORT.sub(lambda found: f"const{{{_taken(found[1])}}}={_variable(found[2])};\n", scripts[name])
    body = _EXPORT.sub(declared, body)
    if other := _OTHER.search(body):
        raise ScriptError(
            f'{name}: expected import {{ … }} from "./….js"; or an exported declaration, found {other[0]!r}'
        )
    given = f"{{{','.join(exported)}}}"
    if not last:
        return f"const {_variable(name)}=(()=>{{\n{body}\nreturn{given};}})();"
    if exported:
        return f"export const{given}=(()=>{{\n{body}\nreturn{given};}})();"
    return f"(()=>{{\n{body}\n}})();"


def _names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",") if name.strip()]


def _taken(listed: str) -> str:
    """What an import takes, as a pattern: ``one as first`` is ``one:first``."""
    return ",".join(name.replace(" as ", ":") for name in _names(listed))


def _variable(name: str) -> str:
    return f"${name.removesuffix('.js')}"
