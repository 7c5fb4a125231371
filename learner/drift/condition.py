"""What a page is when it is none of its template: soft 404, login, consent, captcha, block, error, cut off, empty.

A condition is told by what the page says where pages say what they are (title, first heading, the little text
there is), by its structure (a password field, a challenge, elements never closed), and by how pages of the template
look. A page on which the extractor vouches for what it always finds is a page of the template, whatever it says:
an article may be about captchas. So only pages that fail are looked at, and those that end in the middle.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Protocol

from lxml import etree

from learner.drift import wordings
from learner.errors import PageRejected
from learner.pages.page import HIDDEN_TAGS, Document, decode, parse, text_of

EMPTY = "empty"
TRUNCATED = "truncated"
CAPTCHA = "captcha"
BLOCKED = "blocked"
SERVER_ERROR = "server_error"
SOFT_404 = "soft_404"
LOGIN = "login"
CONSENT = "consent"
LANGUAGE = "language"

CONDITIONS: Final = (EMPTY, CAPTCHA, BLOCKED, SERVER_ERROR, SOFT_404, LOGIN, CONSENT, TRUNCATED, LANGUAGE)

MUCH: Final = 150  # words of running text from which on a page is more than a notice
FEW: Final = 60  # words of all kinds that a notice without chrome has at most
HEADLINE: Final = 12  # words that a heading which names a condition has at most
LINKS: Final = 20  # links that a page in place of the site has at most
LOOKED_AT: Final = 5  # examples


class Seen(Protocol):
    """An extraction, as far as it tells whether the page is one of the template."""

    @property
    def item(self) -> Mapping[str, Any]: ...
    @property
    def items(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def abstained(self) -> Mapping[str, str]: ...
    @property
    def expected(self) -> frozenset[str]: ...


class Shown(Protocol):
    """A page, or an example."""

    @property
    def url(self) -> str: ...
    @property
    def html(self) -> bytes | str: ...


_WORDINGS: Final = {
    CAPTCHA: wordings.CAPTCHA,
    BLOCKED: wordings.BLOCKED,
    SERVER_ERROR: wordings.SERVER_ERROR,
    SOFT_404: wordings.SOFT_404,
    LOGIN: wordings.LOGIN,
    CONSENT: wordings.CONSENT,
}
_CHALLENGE: Final = re.compile(
    r"recaptcha|hcaptcha|h-captcha|turnstile|cf-chl|cf_chl|challenge-(?:platform|form|running|error)|captcha-delivery"
    r"|px-captcha|funcaptcha|arkoselabs|geetest|friendly-?captcha|mtcaptcha|awswaf|smart-?captcha|captcha",
    re.IGNORECASE,
)
_LOGIN_PATH: Final = re.compile(r"/(?:log-?in|sign-?in|auth|sso|anmelden|connexion)\b", re.IGNORECASE)
_SEGMENTS: Final = re.compile(r"\s+[|–—·»:-]+\s+|[|»]")
_UNPARTED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")  # kana, ideographs, Thai
_APART: Final = frozenset(("a", "nav", "header", "footer", "aside", "button", "select", "option", "label"))
_CLOSED: Final = "main div section article header footer nav aside table ul ol dl form h1 h2 h3 a span".split()
_TAG: Final = re.compile(rf"<(/?)({'|'.join(_CLOSED)})\b[^<>]*?(/?)>")
_OPAQUE: Final = re.compile(r"<(!--|script|style|textarea)(?=[\s>-])")
_TAIL: Final = 4_000  # characters at the end in which a page is closed


@dataclass(frozen=True, slots=True)
class Usual:
    """How pages of a template look, as far as it tells what is none.

    ``closed``: all examples end as pages end; ``languages``: theirs; ``conditions``: those that an example itself
    would be taken for, and that are not asked for.
    """

    closed: bool = False
    languages: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()

    @classmethod
    def of(cls, examples: Iterable[Shown]) -> Usual:
        """What the first few examples have in common."""
        looks = []
        for example in list(examples)[:LOOKED_AT]:
            try:
                looks.append(_Look(example.html, example.url))
            except PageRejected:
                continue
        if not looks:
            return cls()
        languages = {look.language for look in looks}
        return cls(
            closed=all(_ends(look.html) for look in looks),
            languages=frozenset() if "" in languages else frozenset(languages),
            conditions=frozenset(name for look in looks for name in _named(look, cls())),
        )


def condition(html: bytes | str, url: str, extraction: Seen | None = None, usual: Usual | None = None) -> str:
    """The name of what the page is instead of one of its template; empty for a page of it.

    ``extraction`` is what the template's extractor gave on it. Raises nothing: a page that can't be parsed has the
    reason of PageRejected.
    """
    usual = usual or Usual()
    found, needed = _vouched(extraction) if extraction is not None else (frozenset(), frozenset())
    half = bool(needed) and 2 * len(found) >= len(needed)
    whole = bool(needed) and found >= needed
    cut = usual.closed and extraction is not None and _may_lack(extraction) and not _ends(html)
    if (whole and not cut) or (half and not usual.closed and not usual.languages):
        return ""
    try:
        look = _Look(html, url)
    except PageRejected as error:
        return error.reason
    told = (name for name in _named(look, usual) if name not in usual.conditions)
    if whole:
        told = (name for name in told if name == TRUNCATED)
    elif half:
        told = (name for name in told if name in (TRUNCATED, LANGUAGE))
    return next(told, "")


def _may_lack(extraction: Seen) -> bool:
    """Whether a page that was cut off may have shown more: an optional field, more values, more records."""
    several = any(isinstance(value, list) for value in extraction.item.values())
    return bool(extraction.abstained or extraction.items) or several


def _ends(html: bytes | str) -> bool:
    """Whether the page ends as pages end."""
    if isinstance(html, bytes):
        tail = html[-_TAIL:].lower()
        return b"</html>" in tail or b"</body>" in tail
    return "</html>" in html[-_TAIL:].lower() or "</body>" in html[-_TAIL:].lower()


def in_words(counts: Mapping[str, int]) -> str:
    """Conditions with their counts, the most frequent first: ``captcha 38, login 2``."""
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=lambda entry: -entry[1]))


def names_condition(text: str) -> bool:
    """Whether a short text is one that names a condition ("Page not found"), and not a value."""
    if len(text) > 20 * HEADLINE:
        return False
    text = _plain(text)
    return words_in(text) <= HEADLINE and any(wording.search(text) for wording in _WORDINGS.values())


def _vouched(extraction: Seen) -> tuple[frozenset[str], frozenset[str]]:
    """The fields that were vouched for, of those that the page needs. "Page not found" as a title is none, unless
    other fields are all there."""
    values: dict[str, Any] = {name: value for record in extraction.items for name, value in record.items()}
    values.update(extraction.item)
    needed = extraction.expected or frozenset((*values, *extraction.abstained))
    given = {name: value for name, value in values.items() if name in needed}
    if len(given) == len(needed) and any(not _names_condition(value) for value in given.values()):
        return needed, needed
    return frozenset(name for name, value in given.items() if not _names_condition(value)), needed


def _names_condition(value: Any) -> bool:
    return isinstance(value, str) and names_condition(value)


def _named(look: _Look, usual: Usual) -> Iterator[str]:
    """The conditions that the page shows, the most certain first."""
    if look.is_empty:
        yield EMPTY
    if look.prose < MUCH:
        for name, tell in _TELLS.items():
            if tell(look):
                yield name
    if usual.closed and look.is_cut_off:
        yield TRUNCATED
    if usual.languages and look.language and look.language not in usual.languages:
        yield LANGUAGE


class _Look:
    """A page as a reader sees it at first glance. Raises PageRejected."""

    def __init__(self, html: bytes | str, url: str) -> None:
        self.document: Document = parse(html, url)
        self.html = html
        self.url = url
        self.words = self.prose = self.covered = self.links = 0
        self.passwords = self.inputs = 0
        self.challenged = False
        self.buttons: list[str] = []
        self.texts: list[str] = []
        self._headings: dict[str, list[str]] = {"h1": [], "h2": [], "h3": []}
        self._read(self.document.root)

    def _read(self, root: etree._Element) -> None:
        document = self.document
        apart: dict[etree._Element, bool] = {}
        opaque: dict[etree._Element, bool] = {}
        for element in root.iter():
            tag = element.tag
            if not isinstance(tag, str):
                continue
            parent = element.getparent()
            apart[element] = tag in _APART or (parent is not None and apart.get(parent, False))
            opaque[element] = tag in HIDDEN_TAGS or (parent is not None and opaque.get(parent, False))
            self._structure(element, tag)
            hidden = document.is_hidden(element)
            if hidden and not opaque[element]:
                self.covered += words_in(element.text or "")
            pieces = [] if hidden else [(element.text, apart[element])]
            if parent is not None and not document.is_hidden(parent):
                pieces.append((element.tail, apart.get(parent, False)))
            for text, aside in pieces:
                if text and (words := words_in(text)):
                    self.words += words
                    self.prose += 0 if aside else words
                    if not aside and len(self.texts) < 200:
                        self.texts.append(text)
            if not hidden and tag in self._headings and len(self._headings[tag]) < 6:
                self._headings[tag].append(_plain(text_of(element)))
            if not hidden and tag in ("button", "a") and len(self.buttons) < 100:
                self.buttons.append(_plain(text_of(element)))

    def _structure(self, element: etree._Element, tag: str) -> None:
        if tag == "a":
            self.links += 1
        elif tag == "input":
            kind = (element.get("type") or "text").lower()
            if kind in ("submit", "button"):
                self.buttons.append(_plain(element.get("value") or ""))
            self.passwords += kind == "password"
            self.inputs += kind in ("text", "email", "tel")
        if not self.challenged and tag in ("iframe", "script", "div", "form", "input", "img", "link"):
            shown = " ".join(element.get(name) or "" for name in ("src", "class", "id", "name", "action"))
            self.challenged = _CHALLENGE.search(shown) is not None

    @cached_property
    def headlines(self) -> list[str]:
        """The parts of the title, and the headings of the highest rank there is, those that are short."""
        title = self.document.root.find(".//title")
        whole = _plain(title.text or "") if title is not None else ""
        headings: list[str] = next((texts for texts in self._headings.values() if texts), [])
        return [text for text in (*_SEGMENTS.split(whole), *headings) if text and words_in(text) <= HEADLINE]

    @cached_property
    def text(self) -> str:
        """The running text, its beginning."""
        return _plain(" ".join(self.texts))[:1_500]

    def says(self, name: str, *, few: bool) -> bool:
        """Whether the page names the condition: in a headline, or, being one of ``few`` words, in its text."""
        wording = _WORDINGS[name]
        return any(wording.search(line) for line in self.headlines) or (few and wording.search(self.text) is not None)

    @cached_property
    def is_empty(self) -> bool:
        """Nothing to read: no text, not even covered text or embedded data, or only that scripts are needed."""
        waits = self.words <= HEADLINE and wordings.NEEDS_SCRIPT.search(self.text) is not None
        return (self.words <= 1 or waits) and self.covered <= 1 and not self.document.data

    @cached_property
    def _source(self) -> str:
        return self.html if isinstance(self.html, str) else decode(self.html)

    @cached_property
    def is_cut_off(self) -> bool:
        """The end is missing, and what was begun before it is not closed."""
        if _ends(self.html):
            return False
        text = _without_opaque(self._source.lower())
        if text is None or text.rfind("<") > text.rfind(">"):
            return True
        unclosed: Counter[str] = Counter()
        for closing, tag, empty in _TAG.findall(text):
            if not empty:
                unclosed[tag] += -1 if closing else 1
        return any(count > 0 for count in unclosed.values())

    @cached_property
    def language(self) -> str:
        """The language the page is written in: told by its script or its small words; empty if not told."""
        return language_of(" ".join(self.texts))


def _without_opaque(text: str) -> str | None:
    """The source without comments, scripts and styles, in which tags are no tags; None when one of them never ends."""
    pieces, end = [], 0
    while opening := _OPAQUE.search(text, end):
        pieces.append(text[end : opening.start()])
        closing = "-->" if opening.group(1) == "!--" else f"</{opening.group(1)}"
        found = text.find(closing, opening.end())
        if found < 0:
            return None
        end = found + len(closing)
    return "".join([*pieces, text[end:]])


def _is_captcha(look: _Look) -> bool:
    says = look.says(CAPTCHA, few=look.words <= 2 * FEW)
    return (says and (look.challenged or look.links <= LINKS)) or (look.challenged and look.words <= FEW // 2)


def _is_login(look: _Look) -> bool:
    says = look.says(LOGIN, few=look.words <= FEW)
    asks = look.passwords > 0 or (look.inputs > 0 and look.words <= 2 * FEW)
    return (says and asks) or (look.passwords > 0 and _LOGIN_PATH.search(look.url) is not None)


def _is_consent(look: _Look) -> bool:
    others = [line for line in look.headlines if not _WORDINGS[CONSENT].search(line)]
    says = look.says(CONSENT, few=look.words <= FEW) and len(others) <= 2
    agrees = any(words_in(text) <= 5 and wordings.AGREE.search(text) for text in look.buttons)
    return says and agrees and look.links <= LINKS


def _is_notice(name: str) -> Callable[[_Look], bool]:
    return lambda look: look.says(name, few=look.words <= FEW)


_TELLS: Final = {
    CAPTCHA: _is_captcha,
    BLOCKED: _is_notice(BLOCKED),
    SERVER_ERROR: _is_notice(SERVER_ERROR),
    SOFT_404: _is_notice(SOFT_404),
    LOGIN: _is_login,
    CONSENT: _is_consent,
}

_SCRIPTS: Final = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
)
_LANGUAGES: Final[dict[str, frozenset[str]]] = {
    name: frozenset(words.split()) for name, words in wordings.SMALL_WORDS.items()
}
TOLD_FROM: Final = 40  # words
TOLD_BY: Final = 0.12  # share of them that are small words of the language
SEVERAL: Final = 6  # different ones of these


def language_of(text: str) -> str:
    """The language of a text (``en``, ``de``...), by its script or its small words; empty if it can't be told."""
    text = text[:20_000].lower()
    letters = sum(map(str.isalpha, text))
    if letters < 100:
        return ""
    for name, script in _SCRIPTS:
        if len(script.findall(text)) > 0.3 * letters:
            return name
    words = re.findall(r"[^\W\d_]+", text)
    if len(words) < TOLD_FROM:
        return ""
    counts = Counter(words)
    shares = sorted(
        ((sum(counts[word] for word in small) / len(words), name) for name, small in _LANGUAGES.items()), reverse=True
    )
    (best, name), (second, _) = shares[:2]
    several = sum(word in counts for word in _LANGUAGES[name]) >= SEVERAL
    return name if several and best >= TOLD_BY and best >= 1.6 * second else ""


def _plain(text: str) -> str:
    return wordings.plain(text[:5_000])


def words_in(text: str) -> int:
    """How many words the text has. Where none are parted by spaces, two characters are about one."""
    return len(text.split()) + (0 if text.isascii() else len(_UNPARTED.findall(text)) // 2)
