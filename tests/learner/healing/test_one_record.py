"""List pages of which each example has one record: those of a new design have one, too, whatever else they show."""

from __future__ import annotations

from learner import Example, Page, heal, learn

HOST = "http://films.example"
TITLES = (
    "Silent Harbour",
    "Paper Summer",
    "Broken Witness",
    "Winter Kingdom",
    "Velvet Station",
    "Northern Signal",
    "Golden Promise",
    "Burning Orchard",
    "Hollow Empire",
    "Distant Garden",
)


def url(number: int) -> str:
    return f"{HOST}/film/{number}"


def year(number: int) -> int:
    return 1961 + 5 * number


def others(number: int) -> list[int]:
    return [other % len(TITLES) for other in range(number + 1, number + 5)]


def old(number: int) -> str:
    more = "".join(f"<li><a href=/film/{n}>{TITLES[n]}</a> <i>{year(n)}</i></li>" for n in others(number))
    return (
        f"<html><body><main><h1 class=t>{TITLES[number]}</h1><p class=y>{year(number)}</p>"
        f"<a class=full href=/film/{number}/credits>Credits</a></main><ul class=more>{more}</ul></body></html>"
    )


def new(number: int) -> str:
    more = "".join(f"<tr><td><a href=/movies/{n}>{TITLES[n]}</a><td>{year(n)}</tr>" for n in others(number))
    return (
        f"<html><body><div id=top><h2>{TITLES[number]}</h2><span>made in {year(number)}</span>"
        f"<a href=/movies/{number}/people>Crew</a></div><table class=x>{more}</table></body></html>"
    )


def test_pages_are_healed_into_one_record_each() -> None:
    records = {
        number: {"title": title, "year": year(number), "url": f"{url(number)}/credits"}
        for number, title in enumerate(TITLES)
    }
    examples = [Example(url(number), old(number), items=[record]) for number, record in records.items()]
    repair = heal(learn(examples), [Page(url(number), new(number)) for number in records])
    assert repair.promoted
    assert [len(label.items or ()) for label in repair.labels] == [1] * len(repair.labels)
    for number, record in records.items():
        (found,) = repair.extractor.read(new(number), url(number)).items
        assert found["title"] == record["title"]
        assert found.get("year", record["year"]) == record["year"]
        assert found.get("url", f"{HOST}/movies/{number}/people") == f"{HOST}/movies/{number}/people"
