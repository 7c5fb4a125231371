"""Steps of a selector as XPath, which libxml2 runs in C.

The last step is looked for in the whole tree and the steps before it are verified upwards from what it finds, as
browsers match CSS: the time grows with the page and not with its square. Steps tied by ``child`` alone go downwards.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

from lxml import etree

if TYPE_CHECKING:
    from learner.selectors import Step

FROM_BODY: Final = "self::body"
"""How an expression begins that is to be run on the page's one body: nothing has to be searched for it."""
# A name with a colon would be read as one of a namespace; HTML has such names without any.
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_PRINTABLE: Final = re.compile(r"[^\x00-\x1f\ud800-\udfff\ufffe\uffff]*")


def expression(steps: Sequence[Step]) -> str:
    """The XPath from the root element, or from the body (see FROM_BODY), to what the steps lead to.

    Empty when XPath can't say it.
    """
    if not all(map(_sayable, steps)):
        return ""
    if all(step.child for step in steps[1:]):
        if steps[0].tag == "body" and not steps[0].position:
            return "/".join([FROM_BODY + _conditions(steps[0]), *map(_below, steps[1:])])
        return "/".join([_anywhere(steps[0]), *map(_below, steps[1:])])
    return _anywhere(steps[-1]) + _above(steps, len(steps) - 1)


class Search:
    """An XPath that gives elements in document order, ready to be run on many pages."""

    def __init__(self, path: str) -> None:
        self._run = etree.XPath(path, regexp=False, smart_strings=False)

    def __call__(self, context: etree._Element) -> list[etree._Element]:
        """The elements that the XPath leads to from the context."""
        return cast("list[etree._Element]", self._run(context))


@lru_cache(maxsize=1_024)
def search(path: str) -> Search:
    """The search for an expression, made once."""
    return Search(path)


def _sayable(step: Step) -> bool:
    name, _, text = step.attribute
    return (
        (not step.tag or _NAME.fullmatch(step.tag) is not None)
        and (not name or _NAME.fullmatch(name) is not None)
        and (bool(step.tag) or not step.position)
        and all(_PRINTABLE.fullmatch(part) for part in (text, *step.classes))
    )


def _anywhere(step: Step) -> str:
    return f"descendant-or-self::{step.tag or '*'}{_conditions(step)}{_place(step)}"


def _below(step: Step) -> str:
    """A child: XPath's own numbers count the children of the tag, as positions do."""
    number = ""
    if step.position:
        number = f"[{step.position}]" if step.position > 0 else f"[last(){step.position + 1 or ''}]"
    return f"{step.tag or '*'}{number}{_conditions(step)}"


def _above(steps: Sequence[Step], at: int) -> str:
    if at == 0:
        return ""
    axis, step = "parent" if steps[at].child else "ancestor", steps[at - 1]
    return f"[{axis}::{step.tag or '*'}{_conditions(step)}{_place(step)}{_above(steps, at - 1)}]"


def _conditions(step: Step) -> str:
    # Most elements fail the plain search for the text, which is much the cheaper test. To test the attribute's own
    # node is cheaper than to have a string made of it for every element.
    parts = [
        f"[@class[contains(.,{_quoted(token)})][contains(concat(' ',normalize-space(.),' '),{_quoted(f' {token} ')})]]"
        for token in step.classes
    ]
    name, operator, text = step.attribute
    if name:
        parts.append(f"[@{name}={_quoted(text)}]" if operator == "=" else f"[@{name}[contains(.,{_quoted(text)})]]")
    return "".join(parts)


def _place(step: Step) -> str:
    """The step's position by its siblings, of which no more are looked at than the position tells."""
    if not step.position:
        return ""
    sibling, others = f"{'preceding' if step.position > 0 else 'following'}-sibling::{step.tag}", abs(step.position) - 1
    return (f"[{sibling}[{others}]]" if others else "") + f"[not({sibling}[{others + 1}])]"


def _quoted(text: str) -> str:
    if '"' not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    return "concat(" + ",'\"',".join(f'"{part}"' for part in text.split('"')) + ")"
