"""Page types as a spider declares them, and the parts that are learned one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Template:
    """A family of pages with one structure.

    ``fields``: what an item has. ``follow``: link field -> template of the pages it leads to. ``many``: the page shows
    several items, a teacher returns them as a list under "items". ``key``: the field that tells items apart.
    ``fixed``: the teacher's selectors stay in charge; nothing is recorded or learned.
    """

    fields: tuple[str, ...] = ()
    follow: Mapping[str, str] = field(default_factory=dict)
    many: bool = False
    key: str | None = None
    fixed: bool = False

    def parts(self, name: str) -> tuple[Part, ...]:
        """What is learned of this template named ``name``: items of a list page and its links are two matters."""
        links = tuple(self.follow)
        if not self.many:
            return (Part(name, self.fields + tuple(link for link in links if link not in self.fields)),)
        records = Part(name, self.fields, many=True)
        return (records, Part(links_of(name), links)) if links else (records,)


@dataclass(frozen=True, slots=True)
class Part:
    """What one learned program answers: the store knows it by ``name`` as a template."""

    name: str
    fields: tuple[str, ...]
    many: bool = False


def links_of(template: str) -> str:
    """The name of the part that answers the links of a template whose pages show several items."""
    return f"{template}-links"
