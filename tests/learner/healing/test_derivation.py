"""Yes and no on a new design: learned anew from what is known, or left out; never no because nothing was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from learner import Example, Extractor, Known, Page, heal, learn

HOST = "http://teas.test"
WORDS = "assam bancha ceylon darjeeling earl fujian gyokuro hojicha irish jasmine keemun lapsang".split()
OLD = """<html><body><div class=tea><h1>{name}</h1><p class=price>€{price}</p>{was}<p class=stock>{stock}</p></div>
<p>Teas since 1900</p></body></html>"""
NEW = """<html><body><main class=view><h2 class=title>{name}</h2><b class=cost>{price} €</b>{was}
<em class=state>{stock}</em></main><p>Teas since 1900</p></body></html>"""
SAID = {"old": ("In stock", "Sold out"), "new": ("Available", "Gone")}


def thing(number: int, day: int = 1) -> dict[str, Any]:
    """A tea; on another day every fifth costs more and has changed."""
    other = day > 1 and number % 5 == 2
    return {
        "name": f"{WORDS[number * number % 11].title()} {number}",
        "price": f"{3 + number + 40 * other}.50",
        "in_stock": (number % 3 != 1) is not other,
        "sale": (number % 4 == 1) is not other,
    }


def page(number: int, design: str = NEW, said: str = "new", day: int = 1) -> str:
    tea = thing(number, day)
    was = "<i class=was>was 99.50</i>" if tea["sale"] else ""
    return design.format(name=tea["name"], price=tea["price"], was=was, stock=SAID[said][not tea["in_stock"]])


def url(number: int) -> str:
    return f"{HOST}/{number}"


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return learn([Example(url(n), page(n, OLD, "old"), thing(n)) for n in range(24)])


def right(extractor: Extractor, numbers: Sequence[int], **how: Any) -> dict[str, list[int]]:
    """By field how many of the pages are right, and how many wrong."""
    counts = {name: [0, 0] for name in ("in_stock", "sale")}
    for number in numbers:
        item = extractor.extract(page(number, **how), url(number)).item
        for name, count in counts.items():
            if name in item:
                count[item[name] is not thing(number, how.get("day", 1))[name]] += 1
    return counts


@pytest.mark.parametrize(("day", "known"), [(1, 24), (2, 24)], ids=["nothing else changed", "a fifth of them changed"])
def test_they_are_learned_anew_from_what_is_known(day: int, known: int, extractor: Extractor) -> None:
    repair = heal(extractor, [Page(url(n), page(n, day=day)) for n in range(known)])
    assert repair.promoted
    assert right(repair.extractor, range(60), day=day) == {"in_stock": [60, 0], "sale": [60, 0]}
    rows = repair.report["fields"]
    assert all((rows[name]["before"], rows[name]["after"]) == (0.0, 1.0) for name in ("in_stock", "sale"))
    assert all(rows[name]["source"] == "known" for name in ("in_stock", "sale"))
    # What healing labels is of the pages that say what was known.
    labels = {label.url: label.item for label in repair.labels}
    assert all(
        item["sale"] is thing(int(at.rsplit("/")[-1]), day)["sale"]
        for at, item in labels.items()
        if item and "sale" in item
    )


@pytest.mark.parametrize(("design", "said", "told"), [
    pytest.param(NEW, "new", [0, 0], id="in other words"),
    pytest.param(NEW, "old", [36, 0], id="in the same words"),
])  # fmt: skip
def test_where_nothing_is_known_of_the_pages(design: str, said: str, told: list[int], extractor: Extractor) -> None:
    pages = [Page(url(n), page(n, design, said)) for n in range(24, 48)]
    healed = heal(extractor, pages).extractor
    assert right(healed, range(24, 60), design=design, said=said) == {"in_stock": told, "sale": [0, 0]}


@pytest.mark.parametrize(("was", "now", "told"), [
    pytest.param("<i class=was>was 99.50</i>", "", [0, 0], id="nothing shows it any more"),
    pytest.param("class=was", "class=before", [36, 0], id="its class has another name"),
])  # fmt: skip
def test_where_only_what_told_it_has_changed(was: str, now: str, told: list[int], extractor: Extractor) -> None:
    pages = [Page(url(n), page(n, OLD, "old").replace(was, now)) for n in range(24)]
    healed = heal(extractor, pages).extractor
    read = [healed.extract(page(n, OLD, "old").replace(was, now), url(n)).item for n in range(24, 60)]
    assert [item["in_stock"] for item in read] == [thing(n)["in_stock"] for n in range(24, 60)]
    found = [item["sale"] is thing(n)["sale"] for n, item in enumerate(read, 24) if "sale" in item]
    assert [sum(found), len(found) - sum(found)] == told


def test_old_rules_stay_while_they_say_what_is_known(extractor: Extractor) -> None:
    design = OLD.replace("<h1>", "<h1 class=x><b>").replace("</h1>", "</b></h1>").replace("class=price", "class=amount")
    repair = heal(extractor, [Page(url(n), page(n, design, "old")) for n in range(24)])
    for name in ("in_stock", "sale"):
        assert repair.extractor.program.fields[name] is extractor.program.fields[name]


HAD: Mapping[str, Sequence[int]] = {"none": (), "a sixth": (1, 7, 13, 19), "half": range(0, 24, 2)}


@pytest.mark.parametrize(("changed", "told"), [("none", True), ("a sixth", True), ("half", False)])
@pytest.mark.parametrize("design", ["moved", "new"])
def test_what_has_changed_on_some_pages_since(design: str, changed: str, told: bool) -> None:
    """A boolean that changes from day to day is no reason to lose its rules, nor to take others by chance."""
    old = "<h1>{name}</h1><p>No. <b>{number}</b></p><dl><dt>On display<dd class=shown>{yes}<dt>Place<dd>{place}</dl>"
    moved = old.replace("<p>No. <b>{number}</b></p>", "") + "<i>Cite as {number}</i>"
    new = "<h2>{name}</h2><em>{number}</em><table><tr><th>In the rooms<td>{yes}<tr><th>At<td>{place}</table>"

    def shown(n: int, design: str, on: bool) -> str:
        words = {"name": f"{WORDS[n * n % 11].title()} {n}", "number": f"A.{n * 7919}", "place": WORDS[n * 5 % 11]}
        return f"<html><body>{design.format(**words, yes='Yes' if on else 'No')}</body></html>"

    def item(n: int) -> dict[str, Any]:
        return {
            "name": f"{WORDS[n * n % 11].title()} {n}",
            "number": f"A.{n * 7919}",
            "on_display": n * n % 7 in (1, 4),
        }

    was = learn([Example(url(n), shown(n, old, item(n)["on_display"]), item(n)) for n in range(24)])
    now = {n: item(n)["on_display"] is not (n in HAD[changed]) for n in range(48)}
    html = {n: shown(n, moved if design == "moved" else new, now[n]) for n in range(48)}
    repair = heal(was, [Page(url(n), html[n]) for n in range(24)])
    read = {n: repair.extractor.extract(html[n], url(n)).item for n in range(48)}
    assert all(read[n].get("number") == item(n)["number"] for n in read)
    said = [read[n]["on_display"] is now[n] for n in read if "on_display" in read[n]]
    assert said == ([True] * 48 if told else [])


def test_records_of_a_list() -> None:
    old = "<li class=row><a>{name}</a><b class=price>€{price}</b>{was}<u>{stock}</u></li>"
    new = "<div class=item><h3>{name}</h3><p class=cost>€{price}</p>{was}<span class=s>{stock}</span></div>"

    def rows(numbers: Sequence[int], design: str, said: str) -> str:
        return f"<html><body><section>{''.join(page(n, design, said) for n in numbers)}</section></body></html>"

    def items(numbers: Sequence[int]) -> list[dict[str, Any]]:
        return [thing(number) for number in numbers]

    pages = {f"{HOST}/l{at}": range(at, at + 12) for at in (0, 12)}
    columns = learn([Example(at, rows(those, old, "old"), None, items(those)) for at, those in pages.items()])
    assert columns.fields.keys() == {"name", "price", "in_stock", "sale"}
    known = [Known(at, items=items(those)) for at, those in pages.items()]
    repair = heal(columns, [Page(at, rows(those, new, "new")) for at, those in pages.items()], known=known)
    read = repair.extractor.extract(rows(range(30, 50), new, "new"), f"{HOST}/l30")
    assert read.items == items(range(30, 50))
