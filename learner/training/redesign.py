"""Simulated redesigns: the same values in a page that looks as if somebody had built it anew.

Classes and ids get new names (some keep a word, some become hashes), tags change, elements are wrapped and
unwrapped, blocks change places, semantic attributes and embedded data vanish, labels change their wording,
banners appear. The texts stay as they are, labels that end in a colon excepted.
"""

from __future__ import annotations

import copy
import random
import re
from typing import Final

from lxml import etree

from learner.network.features import split_name
from learner.pages.page import BLOCK_TAGS, parse

STRONG: Final = 0.7

_WORDS: Final = (
    "box panel wrap wrapper inner outer content block item row col grid card module section group body main text meta"
    " info detail summary widget component layout container element media primary secondary top bottom left stack unit"
    " view page entry field label value list area region holder frame cell tile strip pane core base"
)
_NEW_WORDS: Final = _WORDS.split()
_SYNONYMS: Final = {
    "title": "heading headline name",
    "headline": "title heading",
    "author": "byline writer contributor",
    "byline": "author credit",
    "date": "time published timestamp",
    "time": "date",
    "price": "cost amount",
    "ingredient": "component item",
    "instruction": "step direction method",
    "step": "instruction direction",
    "direction": "instruction method",
    "image": "photo picture img",
    "photo": "image picture",
    "description": "summary intro dek",
    "summary": "description excerpt",
    "body": "content text",
    "content": "body text",
    "article": "story post entry",
    "post": "article entry",
    "recipe": "dish",
    "list": "items collection",
    "link": "url more",
    "tag": "topic category keyword",
    "category": "topic section",
}
_SWAPS: Final = {
    "div": ("section", "article", "div", "main"),
    "section": ("div", "article"),
    "article": ("div", "section"),
    "span": ("div", "em", "strong", "b"),
    "p": ("div", "p"),
    "h1": ("h2", "h1", "div"),
    "h2": ("h1", "h3", "div"),
    "h3": ("h2", "h4", "strong"),
    "h4": ("h3", "h5", "strong"),
    "h5": ("h4", "div"),
    "strong": ("b", "span"),
    "b": ("strong", "span"),
    "em": ("i", "span"),
    "time": ("span", "div"),
    "header": ("div", "section"),
    "footer": ("div", "section"),
    "aside": ("div", "section"),
    "main": ("div", "section"),
    "nav": ("div", "nav"),
    "figure": ("div",),
}
_FAMILIES: Final = (
    {"ul": "div", "ol": "div", "li": "div"},
    {"ul": "ol", "ol": "ul"},
    {"ul": "section", "ol": "section", "li": "p"},
    {"dl": "div", "dt": "strong", "dd": "div"},
    {"dl": "table", "dt": "th", "dd": "td"},
)
_TABLES: Final = (
    {"table": "div", "tbody": "div", "thead": "div", "tr": "div", "td": "span", "th": "strong"},
    {"table": "ul", "tbody": "div", "thead": "div", "tr": "li", "td": "div", "th": "div"},
    {"table": "section", "tbody": "div", "thead": "div", "tr": "article", "td": "p", "th": "h4"},
)
_SEMANTIC: Final = ("itemprop", "itemscope", "itemtype", "property", "typeof", "role", "rel", "aria-label")
_NOISE: Final = (
    "Sign up for our newsletter",
    "Advertisement",
    "Related stories",
    "Share this page",
    "Cookie settings",
    "Popular today",
    "Recommended for you",
    "Follow us",
    "Download the app",
    "Skip to content",
)
_FIXED: Final = frozenset(("html", "head", "body", "a", "img", "script", "style", "meta", "link", "title", "input"))
_UNWRAPPED: Final = frozenset(("div", "span", "section", "font", "center"))
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_LABEL: Final = re.compile(r"^[^\W\d][^:]{1,24}:\s*$")
_CLASS: Final = re.compile(r"\S+")


def redesign(page: etree._Element | str | bytes, seed: int, strength: float = 0.5) -> str:
    """The page in a simulated new design, as HTML; the page given is left as it is.

    ``strength`` runs from 0 (nothing changes) to 1; the same seed and strength give the same design, also of
    another page of the template: names are mapped by the seed alone. Raises PageRejected when the page can't be read.
    """
    root = copy.deepcopy(page) if isinstance(page, etree._Element) else parse(page, "http://localhost/").root
    if strength > 0:
        _Redesign(random.Random(f"{seed} {strength}"), seed, strength).change(root)
    return etree.tostring(root, encoding="unicode", method="html")


class _Redesign:
    """One new design: what is decided once for all pages, and the random choices within a page."""

    def __init__(self, chance: random.Random, seed: int, strength: float) -> None:
        self._chance = chance
        self._seed = seed
        self._strength = strength
        self._hashed = chance.random() < 0.25 * strength
        self._keeps_words = chance.random() < 0.8
        self._separator = chance.choice(("-", "_", "__", "-"))
        self._classes: dict[str, str] = {}
        self._tags: dict[str, str] = {}
        for tag, others in _SWAPS.items():
            if chance.random() < strength * 0.5:
                self._tags[tag] = chance.choice(others)
        if chance.random() < strength * 0.35:
            self._tags.update(chance.choice(_FAMILIES))
        if chance.random() < strength * 0.3:
            self._tags.update(chance.choice(_TABLES))
        self._drops_semantics = chance.random() < strength * 0.6
        self._drops_data = chance.random() < strength * 0.5
        self._drops_meta = chance.random() < strength * 0.35
        self._label = chance.choice((_keep, _keep, str.upper, str.lower, str.title, _without_colon))
        self._relabels = chance.random() < strength * 0.5

    def change(self, root: etree._Element) -> None:
        elements = [element for element in root.iter() if isinstance(element.tag, str)]
        for element in elements:
            self._rename(element)
        self._forget(root)
        body = root.find("body")
        if body is None:
            return
        self._restructure(body)
        self._reorder(body)
        self._insert_noise(body)

    def _rename(self, element: etree._Element) -> None:
        attributes = element.attrib
        if attributes:
            names = attributes.get("class")
            if names:
                attributes["class"] = _CLASS.sub(lambda found: self._class(found.group()), names)
            identifier = attributes.get("id")
            if identifier:
                if self._fixed(identifier) < self._strength * 0.6:
                    del attributes["id"]
                else:
                    attributes["id"] = self._class(identifier)
            if self._drops_semantics:
                for name in _SEMANTIC:
                    if name in attributes and element.tag not in ("meta", "link"):
                        del attributes[name]
            for name in [key for key in map(str, attributes) if key.startswith("data-")]:
                if self._fixed(name) < self._strength * 0.6 and "src" not in name:
                    del attributes[name]
        tag = self._tags.get(str(element.tag))
        if tag is not None:
            element.tag = "div" if tag == "p" and not _fits_paragraph(element) else tag
        text = element.text
        if self._relabels and isinstance(text, str) and _LABEL.match(text):
            element.text = self._label(text)

    def _fixed(self, name: str) -> float:
        """A number in 0..1 that the name has in this design, on every page."""
        return random.Random(f"{self._seed} {name}").random()

    def _class(self, name: str) -> str:
        known = self._classes.get(name)
        if known is None:
            known = self._classes[name] = self._new_name(name)
        return known

    def _new_name(self, name: str) -> str:
        chance = random.Random(f"{self._seed} class {name}")
        if chance.random() > self._strength * 0.9 + 0.1:
            return name
        if self._hashed or chance.random() < 0.15 * self._strength:
            return chance.choice(("css", "sc", "jsx", "_")) + "-" + "".join(chance.choices(_LETTERS, k=7))
        words = list(split_name(name))
        kept: list[str] = []
        for word in words:
            draw = chance.random()
            if draw < (0.7 if self._keeps_words else 0.25) - 0.2 * self._strength:
                kept.append(word)
            elif draw < 0.7 and word in _SYNONYMS:
                kept.append(chance.choice(_SYNONYMS[word].split()))
        kept += chance.sample(_NEW_WORDS, chance.randint(0 if kept else 1, 2))
        chance.shuffle(kept)
        return self._separator.join(kept)

    def _forget(self, root: etree._Element) -> None:
        if self._drops_data:
            for script in list(root.iter("script")):
                if "json" in (script.get("type") or ""):
                    _drop(script)
        if self._drops_meta:
            for meta in list(root.iter("meta")):
                name = meta.get("property") or meta.get("name") or ""
                if name and self._fixed("meta " + name) < 0.8:
                    _drop(meta)

    def _restructure(self, body: etree._Element) -> None:
        wraps, unwraps = self._strength * 0.06, self._strength * 0.15
        for element in list(body.iter("div", "span", "section", "p", "ul", "article", "h1", "h2", "a")):
            draw = self._chance.random()
            if draw < wraps:
                _wrap(element, self._chance.choice(("div", "span", "section")), self._chance.choice(_NEW_WORDS))
            elif draw < wraps + unwraps and element.tag in _UNWRAPPED and len(element) and element is not body:
                _unwrap(element)

    def _reorder(self, body: etree._Element) -> None:
        for parent in list(body.iter("div", "section", "article", "body", "main", "header", "aside")):
            children = len(parent)
            if 2 <= children <= 12 and self._chance.random() < self._strength * 0.12:
                if any(child.tail and child.tail.strip() for child in parent):
                    continue
                one, other = self._chance.sample(range(children), 2)
                moved = list(parent)
                moved[one], moved[other] = moved[other], moved[one]
                parent[:] = moved

    def _insert_noise(self, body: etree._Element) -> None:
        places = [element for element in body.iter("div", "section", "main", "article", "aside") if len(element)]
        for _ in range(round(self._strength * self._chance.randint(0, 6))):
            parent = self._chance.choice(places) if places else body
            block = etree.Element(self._chance.choice(("div", "aside", "section")))
            block.set("class", self._separator.join(self._chance.sample(_NEW_WORDS, 2)))
            for _ in range(self._chance.randint(1, 3)):
                line = etree.SubElement(block, self._chance.choice(("p", "span", "a", "h3", "li")))
                line.text = self._chance.choice(_NOISE)
            parent.insert(self._chance.randint(0, len(parent)), block)


def _fits_paragraph(element: etree._Element) -> bool:
    """Whether the element can be a p: a parser ends a paragraph where a block begins."""
    if any(inner.tag in BLOCK_TAGS and inner.tag != "br" for inner in element.iterdescendants()):
        return False
    return not any(outer.tag == "p" for outer in element.iterancestors())


def _keep(label: str) -> str:
    return label


def _without_colon(label: str) -> str:
    return label.rstrip().rstrip(":")


def _drop(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is None:
        return
    _append_text(parent, element.getprevious(), element.tail)
    parent.remove(element)


def _append_text(parent: etree._Element, before: etree._Element | None, text: str | None) -> None:
    if not text:
        return
    if before is None:
        parent.text = (parent.text or "") + text
    else:
        before.tail = (before.tail or "") + text


def _wrap(element: etree._Element, tag: str, name: str) -> None:
    parent = element.getparent()
    if parent is None or parent.tag in ("ul", "ol", "table", "tbody", "tr", "dl", "select"):
        return
    around = etree.Element(tag)
    around.set("class", name)
    around.tail, element.tail = element.tail, None
    parent.replace(element, around)
    around.append(element)


def _unwrap(element: etree._Element) -> None:
    """Put the element's content in its place; an element with text of its own stays, its text is a value."""
    parent = element.getparent()
    if parent is None or (element.text and element.text.strip()):
        return
    if any(child.tail and child.tail.strip() for child in element):
        return
    place = parent.index(element)
    tail = element.tail
    children = list(element)
    for offset, child in enumerate(children):
        parent.insert(place + offset, child)
    last: etree._Element | None = children[-1] if children else element.getprevious()
    element.tail = None
    parent.remove(element)
    _append_text(parent, last, tail)
