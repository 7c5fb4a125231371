"""Where links are known to lead: which list on a page of a new design holds them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from learner import Example, Known, learn
from learner.healing.directory import Directory
from learner.healing.labelling import open_examples
from learner.programs.examples import LabelledPage

HOST = "http://ads.example"
ADS = [
    f"{HOST}/ad/{word}-{300 + 7 * n}"
    for n, word in enumerate("ash bay elm fig fir gum hop ivy oak may rue yew".split())
]
NEW = f"{HOST}/ad/box-999"
PAGES = [f"{HOST}/list", f"{HOST}/list?page=2", f"{HOST}/list?page=3"]
SEEN = [ADS[:4], ADS[4:8], ADS[8:]]
BOTH = {"ads": ADS[:4], "next": PAGES[1]}
BRANDS = [f"{HOST}/brand/{name}" for name in ("apple", "nokia", "sony")]


def listed(links: Sequence[str], kind: str = "ad") -> str:
    return "".join(f'<li class="{kind}"><a href="{link}">{link[-3:]}</a></li>' for link in links)


def old(ads: Sequence[str], following: str | None) -> str:
    after = f'<a class="next" href="{following}">Next</a>' if following else ""
    aside = "".join(f'<p><a href="{link}">{link[-3:]}</a></p>' for link in BRANDS)
    return f"<html><body><aside>{aside}<a href='/logout'>Out</a></aside><ul>{listed(ads)}</ul>{after}</body></html>"


def directory(seen: Sequence[Sequence[str]] = SEEN, more: str = "") -> Directory:
    following = [*PAGES[1:], None]
    examples = [
        Example(
            url,
            old(ads, after).replace("</body>", f"{more}</body>"),
            {"ads": list(ads), **({"next": after} if after else {})},
        )
        for url, ads, after in zip(PAGES, seen, following, strict=True)
    ]
    extractor = learn(examples)
    facts = {one.url: Known(one.url, one.item) for one in examples}
    return Directory(extractor, facts, open_examples(extractor, 6))


def page(body: str, url: str = PAGES[0]) -> LabelledPage:
    return LabelledPage(Example(url, f"<html><body><div>{body}</div></body></html>", {}))


def cards(links: Sequence[str], kind: str = "css-1") -> str:
    return "".join(f'<span class="row"><a class="{kind}" href="{link}">x</a></span>' for link in links)


@pytest.mark.parametrize(
    ("body", "own", "found", "share"),
    [
        pytest.param(cards(ADS[:4]), ADS[:4], ADS[:4], 1.0, id="as it was"),
        pytest.param(cards([NEW, *ADS[:3]]), ADS[:4], [NEW, *ADS[:3]], 0.75, id="one is new"),
        pytest.param(cards(ADS[2:6]), ADS[:4], ADS[2:6], 1.0, id="others have moved in"),
        pytest.param(cards(ADS[8:]), (), ADS[8:], 1.0, id="of an address that nobody knows"),
        pytest.param(cards(ADS[:4]) + cards(ADS[6:8], "hot"), ADS[:4], ADS[:4], 1.0, id="beside a box of others"),
        pytest.param(cards(ADS[:4]) + cards(ADS[2:4], "hot"), (), ADS[:4], 1.0, id="beside a box of its own"),
        pytest.param(cards(ADS[:4]) + cards(ADS[4:8], "hot"), (), None, 0, id="beside a box that may as well be meant"),
        pytest.param(cards(ADS[:2]) + cards(ADS[2:4], "more"), ADS[:4], ADS[:4], 1.0, id="in two lists"),
        pytest.param(cards([*ADS[:4], f"{HOST}/logout", *BRANDS]), ADS[:4], ADS[:4], 1.0, id="never followed"),
        pytest.param(cards([*ADS[:4], f"{HOST}/u/7"]), ADS[:4], ADS[:4], 1.0, id="other forms"),
        pytest.param(cards([*ADS[:4], PAGES[1]]), ADS[:4], ADS[:4], 1.0, id="not what another field leads to"),
        pytest.param(cards([NEW, NEW + "1", NEW + "2", ADS[0]]), ADS[:4], None, 0, id="most are new"),
        pytest.param(cards(ADS[:2]), (), None, 0, id="too few"),
        pytest.param(cards(ADS[:3], "hot"), (), ADS[:3], 1.0, id="a short list"),
        pytest.param(cards(BRANDS), ADS[:4], None, 0, id="none"),
    ],
)  # fmt: skip
def test_the_list_with_known_links(body: str, own: list[str], found: list[str] | None, share: float) -> None:
    told = directory().listed("ads", page(body), list(own))
    assert (told and (told.links, told.share)) == (found and (found, share))


def test_a_box_of_a_few_links_is_no_list() -> None:
    told = directory([ADS[:8], [*ADS[4:8], NEW, NEW + "1", NEW + "2"], ADS[8:]])
    assert told.listed("ads", page(cards(ADS[:4]))) is not None
    assert told.listed("ads", page(cards(ADS[:3]))) is None


def test_where_pages_show_links_of_others_what_is_known_of_a_page_tells() -> None:
    cloud = "".join(f'<b><a href="{link}">x</a></b>' for link in ADS)
    told = directory(more=cloud)
    assert told.listed("ads", page(cards(ADS[:4]))) is None
    found = told.listed("ads", page(cards(ADS[:4])), ADS[:4])
    assert found is not None
    assert found.links == ADS[:4]


@pytest.mark.parametrize(
    ("body", "item", "shown"),
    [
        (cards([NEW, *ADS[:3]]), {"ads": ADS[:4]}, {"ads": [NEW, *ADS[:3]]}),
        (cards(ADS[:4]) + f"<a href='{PAGES[1]}'>", BOTH, BOTH),
        (cards(ADS[4:8]), BOTH, {"ads": ADS[4:8]}),
        (cards(BRANDS), {"ads": ADS[:4]}, {"ads": ADS[:4]}),
        (cards([NEW, NEW + "1", NEW + "2", ADS[0]]), {"ads": ADS[:4]}, {}),
        (cards(ADS[4:8]) + cards(ADS[8:], "hot"), {"ads": ADS[:4]}, {}),
        (cards(ADS[4:6]), {"ads": ADS[:4]}, {"ads": ADS[:4]}),
        (cards(ADS[:4]), {}, {"ads": ADS[:4]}),
    ],
)  # fmt: skip
def test_what_is_known_of_a_page_as_far_as_it_shows_it(body: str, item: dict[str, str], shown: dict[str, str]) -> None:
    assert directory().shown(page(body), item) == shown


WEEKS = [f"{HOST}/week/{n}" for n in range(20, 24)]
REST = [f"{week}/rest" for week in WEEKS]


def weeks() -> Directory:
    """Pages with two links that lead on, to the rest of a week and to the next one, and one that leads back."""
    examples = []
    for number, (week, rest) in enumerate(zip(WEEKS, REST, strict=True)):
        before, after = WEEKS[number - 1 : number], WEEKS[number + 1 : number + 2]
        back = "".join(f'<a class="back" href="{link}">Back</a>' for link in before)
        on = "".join(f'<a class="on" href="{link}">On</a>' for link in [rest, *after])
        examples.append(Example(week, f"<html><body><h1>{week}</h1>{back}{on}</body></html>", {"on": [rest, *after]}))
    extractor = learn(examples)
    return Directory(extractor, {one.url: Known(one.url, one.item) for one in examples}, open_examples(extractor, 6))


@pytest.mark.parametrize(
    ("body", "own", "found", "share"),
    [
        (cards([REST[1], WEEKS[0], WEEKS[2]]), [REST[1], WEEKS[2]], [REST[1], WEEKS[2]], 1.0),
        (cards([REST[1], WEEKS[0]]), [REST[1], WEEKS[2]], [REST[1]], 1.0),
        (cards([REST[3], WEEKS[2], f"{HOST}/week/24"]), [REST[3]], [REST[3]], 0.5),  # which may be one of them
        (cards([WEEKS[0]]), [REST[1]], None, 0),
        (cards([REST[1]]), None, None, 0),
    ],
)
def test_of_few_links_on_a_page_those_known_of_it_are_its_own(
    body: str, own: list[str] | None, found: list[str] | None, share: float
) -> None:
    told = weeks()
    assert (told.few, told.lists) == ({"on"}, frozenset())
    listed = told.own("on", page(body, WEEKS[1]), own)
    assert (listed and (listed.links, listed.share)) == (found and (found, share))


@pytest.mark.parametrize(
    ("body", "item", "kinds"),
    [
        (cards([REST[1], WEEKS[0], WEEKS[2]]), {"on": [REST[1], WEEKS[2]]}, [{REST[1]}, {WEEKS[2]}]),
        (cards([WEEKS[0], WEEKS[2]]), {"on": [REST[1], WEEKS[2]]}, [{WEEKS[2]}]),
        (cards([WEEKS[0]]), {"on": [REST[1]]}, None),
        (cards(ADS[:4]) + cards(ADS[4:6], "x"), {"on": ADS[:6]}, [set(ADS[:4]), set(ADS[4:6])]),
        (cards(ADS[:4]) + cards(ADS[6:8], "x"), {"on": ADS[:6]}, [set(ADS[:4])]),
    ],
)
def test_kinds_of_links_that_are_known_of_a_page(
    body: str, item: dict[str, list[str]], kinds: list[set[str]] | None
) -> None:
    assert weeks().kinds(page(body), item).get("on") == kinds


def test_lists_of_pictures_and_single_links_are_no_lists_of_links() -> None:
    pictures = [f"{HOST}/{n}.png" for n in range(6)]
    examples = [
        Example(url, f'<img src="{one}"><img src="{other}">', {"pictures": [one, other]})
        for url, one, other in zip(PAGES, pictures[::2], pictures[1::2], strict=True)
    ]
    extractor = learn(examples)
    assert Directory(extractor, {}, open_examples(extractor, 6)).lists == frozenset()
    assert directory().lists == {"ads"}
