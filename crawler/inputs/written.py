"""What a person writes at a prompt, in the type of its field: as the live versions read it, or earlier examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from learner.errors import InvalidExample
from learner.pages.values import (
    DECIMAL_MARKS,
    Scalar,
    has_time,
    iso_form,
    kind_of,
    normal,
    numbers_in,
    read_datetime,
    read_decimal,
    read_whole,
    says_time,
    scalars,
)
from learner.programs.examples import all_values
from learner.programs.transforms import apply

if TYPE_CHECKING:
    from learner.programs.examples import LabelledPage
    from learner.programs.transforms import Transform
    from learner.state.store import Store

_WANTED: Final = {
    "text": "a day, or a moment with its time, that can be read in one way",
    "number": "one number",
    "boolean": "yes or no",
    "date": "a date that can be read in one way (2026-04-03)",
    "datetime": "a date with time that can be read in one way (2026-04-03 10:30)",
}
_WORDS: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class FieldType:
    """What is known of a field's values: their kind, examples, the last steps of the rules that read them."""

    kind: str
    values: tuple[Scalar, ...]
    steps: tuple[Transform, ...] = ()

    def read(self, text: str, page: LabelledPage) -> Scalar | None:
        """The text as a value of this type; None where it can't be read as one."""
        if self.kind == "number":
            return self._number(text, page)
        if self.kind == "boolean":
            maps = (apply((step,), text) for step in self.steps if step[0] == "map")
            return next((said for said in maps if said is not None), _WORDS.get(normal(text)))
        if self.kind in ("date", "datetime"):
            moments = (read_datetime(text.strip(), order) for order in self._settled("date", "datetime", also=("",)))
            moment = next((moment for moment in moments if moment is not None), None)
            if moment is not None and self.kind == "date":
                return moment.date()
            return None if moment is not None and self._lacks_time(text) else moment
        if self.kind == "link":
            return page.document.absolute(text)
        forms = {iso_form(value) if isinstance(value, str) else "" for value in self.values}
        return self._iso(text.strip(), forms.pop()) if len(forms) == 1 and forms != {""} else text

    def _iso(self, text: str, form: str) -> str | None:
        """The text as a day, or moment, of the form that all former values have. Where these are no texts of pages, no
        other text is one."""
        moments = (read_datetime(text, order) for order in self._settled("iso", also=("",)))
        moment = next((moment for moment in moments if moment is not None), None)
        if moment is None:
            return None if any(step[0] == "iso" for step in self.steps) else text
        return None if "%H" in form and self._lacks_time(text) else moment.strftime(form)

    def _lacks_time(self, text: str) -> bool:
        """Whether the text says no time, which other values have: midnight would be made up."""
        return any(map(has_time, self.values)) and not says_time(text)

    def _number(self, text: str, page: LabelledPage) -> float | int | None:
        """Of the ways in which the number can be read, the one that stands on the page; as rules read it, else."""
        spans = numbers_in(text)
        start, stop = max(spans, key=lambda span: span[1] - span[0], default=(0, 0))
        if not spans or any(map(str.isdigit, text[:start] + text[stop:])):
            return None
        types = set(map(type, self.values))
        read = read_decimal if types == {float} else read_whole
        marks = [mark for mark in self._settled("number", "decimal", also=()) if mark]
        readings = [number for mark in (*marks, *DECIMAL_MARKS) if (number := read(text, mark)) is not None]
        if not marks and read(text) is None:
            # A thousand or a fraction: the page may tell, or that there were no fractions so far.
            readings = [one for one in readings if page.places(one, 1) and (types != {int} or isinstance(one, int))]
            return readings[0] if len(readings) == 1 else None
        readings.sort(key=lambda number: (not page.places(number, 1), types == {int} and not isinstance(number, int)))
        return readings[0] if readings else None

    def _settled(self, *names: str, also: tuple[str, ...]) -> list[str]:
        """Decimal marks, or orders of days and months, as the rules have them, and then others."""
        return list(dict.fromkeys([*(step[1] for step in self.steps if step[0] in names), *also]))


def types_of(store: Store, site: str, template: str) -> dict[str, FieldType]:
    """The types of the template's fields, by the versions that are live, and by the examples for other fields."""
    found: dict[str, FieldType] = {}
    for version in store.versions.all_live(site, template):
        extractor = version.load()
        values = all_values(extractor.examples)
        for name, entry in extractor.program.fields.items():
            steps = tuple(rule.transforms[-1] for rule in entry.rules if rule.transforms)
            found.setdefault(name, FieldType(entry.profile.kind, tuple(values.get(name, ())), steps))
    for name, given in all_values(store.examples.best(site, template)).items():
        kind = Counter(map(kind_of, given)).most_common(1)[0][0]
        found.setdefault(name, FieldType(kind, tuple(given)))
    return found


def as_typed(item: Mapping[str, Any], types: Mapping[str, FieldType], page: LabelledPage) -> dict[str, Any]:
    """The item with its texts as values of their fields' types. Raises InvalidExample for a text that is none."""
    typed: dict[str, Any] = {}
    for name, value in item.items():
        read = [_read(name, text, types.get(name), page) for text in scalars(value)]
        typed[name] = read if isinstance(value, list) else read[0]
    return typed


def _read(name: str, text: Any, known: FieldType | None, page: LabelledPage) -> Scalar:
    value = text if known is None else known.read(text, page)
    if value is None:
        assert known is not None
        shown = f", such as {known.values[0]}" if known.values else ""
        raise InvalidExample(
            f"{name}: {text[:80]!r} can't be read as what the field has been so far: {_WANTED[known.kind]}{shown}.",
            kept="everything recorded and learned before",
            hint="write the value so that it can be, or leave the field out",
        )
    return value
