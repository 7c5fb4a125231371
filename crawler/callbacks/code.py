"""The code of a spider, as its author wrote it: whether it has changed, and which fields it names."""

from __future__ import annotations

import ast
import hashlib
import inspect
import re
import sys
from collections.abc import Iterator
from functools import cached_property
from types import ModuleType
from typing import Any, Final

_READ: Final = f"{sys.version_info[0]}.{sys.version_info[1]}:"
"""How code was read of which there is a fingerprint: each Python parses it otherwise."""
_FOREIGN: Final = frozenset(("builtins", "scrapy", "crawler"))


class Code:
    """``fingerprint``: differs when the spider's module, one that it inherits from, or one of the same project that
    they import from (items, loaders, pages) is written otherwise, but for remarks and layout; empty where there is no
    source to be read."""

    def __init__(self, spider: type) -> None:
        own = {module.__name__: module for module in _own(spider)}
        near = {module.__name__: module for one in own.values() for module in _imported(one)}
        written = [_source(own[name]) for name in sorted(own)]
        others = [_source(near[name]) for name in sorted(near.keys() - own.keys())]
        self._text = "\n".join(written)
        meant = "\0".join(map(_meant, [*written, *others]))
        self.fingerprint = _READ + hashlib.sha256(meant.encode()).hexdigest()[:16] if self._text else ""

    def changed(self, before: str) -> bool:
        """Whether the code is another one than that with the fingerprint, as far as the two can be compared."""
        return self.is_known(before) and before != self.fingerprint

    def is_known(self, before: str) -> bool:
        """Whether a fingerprint can be compared with that of the code."""
        return before.startswith(_READ)

    def names(self, field: Any) -> bool:
        """Whether the spider's own module, or one that it inherits from, has a field's name as a word."""
        return re.search(rf"\b{re.escape(str(field))}\b", self._text) is not None

    def chooses(self, value: Any) -> bool:
        """Whether the same code has the value for one of two cases (``"new" if ... else "used"``, ``... or "none"``),
        and may give another one where it always gave this."""
        return value in self._chosen

    @cached_property
    def _chosen(self) -> set[Any]:
        try:
            nodes = [*ast.walk(ast.parse(self._text))]
        except (SyntaxError, ValueError):
            return set()
        cases = [case for node in nodes if isinstance(node, ast.IfExp) for case in (node.body, node.orelse)]
        cases += [case for node in nodes if isinstance(node, ast.BoolOp) for case in node.values]
        return {case.value for case in cases if isinstance(case, ast.Constant)}


def _meant(source: str) -> str:
    """The code without comments, docstrings and layout: as parsed; as it is written if it can't be."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return source
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            # A text that stands alone says nothing to the program.
            node.body = [one for one in body if not _is_text(one)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _own(spider: type) -> Iterator[ModuleType]:
    for cls in spider.__mro__:
        module = sys.modules.get(cls.__module__)
        if module is not None and _project(cls.__module__) not in _FOREIGN:
            yield module


def _imported(module: ModuleType) -> Iterator[ModuleType]:
    """The modules of the same project from which the module has taken something."""
    for value in vars(module).values():
        name: Any = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
        found = sys.modules.get(name) if isinstance(name, str) and _project(name) == _project(module.__name__) else None
        if found is not None:
            yield found


def _project(module: str) -> str:
    return module.partition(".")[0]


def _source(module: ModuleType) -> str:
    try:
        return inspect.getsource(module)
    except (OSError, TypeError):
        return ""
