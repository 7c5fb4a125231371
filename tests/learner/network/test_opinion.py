"""The network's second opinion: given where rules are silent, marked, bounded, and not on foreign pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from learner import Example, learn, load
from learner.extractor import Extractor
from learner.network.opinion import Opinion, Sight, open_pages, vocabulary
from learner.network.scorer import Scores
from learner.pages.candidates import Candidate
from learner.pages.page import Document
from learner.programs.examples import LabelledPage
from learner.programs.program import Program

URL = "http://shop.test/p/{}"
THINGS = [
    ("Blue lamp", "$12.50", "A lamp of glass that lights a whole room in blue."),
    ("Red chair", "$80.00", "A chair with four legs, made of beech and painted by hand."),
    ("Oak table", "$240.00", "A table for eight, of oak that was felled nearby."),
]


def page(title: str, price: str, text: str) -> str:
    return f"""<html><head><title>{title} - Shop</title></head><body><div class="nav"><a href="/">Home</a>
    <a href="/lamps">Lamps</a></div><div class="product"><h1 class="product-title">{title}</h1>
    <div class="offer"><span class="price">{price}</span></div>
    <div class="description"><p>{text}</p></div></div><div class="footer">Shop, since 1990</div></body></html>"""


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    title, price, text = THINGS[0]
    return learn([Example(URL.format(0), page(*THINGS[0]), {"title": title, "price": price, "description": text})])


def moved(title: str, price: str, text: str) -> str:
    """The price has another class, another tag, and another parent."""
    html = page(title, price, text).replace('<div class="offer"><span class="price">', '<section><b class="amount">')
    return html.replace("</span></div>", "</b></section>")


def test_what_rules_leave_out_is_given_by_the_network_and_marked(extractor: Extractor) -> None:
    title, price, text = THINGS[1]
    html = moved(title, price, text)
    alone, asked = extractor.read(html, URL.format(1)), extractor.extract(html, URL.format(1))
    assert "price" in alone.abstained
    assert not alone.opinions
    assert asked.item == {"title": title, "price": price, "description": text}
    assert asked.opinions == {"price"}
    assert extractor.threshold <= asked.confidence["price"] < 1
    assert asked.evidence["price"].rule == "opinion of the network"
    assert asked.evidence["price"].path == "/html/body/div[2]/section"


def test_where_rules_answer_nothing_changes(extractor: Extractor) -> None:
    html = page(*THINGS[2])
    assert extractor.extract(html, URL.format(2)) == extractor.read(html, URL.format(2))


@pytest.mark.parametrize(
    "html",
    [
        "<html><body><h1>Please log in</h1><form><input name=user></form><p>Forgot your password?</p></body></html>",
        "<html><body><h1>Not found</h1><p>The page that you look for has moved.</p></body></html>",
    ],
)
def test_pages_of_another_kind_get_no_opinion(extractor: Extractor, html: str) -> None:
    assert extractor.extract(html, URL.format(9)).opinions == frozenset()


def test_an_opinion_is_bounded_by_the_trust_in_the_labels(extractor: Extractor) -> None:
    fields = {
        name: replace(entry, trust=0.0 if name == "price" else 1.0) for name, entry in extractor.program.fields.items()
    }
    doubted = Extractor(Program(fields, None, extractor.program.calibration), extractor.examples)
    assert "price" not in doubted.extract(moved(*THINGS[1]), URL.format(1)).item


def test_without_examples_there_is_no_opinion(extractor: Extractor) -> None:
    alone = Extractor(extractor.program)
    assert alone.extract(moved(*THINGS[1]), URL.format(1)).opinions == frozenset()


def test_opinions_survive_the_disk(extractor: Extractor, tmp_path: Path) -> None:
    extractor.save(tmp_path / "shop")
    html = moved(*THINGS[1])
    assert load(tmp_path / "shop").extract(html, URL.format(1)).item == extractor.extract(html, URL.format(1)).item


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["In stock"] * 6 + ["Sold out"] * 3, {"instock", "soldout"}),
        (["In stock"] * 7, set()),
        (["In stock"] * 8 + ["Sold out"], set()),
        (["July 14, 2014"] * 8 + ["July 15, 2014"] * 4, set()),
        (["a", "b", "c", "d"] * 4, set()),
    ],
)
def test_few_words_are_all_there_are_if_each_was_seen_often_and_none_has_digits(
    values: list[str], words: set[str]
) -> None:
    assert vocabulary(values) == words


def test_records_of_one_day_have_other_days_on_other_pages() -> None:
    def listing(rows: list[tuple[str, str]], tag: str, form: str) -> str:
        cells = "".join(f'<{tag} class="case"><a href="/c/{n}">{n}</a> {form.format(d)}</{tag}>' for n, d in rows)
        return f"<html><body><h1>Opinions</h1><div class='cases'>{cells}</div></body></html>"

    names = ["Smith v. State", "Jones v. Moore", "Brown v. Green", "Adams v. Hill", "Baker v. Cook", "Clark v. Dale"]
    rows = [(name, "July 14, 2014") for name in [*names, *reversed(names)]]
    items = [{"name": name, "date": date} for name, date in rows]
    extractor = learn([Example(URL.format(0), listing(rows, "p", '<i class="date">{}</i>'), items=items)])
    later = [(f"{name} II", "08/28/24") for name in names]
    page = LabelledPage(Example(URL.format(1), listing(later, "li", '<b class="date">{}</b>'), items=[]))
    opinion = Opinion(extractor.program, extractor.examples, open_pages(extractor.examples))
    assert opinion.of(page.document, page.candidates)["date"].value == ["08/28/24"] * 6


def test_confidence_rises_with_the_probability_and_with_agreement() -> None:
    sights = [Sight("x", (0,), probability) for probability in (0.0, 0.3, 0.9, 1.0)]
    told = [sight.confidence(False) for sight in sights]
    assert told == sorted(told)
    assert all(0 < sight.confidence(False) < sight.confidence(True) < 1 for sight in sights)


HEADS = "<html><body><article><h1>{0}</h1>{1}</article></body></html>"


def article(title: str, heads: list[str]) -> str:
    body = "".join(
        f"<h2 class=subhead>{head}</h2><p>All about it, and what came of it, told at length.</p>" for head in heads
    )
    return HEADS.format(title, body)


def test_traits_that_examples_have_by_chance_are_not_asked_of_what_the_network_sees() -> None:
    told = [f"{hour}.15 Uhr: The news of the hour" for hour in range(10, 18)]
    extractor = learn([Example(URL.format(0), article("Live", told), {"title": "Live", "subheads": told})])
    assert "digit" in extractor.program.fields["subheads"].profile.traits
    heads = ["A plan of many words", "What the others say", "An end that is open"]
    shown = LabelledPage(Example(URL.format(1), article("Calm", heads), {}))
    sight = Opinion(extractor.program, extractor.examples, open_pages(extractor.examples)).of(
        shown.document, shown.candidates
    )
    assert sight["subheads"].value == heads


@pytest.mark.parametrize(("shown", "days"), [
    (["3 May 2026 at 9:30", "4 May 2026 at 10:00"], ["2026-05-03T09:30", "2026-05-04T10:00"]),
    (["3 May 2026", "4 May 2026"], None),
    (["Ends 3 May 2026, 9:30 sharp", "Ends 4 May 2026, 10:00 sharp"], ["2026-05-03T09:30", "2026-05-04T10:00"]),
    (["Ends 3 May 2026 early", "Ends 4 May 2026 early"], None),
])  # fmt: skip
def test_no_time_is_made_up(shown: list[str], days: list[str] | None) -> None:
    texts = [f"<i>{day}.06.2026 um {hour}:15 Uhr</i>" for day, hour in ((12, 9), (13, 14), (14, 16))]
    days_shown = ["2026-06-12T09:15", "2026-06-13T14:15", "2026-06-14T16:15"]
    html = f"<body><h1>Days</h1>{''.join(texts)}</body>"
    extractor = learn([Example(URL.format(0), html, {"days": days_shown})])
    opinion = Opinion(extractor.program, extractor.examples, open_pages(extractor.examples))
    opinion._scorer = Sees("b")  # type: ignore[assignment]
    new = LabelledPage(Example(URL.format(1), f"<body>{''.join(f'<p><b>{text}</b>' for text in shown)}</body>", {}))
    sights = opinion.of(new.document, new.candidates)
    assert (sights["days"].value if "days" in sights else None) == days


class Sees:
    """In the network's place: it sees a list in these elements."""

    def __init__(self, *tags: str) -> None:
        self.tags = tags

    def score(self, support: object, document: Document, found: Sequence[Candidate]) -> Scores:
        scores = Scores()
        numbers = [n for n, one in enumerate(found) if one.kind == "inline" and one.element.tag in self.tags]
        scores["days"] = np.full(len(found), 0.9)
        scores.answers["days"] = numbers
        return scores


@pytest.mark.parametrize(("rows", "days"), [
    # Numbers in another element, as many as there are days, are another thing.
    ([f"<i>99 Ops. {n}</i><span>0{n}/02/2016</span>" for n in range(1, 9)], [f"0{n}/02/2016" for n in range(1, 9)]),
    # In one element days and other things are no list of days; nor are few days among many other things.
    ([f"<span>99 Ops. {n}</span><span>0{n}/02/2016</span>" for n in range(1, 9)], None),
    (["<span>01/02/2016</span>", *(f"<i>99 Ops. {n}</i>" for n in range(9))], None),
])  # fmt: skip
def test_places_of_which_none_has_the_form_are_another_thing(rows: list[str], days: list[str] | None) -> None:
    shown = [f"{n:02}/06/2023" for n in range(10, 20)]
    html = "<body><h1>Days</h1><ul>" + "".join(f"<li>{day}</li>" for day in shown) + "</ul></body>"
    extractor = learn([Example(URL.format(0), html, {"days": shown})])
    opinion = Opinion(extractor.program, extractor.examples, open_pages(extractor.examples))
    opinion._scorer = Sees("i", "span")  # type: ignore[assignment]
    new = LabelledPage(Example(URL.format(1), f"<body>{''.join(f'<p>{row}</p>' for row in rows)}</body>", {}))
    sights = opinion.of(new.document, new.candidates)
    assert (sights["days"].value if "days" in sights else None) == days
