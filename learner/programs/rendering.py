"""A program as readable Python: a web-poet page object that runs without this package.

The rules become calls in the methods of a class; below it stands what those calls need, copied from
``runtime`` and the modules that it uses, so that what a person reads is what runs. Everything that comes
from a page or an example is written as a literal or in a comment of one line.
"""

from __future__ import annotations

import ast
import builtins
import dis
import importlib.util
import json
import keyword
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Final

from learner.programs.examples import Example
from learner.programs.orders import Bonds, Companions, Orders
from learner.programs.program import ALWAYS, FORMS, FieldProgram, Program, Records, Rule
from learner.programs.recordlist import whole
from learner.programs.selectors import Selector, Step
from learner.programs.transforms import KINDS, Transform

LINE: Final = 120
MAX_LISTED: Final = 20
_RUNTIME: Final = "learner.programs.runtime"
_PROVIDED: Final = frozenset(("THRESHOLD", "CALIBRATION", "KINDS", "ORDERS", "COMPANIONS"))
_RESERVED: Final = frozenset(("response", "to_item", "item_cls", "tree", "field", "cached_property", "property"))
_TRANSFORMS: Final = {"date": "day", "datetime": "moment", "map": "constant"}
_TYPES: Final = {"link": "link", "boolean": "yes or no", "datetime": "date with time"}


def render(program: Program, examples: Sequence[Example], class_name: str, *, threshold: float = 0.5) -> str:
    """Python source of a page object that reads pages as the program does.

    A field that is found with a confidence below ``threshold`` is left out of the item, and so are fields whose values
    contradict an order that the examples show, or stand without what they never stood without. Names that are no Python
    names are made so; the item has the names of the program.
    """
    names = _methods(program.fields)
    bonds = Bonds.of(examples, program.bonds).only(names)
    orders, companions = bonds.orders, bonds.companions
    checked = bool(orders or companions)
    if program.records is None:
        methods = _item_page(program, names, checked=checked)
    else:
        methods = _list_page(program, names, whole(examples), checked=checked)
    name = _class_name(class_name)
    body = [f"class {name}(WebPage):", *_indented(_class_doc(program, examples)), "", *_indented(methods)]
    kinds = {step[1] for rule in _rules(program) for step in rule.transforms if step[0] == "find"}
    traits = {trait for entry in program.fields.values() for trait in entry.profile.traits}
    kinds |= traits & FORMS & KINDS.keys()
    if "letter" in traits:
        kinds.add("date")  # whose letters are no trait
    constants = [
        "# An answer with a lower confidence is no answer.",
        f"THRESHOLD = {threshold!r}",
        "# What the confidence is calculated with: a constant, then one factor for each figure of the vote.",
        *_call("CALIBRATION = (", list(map(repr, program.calibration.coefficients)), ")"),
    ]
    constants += _call("KINDS = {", [f"{literal(kind)}: {_regex(KINDS[kind])}" for kind in sorted(kinds)], "}")
    constants += _orders(orders, companions)
    imports, definitions = _bundle("\n".join([*body, *constants]))
    imports |= {"from web_poet import WebPage", "from web_poet import field", "from typing import Any"}
    imports |= {"from functools import cached_property"}
    return "\n".join(
        [
            *_module_doc(name, "import dateparser" in definitions),
            "",
            "from __future__ import annotations",
            "",
            *_sorted_imports(imports),
            "",
            *_origin(examples),
            *constants,
            "",
            "",
            *body,
            "",
            "",
            "# How pages are read ---------------------------------------------------------------------------------",
            "",
            "",
            definitions,
            "",
        ]
    )


def literal(text: str) -> str:
    """``text`` as a Python literal on one line."""
    if "\\" in text and text.isprintable() and '"' not in text and not text.endswith("\\"):
        return f'r"{text}"'
    plain = repr(text)
    if plain[0] == "'" and text.count('"') <= text.count("'"):
        inner = plain[1:-1].replace("\\'", "'").replace('"', '\\"')
        return f'"{inner}"'
    return plain


def css(steps: Sequence[Step]) -> str:
    """The steps as CSS; what is no plain name is escaped, so that it reads back as the same steps."""
    parts: list[str] = []
    for step in steps:
        text = _escaped(step.tag) or ("" if step.classes or step.attribute[0] else "*")
        text += "".join("." + _escaped(token) for token in step.classes)
        name, operator, value = step.attribute
        if name:
            quoted = value.replace("\\", "\\\\").replace('"', '\\"')
            text += f'[{_escaped(name)}{operator}"{quoted}"]'
        if step.position:
            text += f":nth-{'last-' if step.position < 0 else ''}of-type({abs(step.position)})"
        parts.append(("> " if step.child and parts else "") + text)
    return " ".join(parts)


def _escaped(name: str) -> str:
    return re.sub(r"([^\w-])", r"\\\1", name)


# The class ---------------------------------------------------------------------------------------------


def _tree(program: Program) -> list[str]:
    revealed = ", revealed=True" if program.reveals else ""
    return ["@cached_property", "def tree(self) -> Tree:", f"    return Tree(self.response{revealed})"]


def _orders(orders: Orders, companions: Companions) -> list[str]:
    """What must not be contradicted, with how many records showed it, and what does not come alone."""
    if not orders and not companions:
        return []
    lines = []
    for name, about, pairs in (
        ("ORDERS", "The first is never above the second. Where a page says otherwise, neither is in the item.", orders),
        (
            "COMPANIONS",
            "The first is never alone, nor the same as the second. Else it is not in the item.",
            companions,
        ),
    ):
        shown = [f"({literal(one)}, {literal(other)}),  # in {count} records" for (one, other), count in pairs.items()]
        lines += [f"# {about}", f"{name} = (", *_indented(shown), ")"] if shown else [f"{name} = ()"]
    return lines


def _item_page(program: Program, names: Mapping[str, str], *, checked: bool) -> list[str]:
    lines = _tree(program)
    for name, entry in program.fields.items():
        called, vote = "many" if entry.many else "one", _vote(entry)
        given = "list[Any] | None" if entry.many else "Any"
        if joint := entry.profile.joint:
            called, given, vote = "joined_text", "str | None", [literal(joint), *vote]
        lines += ["", "@field", f"def {names[name]}(self) -> {given}:"]
        lines += _indented([*_about(name, entry), *_call(f"return {called}(", vote, ")", exploded=True)])
    renamed = {method: name for name, method in names.items() if method != name}
    lines += ["", "async def to_item(self) -> dict[str, Any]:", '    """The fields that are vouched for."""']
    if renamed:
        entries = [f"{literal(method)}: {literal(name)}" for method, name in renamed.items()]
        lines += _indented(_call("names = {", entries, "}"))
    key = "names.get(name, name)" if renamed else "name"
    given = f"{{{key}: value for name, value in item.items() if value is not None}}"
    lines += ["    item = await super().to_item()"]
    lines += [f"    item = {given}", "    return consistent([item])[0]"] if checked else [f"    return {given}"]
    return lines


def _list_page(program: Program, names: Mapping[str, str], whole: frozenset[str], *, checked: bool) -> list[str]:
    assert program.records is not None
    lines = [*_tree(program), ""]
    lines += ["@field", "def items(self) -> list[dict[str, Any]]:", '    """The page\'s records, in their order."""']
    columns = [f"{literal(name)}: self.{method}()," for name, method in names.items()]
    lines += ["    columns = {", *_indented(_indented(columns)), "    }"]
    start = "items = records(" if checked else "return records("
    lines += _indented(_call(start, _parting(program, program.records, whole), ")", exploded=True))
    lines += ["    return consistent(items)"] if checked else []
    for name, entry in program.fields.items():
        lines += ["", f"def {names[name]}(self) -> list[tuple[int, Scalar]] | None:"]
        lines += _indented([*_about(name, entry), *_call("return column(", _vote(entry), ")", exploded=True)])
    return lines


def _parting(program: Program, records: Records, whole: frozenset[str]) -> list[str]:
    starts = [literal(css(selector.steps)) for selector in records.starts]
    several = sorted(name for name, entry in program.fields.items() if entry.profile.many)
    arguments = ["self.tree", "columns", "\n".join(_call("starts=[", starts, "]", room=LINE - 13))]
    arguments.append(f"inside={records.inside!r}")
    for key, value in (
        ("carried", sorted(records.carried)),
        ("required", sorted(records.required)),
        ("several", several),
        ("whole", sorted(whole)),
    ):
        if value:
            arguments.append("\n".join(_call(f"{key}=[", [literal(name) for name in value], "]", room=LINE - 13)))
    if joints := [f"{literal(name)}: {literal(joint)}" for name, joint in program.joints.items()]:
        arguments.append("\n".join(_call("joints={", joints, "}", room=LINE - 13)))
    return arguments


def _about(name: str, entry: FieldProgram) -> list[str]:
    """Comments of one field: its type and how many pages have it, as the examples show."""
    profile = entry.profile
    kind = _TYPES.get(profile.kind, profile.kind)
    kind = f"several values of the type {kind}" if profile.many else kind
    kind += f", as one text, joined with {literal(profile.joint)}" if profile.joint else ""
    lines = [f"# {_comment(name)}: {kind}, on {profile.presence:.0%} of the pages."]
    if entry.trust < 0.9999:
        lines.append(f"# The examples' values are trusted by {entry.trust:.2f}.")
    if not entry.rules:
        lines.append("# No rule is known, so there is no answer.")
    return lines


def _vote(entry: FieldProgram) -> list[str]:
    profile = entry.profile
    form: dict[str, object] = {
        "kind": literal(profile.kind),
        "many": profile.many,
        "column": entry.column,
        "shortest": profile.shortest,
        "longest": profile.longest,
        "fewest": profile.fewest,
        "most": profile.most,
        "once": profile.many and not profile.repeats,
        "optional": profile.presence < ALWAYS and not entry.column,
    }
    if profile.traits:
        form["traits"] = "frozenset({" + ", ".join(map(literal, sorted(profile.traits))) + "})"
    if profile.fillers:
        words = [literal(word) for word in sorted(profile.fillers)]
        form["fillers"] = "\n".join(_call("frozenset({", words, "})", room=LINE - 30))
    if entry.trust < 0.9999:
        form["trust"] = round(entry.trust, 4)
    captions = entry.captions
    for key, texts in (("own", captions.own), ("others", captions.beside), ("says", captions.says)):
        if texts:
            words = [literal(text) for text in sorted(texts)]
            shown = "\n".join(_call("{", words, "}", room=LINE - 41))
            form[key] = "\n".join(_call("frozenset(", [shown], ")"))
    if entry.strangers:
        places = [literal(place) for place in sorted(entry.strangers)]
        form["strangers"] = "\n".join(_call("frozenset(", ["\n".join(_call("{", places, "}", room=LINE - 41))], ")"))
    form["proven"] = captions.proven
    arguments = [f"{key}={value}" for key, value in form.items() if value]
    shown = "\n".join(_call("Form(", arguments, ")", room=LINE - 13))
    return ["self.tree", shown, *("\n".join(_rule(rule, _is_captioned(entry, rule))) for rule in entry.rules)]


def _is_captioned(entry: FieldProgram, rule: Rule) -> bool:
    """Whether what the rule finds is looked at for a caption of other things."""
    captions = entry.captions
    if entry.many and not entry.column:
        return bool(captions.own) and rule.is_headed
    return (bool(captions.own) and rule.is_shown) or (captions.is_known and rule.is_link)


def _rule(rule: Rule, captioned: bool = False) -> list[str]:
    arguments = [repr(round(rule.weight, 4)), literal(rule.family), "\n".join(_places(rule.selector))]
    arguments += [_transform(step) for step in rule.transforms]
    if rule.explode:
        arguments.append(f"explode={literal(rule.explode)}")
    if rule.last:
        arguments.append("last=True")
    if round(rule.reach, 4) < 1:
        arguments.append(f"reach={round(rule.reach, 4)}")
    if captioned:
        arguments.append(f"take={literal(rule.selector.take)}")
    if rule.beside is not None:
        arguments.append("beside=" + "\n".join(_rule(rule.beside)))
    if rule.onward is not None:
        onward = rule.onward
        told = [_tuple(onward.parts), str(onward.direction), *([_tuple(onward.says)] if onward.says else [])]
        arguments.append("onward=" + "\n".join(_call("Onward(", told, ")", room=LINE - 20)))
    if rule.sought is not None:
        arguments.append(("has=" if rule.sought.says else "lacks=") + "\n".join(_places(rule.sought.selector)))
    return _call("rule(", arguments, ")", room=LINE - 13)


def _tuple(texts: Sequence[str]) -> str:
    return f"({''.join(literal(text) + ', ' for text in texts).strip()})"


def _places(selector: Selector) -> list[str]:
    if selector.data:
        return _call("data(", [literal(key) for key in selector.data], ")", room=LINE - 18)
    take = [literal(selector.take)] if selector.take != "text" else []
    if selector.label:
        words = [literal(word) for word in (selector.label, *selector.hops)]
        return _call("label(", [*words, *(f"take={word}" for word in take)], ")", room=LINE - 18)
    whole = literal(css(selector.steps))
    if len(whole) <= LINE - 21:
        return _call("css(", [whole, *take], ")", room=LINE - 17)
    parts = "\n".join(map(literal, _pieces(css(selector.steps), r"(?<!>)(?= )")))
    return _call("css(", [parts, *take], ")") if take else ["css(", *_indented([parts]), ")"]


def _pieces(text: str, border: str) -> list[str]:
    """The text in pieces that are no longer than a line, parted at borders (a pattern)."""
    pieces = [""]
    for part in re.split(border, text):
        if pieces[-1] and len(pieces[-1]) + len(part) > LINE - 28:
            pieces.append("")
        pieces[-1] += part
    return pieces


def _transform(step: Transform) -> str:
    name, texts = step[0], step[1:]
    if name == "map":
        constants = json.loads(texts[0])
        entries = [f"{literal(key)}: {_constant(value)}" for key, value in constants.items()]
        return f"constant({{{', '.join(entries)}}})"
    arguments = [literal(text) for text in (texts[0].split() if name == "case" else texts)]
    if name in ("split", "shape", "token", "find"):
        arguments[1] = str(int(texts[1]))
    return f"{_TRANSFORMS.get(name, name)}({', '.join(arguments)})"


def _constant(value: object) -> str:
    return literal(value) if isinstance(value, str) else repr(value)


# Names and layout --------------------------------------------------------------------------------------


def _methods(fields: Iterable[str]) -> dict[str, str]:
    """A method's name for each field: ASCII, no keyword, nothing that the class has already."""
    taken = set(_RESERVED) | {"items"}
    names = {}
    for name in fields:
        method = base = _identifier(name, "field")
        number = 1
        while method in taken or keyword.iskeyword(method):
            method = f"{base}_{number}" if number > 1 else f"{base}_"
            number += 1
        taken.add(method)
        names[name] = method
    return names


def _class_name(name: str) -> str:
    name = _identifier(name, "LearnedPage")
    taken = keyword.iskeyword(name) or hasattr(builtins, name) or name in _module_names()
    return name + "Page" if taken else name


def _identifier(text: str, otherwise: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = re.sub(r"\W+", "_", plain)[:60].strip("_")
    return f"{otherwise}_{plain}" if plain[:1].isdigit() else plain or otherwise


def _comment(text: str) -> str:
    """The text as it can stand in a comment: on one line, nothing invisible, not too long."""
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return shown if len(shown) <= 100 else shown[:97] + "..."


def _indented(lines: Iterable[str]) -> list[str]:
    return ["    " + line if line else "" for text in lines for line in text.split("\n")]


def _call(start: str, arguments: Sequence[str], end: str, *, exploded: bool = False, room: int = LINE - 9) -> list[str]:
    """A call in one line, or with one argument per line."""
    line = start + ", ".join(arguments) + end
    if len(line) <= room and not exploded and "\n" not in line:
        return [line]
    return [start, *_indented(f"{argument}," for argument in arguments), end]


def _regex(pattern: re.Pattern[str]) -> str:
    """``re.compile`` of the pattern, parted before its alternatives so that lines stay short."""
    shown = "\n".join(map(literal, _pieces(str(pattern.pattern), r"(?=\|)")))
    arguments = [shown, *(["re.IGNORECASE"] if pattern.flags & re.IGNORECASE else [])]
    if "\n" not in shown:
        return f"re.compile({', '.join(arguments)})"
    return "re.compile(\n" + "".join(f"{_block(argument)},\n" for argument in arguments) + ")"


def _block(text: str) -> str:
    return "\n".join(_indented(text.split("\n")))


def _rules(program: Program) -> Iterator[Rule]:
    for entry in program.fields.values():
        for rule in entry.rules:
            yield from rule.parts


def _module_doc(name: str, dates: bool) -> list[str]:
    needs = "lxml, web-poet, dateutil and dateparser" if dates else "lxml and web-poet"
    return [
        '"""Reads the pages of one template: a page object of web-poet.',
        "",
        f"Generated from rules that were learned from examples. It needs {needs}, and is used so:",
        "",
        f"    page = {name}(response=HttpResponse(url=url, body=body))",
        "    item = await page.to_item()",
        '"""',
    ]


def _class_doc(program: Program, examples: Sequence[Example]) -> list[str]:
    several = "records of a list page" if program.records is not None else "values of a page"
    count = f"{len(examples)} example{'' if len(examples) == 1 else 's'}"
    return [
        f'"""The {several}, by {len(program.fields)} fields learned from {count}.',
        "",
        "Each rule says how far it is trusted (0 to 1), what it relies on, where to look, and what to do with the",
        "text found there. The rules of a field vote; without enough agreement there is no answer.",
        '"""',
    ]


def _origin(examples: Sequence[Example]) -> list[str]:
    if not examples:
        return []
    lines = [f"# Learned from {len(examples)} example{'' if len(examples) == 1 else 's'} (and who gave the values):"]
    lines += [f"#   {_comment(example.url)} ({example.source})" for example in examples[:MAX_LISTED]]
    if len(examples) > MAX_LISTED:
        lines.append(f"#   and {len(examples) - MAX_LISTED} more")
    return [*lines, ""]


# What the class needs ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Definition:
    """A definition at the top of a module: its source, and the global names in it."""

    name: str
    source: str
    uses: frozenset[str]
    constant: bool


@dataclass(frozen=True, slots=True)
class _Module:
    """A module's definitions in their order, and its imports: name -> (statement, module, name there)."""

    definitions: Mapping[str, _Definition]
    imports: Mapping[str, tuple[str, str, str]]


@lru_cache(maxsize=32)
def _module(name: str) -> _Module:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text(encoding="utf-8")
    lines = source.split("\n")
    definitions: dict[str, _Definition] = {}
    imports: dict[str, tuple[str, str, str]] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import):
            imports.update({alias.name: (f"import {alias.name}", "", "") for alias in node.names})
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            for alias in node.names:
                imports[alias.name] = (f"from {module} import {alias.name}", module, alias.name)
        else:
            for defined in _defined(node):
                definitions[defined] = _definition(defined, node, lines)
    return _Module(definitions, imports)


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _definition(name: str, node: ast.stmt, lines: Sequence[str]) -> _Definition:
    start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]) - 1
    while start and lines[start - 1].startswith("# ") and not lines[start - 1].endswith("---"):
        start -= 1
    source = "\n".join(lines[start : node.end_lineno])
    return _Definition(name, source, _global_names(source), isinstance(node, (ast.Assign, ast.AnnAssign)))


def _global_names(source: str) -> frozenset[str]:
    """Names that the source takes from the module it stands in; those in annotations, too."""
    tree = ast.parse(source)
    future = "from __future__ import annotations\n"
    names = set(_loaded(compile(future + source, "<source>", "exec", dont_inherit=True)))
    for node in ast.walk(tree):
        for attribute in ("annotation", "returns"):
            annotation = getattr(node, attribute, None)
            if annotation is not None:
                names |= {inner.id for inner in ast.walk(annotation) if isinstance(inner, ast.Name)}
    return frozenset(names)


def _loaded(code: CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield str(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _loaded(constant)


def _bundle(source: str) -> tuple[set[str], str]:
    """Imports that the source needs, and the definitions that it uses directly or through others."""
    imports: set[str] = set()
    used: dict[tuple[str, str], _Definition] = {}
    waiting = [(_RUNTIME, name) for name in sorted(_global_names(source))]
    while waiting:
        module, name = waiting.pop()
        if (module, name) in used or name in _PROVIDED:
            continue
        known = _module(module)
        if name in known.definitions:
            used[module, name] = known.definitions[name]
            waiting += [(module, inner) for inner in sorted(known.definitions[name].uses)]
        elif name in known.imports:
            statement, origin, inner = known.imports[name]
            if origin.startswith("learner."):
                waiting.append((origin, inner))
            else:
                imports.add(statement)
    return imports, _ordered(used)


def _ordered(used: Mapping[tuple[str, str], _Definition]) -> str:
    """The definitions, what others are made from first; a constant that several modules have stands once."""
    modules = sorted({module for module, _ in used}, key=_depth)
    blocks: dict[str, _Definition] = {}
    for module in modules:
        for name in _module(module).definitions:
            if (module, name) in used:
                blocks.setdefault(used[module, name].source, used[module, name])
    names = [definition.name for definition in blocks.values()]
    doubles = {name for name in names if names.count(name) > 1}
    assert not doubles, f"different things have one name: {', '.join(sorted(doubles))}"
    text = ""
    before: _Definition | None = None
    for definition in blocks.values():
        both = before is not None and before.constant and definition.constant
        text += ("" if before is None else "\n" if both else "\n\n\n") + definition.source
        before = definition
    return text


def _origins(module: str) -> set[str]:
    """The package's modules that the module imports from."""
    return {origin for _, origin, _ in _module(module).imports.values() if origin.startswith("learner.")}


def _depth(module: str) -> int:
    """How many layers of the package's modules the module stands on."""
    return 1 + max(map(_depth, _origins(module)), default=0)


@lru_cache(maxsize=1)
def _module_names() -> frozenset[str]:
    """Every name that generated code could have at its top."""
    names = set(_PROVIDED) | {"WebPage", "HttpResponse", "field", "Any", "cached_property"}
    for module in map(_module, (_RUNTIME, *_origins(_RUNTIME))):
        names |= module.definitions.keys() | module.imports.keys()
    return frozenset(names)


def _sorted_imports(statements: Iterable[str]) -> list[str]:
    """Import statements in the usual order: the standard library, then other packages."""
    plain: set[str] = set()
    froms: dict[str, set[str]] = {}
    for statement in statements:
        if statement.startswith("import "):
            plain.add(statement.removeprefix("import "))
        else:
            module, _, name = statement.removeprefix("from ").partition(" import ")
            froms.setdefault(module, set()).add(name)
    sections = []
    for others in (False, True):
        lines = [f"import {m}" for m in sorted(plain) if _is_other(m) == others]
        for module in sorted(froms):
            if _is_other(module) == others:
                named = sorted(froms[module], key=lambda name: (not name.isupper(), not name[0].isupper(), name))
                lines.append(f"from {module} import {', '.join(named)}")
        if lines:
            sections.append("\n".join(lines))
    return "\n\n".join(sections).split("\n")


def _is_other(module: str) -> bool:
    return module.split(".")[0] not in sys.stdlib_module_names
