"""Data embedded in a page as JSON: whole scripts of it, and what other scripts assign.

Only JSON is read, never code, and within bounds: of what a page holds, of what is tried, and of what trying costs.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from html import unescape
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from lxml import etree

MAX_LEAVES: Final = 3_000
MAX_DATA_DEPTH: Final = 24
MAX_TRIES: Final = 200
"""Places in a page's scripts where JSON seems to begin and doesn't, up to which others are tried."""
MAX_WASTE: Final = 4_000_000
"""Characters that are read in vain, because what began as JSON is none."""
MAX_NAMED: Final = 60
"""Characters of what an item of a list is called."""
MAX_SIZE: Final = 4
"""Entries of an item of a list up to which it says one thing, under a name."""
ASSIGNED: Final = "var "
"""Begins the path of what a script assigns; the variable's name follows."""
ID: Final = "<id>"
"""Stands in a path for the number of the page, or of the only entry."""
_NAMING: Final = ("key", "name", "id", "code", "label", "type", "property", "title")
_PLAIN_TYPES: Final = frozenset(("", "module", "text/javascript", "application/javascript"))
_WHOLE_TYPES: Final = frozenset(("application/ld+json", "application/json"))
_JSON: Final = json.JSONDecoder(strict=False)
_NUMBER_OR_HASH = re.compile(r"(?<![^\W_])[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4,12}){1,4}(?![^\W_])|\d+")
_ASSIGNMENT = re.compile(r"""(?:=|\.push\()\s*(?:(JSON\.parse\(\s*)(?=["'])|(?=\{\s*["}]|\[\s*[\[{"]))""")
_LONGEST_NAME: Final = 80
_VARIABLE = re.compile(r"""([\w$]+(?:\.[\w$]+|\[["'][\w$.-]+["']\])*)\s*(?:\|\|\s*\[\]\s*\))?\s*$""", re.ASCII)
_VARIABLE_PARTS = re.compile(r"[\w$-]+", re.ASCII)
_GLOBALS: Final = frozenset(("window", "self", "globalThis", "this", "top"))
_SINGLE_QUOTED = re.compile(r"'([^'\\]*(?:\\.[^'\\]*)*)'", re.DOTALL)
_ESCAPED = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(.))|\"", re.DOTALL)
# What a framework streams to the page: the parts of a text, whose lines are a number and JSON.
_STREAM: Final = "__next_f"
_REFERENCE = re.compile(r"\$(?!\$)")
_STREAMED_PART = re.compile(r"__next_f\.push\(\s*\[\s*1\s*,\s*(?=\")")
_STREAMED_LINE = re.compile(r"^[0-9a-f]+:(?=[\[{])", re.MULTILINE)


class Data(NamedTuple):
    """One leaf of embedded data: the script it is in, the keys that lead to it and its value as text.

    ``path`` begins with the JSON-LD type, with the script's id or with the variable (``var __STATE__``); a ``*`` stands
    for a list's index. ``keyed`` is another path to it, if there is one: ``[key=name]`` in place of the index, for
    items that say what they are, and ``<id>`` in place of a number that is the page's own, or the only one there.
    """

    script: etree._Element
    path: tuple[str, ...]
    value: str
    keyed: tuple[str, ...] = ()


def is_keyed(path: tuple[str, ...]) -> bool:
    """Whether the path leads to what is told by what it is."""
    return any(step.startswith("[") or ID in step for step in path)


def embedded_data(root: etree._Element, address: str | None = None) -> list[Data]:
    """Leaves of JSON that scripts hold as a whole; broken JSON is skipped, and the number of leaves is bounded. Those
    that are told by what they are only have such a path where the page's address is given."""
    leaves = _Leaves(address)
    for script in root.iter("script"):
        kind = (script.get("type") or "").split(";")[0].strip().lower()
        if kind not in _WHOLE_TYPES or not script.text:
            continue
        try:
            tree = _JSON.decode(script.text.strip())
        except (ValueError, RecursionError):
            continue
        path = () if kind == "application/ld+json" else ("#" + _step(script.get("id") or "json"),)
        leaves.add(script, path, tree)
        if leaves.is_full:
            break
    return leaves.found


def assigned_data(root: etree._Element, address: str) -> list[Data]:
    """Leaves of JSON that scripts assign to variables, or push to lists; what is no JSON is skipped."""
    leaves, tries = _Leaves(address), _Tries()
    streamed: list[str] = []
    last: etree._Element | None = None
    for script in root.iter("script"):
        text = script.text or ""
        if (script.get("type") or "").split(";")[0].strip().lower() not in _PLAIN_TYPES:
            continue
        if _STREAM in text:
            streamed += [part for at in _ends(_STREAMED_PART, text) if isinstance(part := tries.read(text, at)[0], str)]
            last = script
        elif "=" in text or ".push(" in text:
            for name, tree in _assigned(text, tries):
                leaves.add(script, (ASSIGNED + name,), tree)
        if leaves.is_full or tries.is_over:
            break
    if last is not None:
        whole = "".join(streamed)
        for at in _ends(_STREAMED_LINE, whole):
            for key, tree in _properties(tries.read(whole, at)[0], 0):
                leaves.add(last, (ASSIGNED + _STREAM, _step(key)), tree)
    # There a dollar begins what is no text: a date, or the number of something that stands elsewhere.
    return [leaf for leaf in leaves.found if not (leaf.path[0] == ASSIGNED + _STREAM and _REFERENCE.match(leaf.value))]


def _ends(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    return (found.end() for found in pattern.finditer(text))


class _Tries:
    """What was tried on a page in vain."""

    def __init__(self) -> None:
        self._count = self._waste = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more is tried."""
        return self._count >= MAX_TRIES or self._waste >= MAX_WASTE

    def read(self, text: str, at: int) -> tuple[Any, int]:
        """The JSON that begins there, and where it ends; None where there is none, or nothing more is tried."""
        if self.is_over:
            return None, at
        try:
            return _JSON.raw_decode(text, at)
        except json.JSONDecodeError as error:
            # Of a text without an end the error tells where it began.
            self._waste += (len(text) if error.msg.startswith("Unterminated") else error.pos) - at
        except RecursionError:
            self._waste += len(text) - at
        self._count += 1
        return None, at


def _assigned(text: str, tries: _Tries) -> Iterator[tuple[str, Any]]:
    """Names of variables, and the JSON that is assigned to each, whole or as a text to be parsed."""
    at = 0
    while (found := _ASSIGNMENT.search(text, at)) is not None and not tries.is_over:
        at = found.end()
        name = _variable(text[max(0, found.start() - _LONGEST_NAME) : found.start()])
        if not name:
            continue
        if found.group(1):
            tree, end = _parsed(text, at, tries)
        else:
            tree, end = tries.read(text, at)
        # A list that is joined, or an object of which one entry is taken, is no data but part of some code.
        if isinstance(tree, (dict, list)) and text[end : end + 1] not in (".", "[", "("):
            yield name, tree
        at = max(at, end)


def _variable(before: str) -> str:
    """The variable at the end of the code, without what all variables stand in; "" for one without a lasting name."""
    found = _VARIABLE.search(before)
    parts = _VARIABLE_PARTS.findall(found.group(1)) if found is not None else []
    while parts and parts[0] in _GLOBALS:
        del parts[0]
    name = ".".join(parts)
    # Tools that make code short call variables by single letters, each time by others.
    return name if len(name) > 1 else ""


def _parsed(text: str, at: int, tries: _Tries) -> tuple[Any, int]:
    """The JSON in the string that begins there, and where the string ends."""
    if text[at] == '"':
        inner, end = tries.read(text, at)
    else:
        found = _SINGLE_QUOTED.match(text, at)
        if found is None:
            return tries.read(text, len(text))
        inner, end = tries.read('"' + _ESCAPED.sub(_unescaped, found.group(1)) + '"', 0)[0], found.end()
    if not isinstance(inner, str):
        return None, at
    return tries.read(inner.strip(), 0)[0], end


def _unescaped(found: re.Match[str]) -> str:
    """What a string in single quotes writes otherwise than JSON does."""
    code, letter = found.groups()
    if code is not None:
        return f"\\u00{code}"
    if letter is None:
        return '\\"'
    return found.group() if letter in '"\\/bfnrtu' else letter.strip("\n")


def _properties(tree: Any, depth: int) -> Iterator[tuple[str, Any]]:
    """What the components in a streamed tree are given: elements are lists of a mark, a name, a key and all that."""
    if not isinstance(tree, list) or depth >= MAX_DATA_DEPTH:
        return
    if len(tree) >= 4 and tree[0] == "$" and isinstance(tree[1], str):
        given = tree[3] if isinstance(tree[3], dict) else {}
        if tree[1].startswith("$"):
            yield from ((key, value) for key, value in given.items() if key != "children")
        yield from _properties(given.get("children"), depth + 1)
    else:
        for one in tree:
            yield from _properties(one, depth + 1)


class _Leaves:
    """The leaves found on a page, at most MAX_LEAVES."""

    def __init__(self, address: str | None) -> None:
        self.found: list[Data] = []
        self._address = address
        self._ids: frozenset[str] | None = None

    @property
    def is_full(self) -> bool:
        """Whether there is room for no more."""
        return len(self.found) >= MAX_LEAVES

    def add(self, script: etree._Element, path: tuple[str, ...], tree: Any) -> None:
        """Add the leaves of a tree whose path is given."""
        if isinstance(tree, (dict, list)):
            self._walk(script, path, None if self._address is None else path, tree, 0)
        elif tree is not None and not self.is_full:
            self.found.append(Data(script, path, _json_text(tree)))

    def _walk(
        self,
        script: etree._Element,
        path: tuple[str, ...],
        keyed: tuple[str, ...] | None,
        tree: dict[str, Any] | list[Any],
        depth: int,
    ) -> None:
        """``keyed`` is the path in which items and numbers are told by what they are; None where nobody asks for it."""
        if depth >= MAX_DATA_DEPTH:
            return
        entries: Iterable[tuple[str, str, Any]]
        naming, unnamed = "", keyed
        if isinstance(tree, dict):
            if keyed and keyed[-1].startswith("["):
                naming, unnamed = keyed[-1][1:].partition("=")[0], (*keyed[:-1], "*")
            kind = tree.get("@type")
            if isinstance(kind, list):
                kind = next((k for k in kind if isinstance(k, str)), None)
            if isinstance(kind, str) and (not path or path[-1] in ("@graph", "*")):
                # A typed node of a graph is known by its type, wherever in the graph it stands.
                kind = kind.rstrip("/").rpartition("/")[2]
                whole = not path or path[0] == "@graph" or path == ("*",)
                path = (kind,) if whole else (*path, kind)
                if keyed is not None and unnamed is not None:
                    keyed, unnamed = ((kind,) if whole else (*before, kind) for before in (keyed, unnamed))
            if keyed is None:
                entries = ((_step(key), "", value) for key, value in tree.items())
            else:
                ids = self._own(tree)
                entries = ((_step(key), ids.get(key, _step(key)), value) for key, value in tree.items())
        else:
            entries = (("*", "" if keyed is None else _named(item), item) for item in tree)
        for step, key, value in entries:
            if self.is_full:
                return
            # An item is not told by the very text that is looked for.
            way = (*path, step)
            around = unnamed if step == naming else keyed
            other = None if around is None else (*around, key)
            if isinstance(value, (dict, list)):
                self._walk(script, way, other, value, depth + 1)
            elif value is not None:
                self.found.append(Data(script, way, _json_text(value), () if other is None or other == way else other))

    def _own(self, keys: Collection[str]) -> dict[str, str]:
        """Keys that are numbers, or have one in them, as they are called on any page: the only one there is of its
        form, or else the one whose number is the page's own."""
        forms = {key: _step(form) for key in keys if (form := _NUMBER_OR_HASH.sub(ID, key)) != key}
        counts = Counter(forms.values())
        out = {key: form for key, form in forms.items() if counts[form] == 1}
        several = [key for key in forms if key not in out]
        if self._ids is None and (several or keys):
            self._ids = _ids(self._address or "")
        ids = self._ids or frozenset()
        told: dict[str, list[str]] = {}
        for key in several:
            if not ids.isdisjoint((key, *_NUMBER_OR_HASH.findall(key))):
                told.setdefault(forms[key], []).append(key)
        out.update((those[0], form) for form, those in told.items() if len(those) == 1)
        out.update((key, ID) for key in ids.intersection(keys) if key not in forms)
        return out


def _ids(address: str) -> frozenset[str]:
    """What tells the page from others in its address: its last part, the values of its query, the numbers in both."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return frozenset()
    last = unquote(parts.path).rstrip("/").rpartition("/")[2]
    texts = [last, last.partition(".")[0], *(value for _, value in parse_qsl(parts.query)[:20])]
    return frozenset(text for one in texts for text in (one, *_NUMBER_OR_HASH.findall(one)) if text)


def _named(item: Any) -> str:
    """The step to a list's item: by what it says that it is, if it says little else; else ``*``."""
    if isinstance(item, dict) and 1 < len(item) <= MAX_SIZE:
        for key in _NAMING:
            name = item.get(key)
            if isinstance(name, (str, int)) and not isinstance(name, bool) and 0 < len(str(name)) <= MAX_NAMED:
                return _step(f"[{key}={name}]")
    return "*"


def _step(key: str) -> str:
    """The key as a step of a path, in which a slash parts steps."""
    return key.replace("/", "|")


def _json_text(value: object) -> str:
    """The value as the page would show it: many sites escape for HTML what they embed as data."""
    if isinstance(value, str):
        return unescape(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
