"""Labels that the examples speak against teach nothing, unless they are known."""

from __future__ import annotations

import pytest
from core_tools import example, listing

from learner import Extractor
from learner.healing.consensus import Label
from learner.healing.healing import _plausible
from learner.programs.program import Program, Records

PLACES = ("Volksbad", "Stadtpark", "Kassablanca", "Rathaus", "Theater", "Mensa")
OTHERS = ("Aula", "Hafen", "Kino", "Zelt", "Dom", "Schule")


@pytest.mark.parametrize("is_list", [False, True], ids=["items", "lists"])
@pytest.mark.parametrize(
    ("places", "source", "stays"),
    [
        (PLACES, "old", True),
        (OTHERS, "old", False),
        (OTHERS, "network", False),
        (OTHERS, "network+old", True),
        (OTHERS, "known", True),
        ([*PLACES[1:], "Aula"], "old", True),
        ([f"Abend q{place}, heute" for place in OTHERS], "network+old", False),
        ([f"Abend q{place}, heute" for place in OTHERS], "known+old", True),
    ],
)
def test_labels(is_list: bool, places: tuple[str, ...], source: str, stays: bool) -> None:
    records = [{"title": f"Abend {place}{chr(97 + n)}", "place": place} for place in PLACES for n in range(6)]
    titles = [f"Abend q{place}" for place in OTHERS]
    if is_list:
        examples = [listing("<p>", records[n::6], n) for n in range(6)]
        labels = [{"title": Label(titles, 0.9, "old"), "place": Label(list(places), 0.9, source)}]
    else:
        examples = [example("<p>", number, **record) for number, record in enumerate(records)]
        pairs = zip(titles, places, strict=True)
        labels = [{"title": Label(one, 0.9, "old"), "place": Label(other, 0.9, source)} for one, other in pairs]
    extractor = Extractor(Program({}, Records((), inside=True) if is_list else None), examples)
    kept = _plausible(labels, extractor)
    assert [set(given) for given in kept] == [{"title", "place"} if stays else {"title"}] * len(labels)


@pytest.mark.parametrize(("price", "old_price", "left"), [
    ("slot", "network", set()), ("changed", "slot", {"price"}), ("network+slot", "known", {"old_price"}),
    ("known", "known+slot", set()),
])  # fmt: skip
def test_of_two_labels_that_contradict_each_other_what_is_known_stays(
    price: str, old_price: str, left: set[str]
) -> None:
    examples = [example("<p>", n, price=100 + n, old_price=130 + 2 * n) for n in range(6)]
    labels = [{"price": Label(594, 0.9, price), "old_price": Label(590, 0.9, old_price)}]
    assert set(_plausible(labels, Extractor(Program({}, None), examples))[0]) == left
