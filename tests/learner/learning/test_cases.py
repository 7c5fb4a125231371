"""Letter case: values are given as the code that gave the examples writes them, on a new design, too, or not at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from core_tools import run

from learner import Example, Known, NothingLearned, Page, heal, learn
from learner.pages.values import Value

NAMES = ("Oil pump K7", "Front brake disc", "Air hose don't bend", "Spare USB plug", "Belt pulley B2",
         "Fuel tank of tin", "Lower drive shaft", "Wheel bearing C65")  # fmt: skip
OLD = "<html><body><p class=crumb>Shop</p><h1 class=t>{0}</h1><p>Price <b class=price>{1} EUR</b></p></body></html>"
NEW = """<html><body><div class=x><em>{1} EUR</em><section><h3 class=nm>{0}</h3><i>Delivery 5 EUR</i></section></div>
</body></html>"""


def as_it_is(text: str) -> str:
    return text


@pytest.mark.parametrize("made", [str.upper, str.lower, str.title, str.capitalize, as_it_is])
def test_values_are_written_as_the_code_writes_them(made: Callable[[str], str]) -> None:
    def item(number: int, name: str) -> dict[str, Value]:
        return {"title": made(name), "price": f"{number + 20} EUR"}

    old = [OLD.format(name, number + 20) for number, name in enumerate(NAMES)]
    examples = [
        Example(f"http://x.test/{n}", page, item(n, NAMES[n]), source="spider") for n, page in enumerate(old[:6])
    ]
    extractor = learn(examples)
    assert [extractor.extract(page, "http://x.test/n").item["title"] for page in old] == [*map(made, NAMES)]
    assert run(extractor.source_code(), old[7], "http://x.test/7") == item(7, NAMES[7])
    new = [NEW.format(name, number + 20) for number, name in enumerate(NAMES)]
    known = [Known(f"http://x.test/{n}", item(n, NAMES[n])) for n in range(6)]
    repair = heal(extractor, [Page(f"http://x.test/{n}", page) for n, page in enumerate(new)], known=known)
    assert repair.extractor is not None
    assert [repair.extractor.extract(page, "http://x.test/n").item["title"] for page in new] == [*map(made, NAMES)]
    assert run(repair.extractor.source_code(), new[7], "http://x.test/7") == item(7, NAMES[7])


# What pages say, the values of the first ones, and what is given of the last: None where it is not known.
CASES: list[tuple[list[str], list[str], str | None]] = [
    (["Norvik", "Oil", "Tin"], ["NORVIK", "OIL"], "TIN"),
    (["kurogane", "norvik", "iron"], ["Kurogane", "Norvik"], "Iron"),
    # One word with a capital may be one of two letter cases.
    (["kurogane", "norvik", "iron works"], ["Kurogane", "Norvik"], None),
    (["kurogane", "norvik teile", "iron works"], ["Kurogane", "Norvik Teile"], "Iron Works"),
    # One slip among several.
    (["Oil pump", "Air hose", "Tin can", "Iron"], ["Oil pump", "air hose", "Tin can"], "Iron"),
    # Marks are no capitals.
    (["Oil “K” pump", "Tin “J” can", "Iron"], ['Oil "K" pump', 'Tin "J" can'], "Iron"),
]


@pytest.mark.parametrize(("said", "values", "given"), CASES)
def test_what_settles_a_case(said: list[str], values: list[str], given: str | None) -> None:
    pages = [OLD.format(text, number + 20) for number, text in enumerate(said)]
    examples = [Example(f"http://x.test/{n}", pages[n], {"title": value}) for n, value in enumerate(values)]
    extractor = learn(examples)
    assert extractor.extract(pages[-1], "http://x.test/n").item.get("title") == given


def test_what_no_letter_case_makes_is_not_learned() -> None:
    examples = [
        Example("http://x.test/0", OLD.format("oil pump", 20), {"title": "oil Pump"}),
        Example("http://x.test/1", OLD.format("air hose", 21), {"title": "air Hose"}),
    ]
    with pytest.raises(NothingLearned, match=r"'oil Pump' stands on http://x.test/0 in other capitals"):
        learn(examples)


def test_lists_and_records() -> None:
    page = "<html><body><ul>{}</ul></body></html>"
    rows = [("Oil pump", 5), ("Air hose", 6), ("Tin can", 7), ("Iron bar", 8)]
    html = page.format("".join(f"<li><b>{name}</b> <i>{cost} EUR</i></li>" for name, cost in rows))
    records: list[dict[str, Value]] = [{"name": name.upper(), "cost": cost} for name, cost in rows]
    extractor = learn([Example("http://x.test/1", html, items=records)])
    assert extractor.extract(html, "http://x.test/1").items == records
    assert run(extractor.source_code(), html, "http://x.test/1") == {"items": records}
    # A person shows the first one alone.
    shown = learn([Example("http://x.test/1", html, items=records[:1], source="person")])
    assert shown.extract(html, "http://x.test/1").items == records
    names = [name.lower() for name, _ in rows]
    tags = learn([Example("http://x.test/1", html, {"names": names})])
    assert tags.extract(html, "http://x.test/1").item == {"names": names}
