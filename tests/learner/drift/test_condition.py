"""What is no page of its template is told by name, and a page of it is never taken for something else."""

from __future__ import annotations

import time
from functools import lru_cache

import pytest
from core_tools import TEMPLATES, example, fixture_example, fixture_pages

from fixtures.broken import BROKEN, HTML, Answer, spoiled
from learner import Extractor, learn
from learner.drift.condition import Usual, condition, language_of, names_condition

KINDS = {
    "blank": "empty",
    "soft_404": "soft_404",
    "soft_404_inside": "soft_404",
    "login": "login",
    "login_inside": "login",
    "captcha": "captcha",
    "consent": "consent",
    "blocked": "blocked",
    "blocked_inside": "blocked",
    "error_200": "server_error",
    "error_200_inside": "server_error",
    "server_error": "server_error",
    "truncated": "truncated",
}
DETAILS = [pair for pair in TEMPLATES if pair[1] in ("product", "article")]
URL = "http://site.test/things/9"


@lru_cache
def learned(site: str, template: str) -> tuple[Extractor, Usual]:
    examples = [fixture_example(page) for page in fixture_pages(site, template)[:6]]
    return learn(examples), Usual.of(examples)


def told(html: bytes | str, site: str, template: str, url: str = URL) -> str:
    """What the page is taken for by the extractor of the template."""
    extractor, usual = learned(site, template)
    extraction = extractor.read(html, url)
    return extraction.reason or condition(html, url, extraction, usual)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("site", "template"), DETAILS)
def test_each_condition_by_name(site: str, template: str, kind: str) -> None:
    for page in fixture_pages(site, template)[6:9]:
        broken = spoiled(kind, Answer(200, HTML, page.html.encode()))
        assert told(broken.body, site, template) == KINDS[kind]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("truncated", "server_error")])
@pytest.mark.parametrize(("site", "template"), TEMPLATES)
def test_without_an_extractor(site: str, template: str, kind: str) -> None:
    page = fixture_pages(site, template)[3]
    broken = spoiled(kind, Answer(200, HTML, page.html.encode()))
    assert condition(broken.body, URL) == KINDS[kind]


@pytest.mark.parametrize("design", [1, 2, 3])
@pytest.mark.parametrize(("site", "template"), TEMPLATES)
def test_pages_of_any_design_are_pages(site: str, template: str, design: int) -> None:
    for page in fixture_pages(site, template, design)[:30]:
        assert told(page.html, site, template, f"http://site.test{page.path}") == ""
        assert condition(page.html, URL) == ""


PRODUCT = """<html><head><title>{title} | Hearth</title></head><body><div class="cookies"><h2>We value your privacy</h2>
<p>We and our partners use cookies.</p><button>Accept all</button><button>Reject all</button></div>
<header><a href="/">Home</a><a href="/login">Log in</a><form action="/login"><input name="user">
<input type="password" name="password"><button>Log in</button></form></header>
<h1>{title}</h1><p>{price}</p><p>{text}</p><footer><a href="/privacy">Privacy settings</a></footer></body></html>"""
ARTICLE = "<html><head><title>{title} - The Paper</title></head><body><h1>{title}</h1>{text}</body></html>"
LONG = (
    "<p>"
    + "Last year a study of four hundred sites found that people solve fewer of them than machines do. " * 12
    + "</p>"
)


@pytest.mark.parametrize(
    "html",
    [
        PRODUCT.format(title="Blue chair", price="£40.00", text="Oak and wool."),
        PRODUCT.format(title="Error", price="", text="A short page with little on it."),
        PRODUCT.format(title="Cookie jar", price="£9.00", text="Holds two dozen. Enter the kitchen with pride."),
        ARTICLE.format(title="Why every captcha fails", text=LONG),
        ARTICLE.format(title="Access denied: how towns lost their libraries", text=LONG),
        ARTICLE.format(title="Page not found", text=LONG),
        ARTICLE.format(title="Log in, log out: a diary", text=LONG),
        "<html><body><h1>Results</h1><p>No decisions this week.</p></body></html>",
    ],
)
@pytest.mark.parametrize("design", ["", "shop", "articles"])
def test_pages_that_speak_of_conditions_are_pages(html: str, design: str) -> None:
    """Without an extractor, and with one that finds nothing on the page: a redesign must not be taken for a notice."""
    template = {"shop": "product", "articles": "article"}.get(design, "")
    assert (told(html, design, template) if design else condition(html, URL)) == ""


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("", "empty"),
        ("<noscript><p>You need to enable JavaScript to run this app.</p></noscript><div id=app></div>", "empty"),
        ("<p>Loading...</p>", "empty"),
        ("<div style='display: none'><h1>Blue chair</h1><p>Shown when all is loaded</p></div>", ""),
        ('<script type=\'application/ld+json\'>{"name": "Blue chair"}</script><div id=app></div>', ""),
    ],
)
def test_empty_pages(body: str, named: str) -> None:
    assert condition(f"<html><head><title>Hearth</title></head><body>{body}</body></html>", URL) == named


def test_a_page_that_the_extractor_vouches_for_is_one() -> None:
    page = fixture_pages("shop", "product")[8]
    html = page.html.replace(
        "</header>", "</header><h1>Access denied</h1><h2>Sign in</h2><p>Please verify you are human</p>"
    )
    assert told(html, "shop", "product") == ""


@pytest.mark.parametrize("site", ["records", "articles"])
def test_a_list_that_ends_in_the_middle_has_lost_records_or_links(site: str) -> None:
    html = fixture_pages(site, "list")[3].html
    assert told(html[: len(html) // 2], site, "list") == "truncated"


@pytest.mark.parametrize(
    ("title", "named"), [("Just a moment...", "captcha"), ("Sign in", "login"), ("Oak table", ""), ("404", "soft_404")]
)
def test_a_title_that_names_a_condition_vouches_for_nothing(title: str, named: str) -> None:
    """A template of nothing but a title would have "Sign in" as a value."""
    made = "<html><head><title>{0}</title></head><body><h1>{0}</h1><p>Some words.</p></body></html>".format
    names = ("Blue chair", "Lamp", "Green door")
    extractor = learn([example(made(name), n, title=name) for n, name in enumerate(names)])
    html = made(title).replace("Some words.", 'Continue <form><input type="password"></form>')
    extraction = extractor.read(html, URL)
    assert extraction.item == {"title": title}
    assert condition(html, URL, extraction, Usual.of(extractor.examples)) == named


def test_a_condition_that_examples_have_is_not_asked_for() -> None:
    """The template may be one of notices."""
    notice = BROKEN["soft_404"].body
    usual = Usual.of([example(notice.decode(), title="Sorry")])
    assert usual.conditions == {"soft_404"}
    assert condition(notice, URL, None, usual) == ""


@pytest.mark.parametrize(("path", "named"), [("/account/login?next=/p/1", "login"), ("/p/1", "")])
def test_where_a_redirect_led_to(path: str, named: str) -> None:
    form = "<form><p>Your number</p><input><p>Your word</p><input type=password></form>"
    html = f"<html><head><title>Hearth</title></head><body><h1>Hearth</h1>{form}</body></html>"
    assert condition(html, f"http://site.test{path}") == named


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("the cat of the house is on the roof and it was not there in the morning " * 5, "en"),
        ("die Katze ist auf dem Dach und das Haus ist nicht mit der Straße zu sehen " * 5, "de"),
        ("le chat est sur le toit et la maison ne se voit pas dans la rue avec des amis " * 5, "fr"),
        ("кошка сидит на крыше дома и смотрит на улицу " * 5, "ru"),
        ("屋根の上に猫がいます。" * 12, "ja"),
        ("blue chair oak table 12.50 in stock", ""),
        ("2021 IL 125 Opinion Rule Court Order State " * 20, ""),
        ("Blue Oak Table Lamp Wool Chair " * 30, ""),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert language_of(text) == language


def test_another_language_where_the_extractor_fails() -> None:
    old, new = (fixture_pages("articles", "article", design)[8].html.encode() for design in (1, 2))
    german = [spoiled("language", Answer(200, HTML, html)).body for html in (old, new)]
    assert [told(html, "articles", "article") for html in german] == ["", "language"]


@pytest.mark.parametrize(
    ("text", "names"), [("Page not found", True), ("Seite nicht gefunden", True), ("Blue chair", False), (LONG, False)]
)
def test_values_that_name_a_condition(text: str, names: bool) -> None:
    assert names_condition(text) == names


@pytest.mark.parametrize(
    "unit", ["<script>", "<!--", "<a href=x>404 ", "<h1>404</h1>", "<p>page ", "<form><input type=password>", "<"]
)
def test_hostile_pages_are_judged_in_bounded_time(unit: str) -> None:
    began = time.process_time()
    condition("<html><body>" + unit * (100_000 // max(1, unit.count("<"))), URL, None, Usual(closed=True))
    assert time.process_time() - began < 6
