"""What became of a crawl, by what it counted: the exit code, and the sentence that goes with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from scrapy.crawler import Crawler

from learner.drift.condition import SOFT_404, in_words
from learner.errors import EvergreenError

FINE, FAILED, USAGE, DRIFT = 0, 1, 2, 3
"""Exit codes, of all commands."""
SHARE: Final = 0.1
FEWEST: Final = 3
"""Share and number of pages that can't be used, from which on somebody should look at the site."""
_LOST: Final = {
    "links_not_followed": "{} lost link(s) could not be followed ({}): their requests need what the page does not "
    "show. The log says what.",
    "links_unknown": "{} page(s) lack links that such pages always had ({}), and where they led is not known.",
    "links_unsure": "{} page(s) show links that may be those of such pages ({}). Learned code is not sure enough of "
    "them, and they were not followed.",
    "unsure_items": "{} item(s) of pages that are not known ({}) were not given: the spider's own code finds next to "
    "nothing there, and gives none of some such pages on purpose. The log has one of them.",
    "not_handed_over": "{} value(s) were not handed over with requests ({}): nothing that is learned finds them, and "
    "items lack them.",
    "outdated": "{} value(s) were handed over with lost links as they were when these were last found ({}): nothing "
    "that is learned finds them, and what items make of them may be out of date.",
    "not_built": "{} item(s) could not be built or filled in ({}): their type wants values that the page does not "
    "show. The log says which.",
    "blank": "{} item(s) of pages to which the spider's own links lead no more have nothing of what such items always "
    "have ({}), and nothing is learned of them: they were not given.",
    "lost": "{} time(s) items lack, or say 0 or no of, what only the spider's own code gives, and nothing can be "
    "learned of ({}).",
}
"""What is lost until a person does something, by the statistics that count it."""
_DOUBTED: Final = (
    "{} time(s) items lack what the spider's own code found on no page of this crawl, and learned code is not sure "
    "enough of what it finds there to fill it in ({})."
)
_CUT_OFF: Final = (
    "{} item(s) waited for a repair when a limit closed the crawl, and were not exported. A retrain writes those "
    "that are repaired to a file."
)


def verdict(crawler: Crawler, say: Callable[[str], None]) -> int:
    """The exit code of a crawl that has ended; for any but 0 a sentence is said."""
    stats: Mapping[str, Any] = crawler.stats.get_stats() if crawler.stats else {}
    failure = getattr(crawler.spider, "failure", None)
    if isinstance(failure, EvergreenError):
        say(failure.show())
        return failure.exit_code
    if stats.get("evergreen/state_unusable", 0):
        say(
            f"{crawler.spidercls.name}: the state can't be written or read: nothing is recorded, and no redesign "
            "would be noticed. The log says why.\nNext: scrapy status"
        )
    failed = trouble(stats)
    if failed:
        say(f"{crawler.spidercls.name}: {failed}")
        return FAILED
    drifted, fewer, more = _drifted(stats, crawler.spidercls.name), _fewer(stats), _more(stats)
    if drifted:
        say(f"{crawler.spidercls.name}: " + "\n".join(filter(None, (fewer, more, drifted))))
        return DRIFT
    nothing = _no_item(stats)
    if nothing:
        say(f"{crawler.spidercls.name}: {nothing}\nNext: scrapy status {crawler.spidercls.name}")
        return FAILED
    for told in (_raised(stats), _unusable(stats), fewer, more):
        if told:
            say(f"{crawler.spidercls.name}: {told}\nNext: scrapy status {crawler.spidercls.name}")
            return DRIFT
    # What came is right, but nobody would notice when it no longer is.
    return DRIFT if stats.get("evergreen/state_unusable", 0) else FINE


def _drifted(stats: Mapping[str, Any], name: str) -> str:
    """What the site has changed and nothing has mended, with what to do next; empty if there is no such thing."""
    mend = "Next: mend the spider's selectors"
    told: dict[str, list[str]] = {}
    pending = stats.get("evergreen/drift_pending", 0)
    if pending:
        asked = named(stats, "asked")
        of = "; ".join(f"{template}: {what}" for template, what in named(stats, "drifting").items() if what)
        kept = [f"{pending} template(s) drifted and are not healed{of and f' ({of})'}. What failed is kept."]
        if not stats.get("item_scraped_count", 0) and not named(stats, "fewer"):
            kept = [f"{kept[0]} {_exported(stats)}"]
        if pending > len(asked):
            told[f"Next: scrapy retrain {name}"] = kept
        for template, command in asked.items():
            why = f"A retrain could not heal {template}: a person is asked."
            told[f"Next: {command}"] = [why] if told else [*kept, why]
    for template, following in named(stats, "missing_next").items():
        told.setdefault(f"Next: {following}", []).extend(_missing(stats, template))
    for template, following in named(stats, "scant_next").items():
        told.setdefault(f"Next: {following}", []).append(
            f"No item was made of {stats[f'evergreen/scant/{template}']} page(s) of {template}: little is read of what "
            "the few pages have that were shown. They may be of that template all the same."
        )
    doubted = {
        what: count
        for what, count in named(stats, "doubted").items()
        for template, _, field in [what.rpartition("/")]
        if count and template not in named(stats, "drifting") and field not in named(stats, f"missing/{template}")
    }
    if doubted:
        told.setdefault(mend, []).append(_DOUBTED.format(sum(doubted.values()), _each(doubted)))
    for what, sentence in _LOST.items():
        figures = named(stats, what)
        if figures:
            told.setdefault(mend, []).append(sentence.format(sum(figures.values()), _each(figures)))
    if ended := named(stats, "ended"):
        told.setdefault(mend, []).append(
            "What some pages used to have, only the spider's own code gives, and nothing can be learned of is on none "
            f"any more: {', '.join(f'{what} on none of {pages}' for what, pages in ended.items())}."
        )
    if left := sum(named(stats, "cut_off").values()):
        told.setdefault(f"Next: scrapy retrain {name}", []).append(_CUT_OFF.format(left))
    lost = {kind: pages for kind, pages in named(stats, "lost_links_not_healed").items() if pages}
    if lost:
        told.setdefault(f"{mend}; scrapy status {name} shows what is learned", []).append(
            f"{sum(lost.values())} page(s) lost links that they had before ({_each(lost)}). What they led to was asked "
            "for by memory, new pages behind such links are not found."
        )
    elif stats.get("evergreen/lost_links_not_learned", 0):
        told.setdefault(mend, []).append(
            f"{stats['evergreen/lost_links_not_learned']} page(s) lost links that they had before, of a kind that is "
            "not learned. What they led to was asked for by memory, new pages are not found."
        )
    rules = "Next: let the spider's rules (sitemap_rules) name the addresses that are listed; the log has one of them"
    there, unfollowed = named(stats, "not_listed"), named(stats, "unfollowed")
    if there:
        told.setdefault(rules, []).append(
            f"{sum(there.values())} known page(s) are there, and no list of addresses, such as a sitemap, leads to "
            f"them any more ({_each(there)}). They were asked for by memory, new pages are not found."
        )
    if unfollowed and not stats.get("item_scraped_count", 0):
        told.setdefault(rules, []).append(
            f"{max(unfollowed.values())} addresses are listed, in a sitemap perhaps, and nothing follows them; none of "
            f"the known pages is there any more ({', '.join(unfollowed)}). {_exported(stats)}"
        )
    late = named(stats, "late")
    if late:
        told.setdefault(f"Next: scrapy export {name}", []).append(
            f"{sum(late.values())} value(s) were repaired after their items had been exported without them "
            f"({_each(late)})."
        )
    differ = named(stats, "contradicted")
    if differ:
        told.setdefault(f"{mend}, or, if they are right, scrapy retrain {name} --anew", []).append(
            f"the spider's own code and learned code, which used to agree, say different things ({_each(differ)}). "
            "The spider's values were exported. Look at the site: one of them takes something else for the value."
        )
    disorder = named(stats, "disorder")
    if disorder:
        each = ", ".join(f"{what.partition('/')[2]} on {count} pages" for what, count in disorder.items())
        shown = f"{mend}, or, if they are right, show such a page: scrapy teach URL --spider {name}"
        told.setdefault(shown, []).append(
            f"{each}: the spider's selectors may have changed places. What it found was exported, and is not learned "
            "from."
        )
    return "\n".join("\n".join((*sentences, following)) for following, sentences in told.items())


def _missing(stats: Mapping[str, Any], template: str) -> Iterator[str]:
    """What pages of a template show, or showed, and items lack."""
    missing, still = named(stats, f"missing/{template}"), named(stats, f"still_shown/{template}")
    if missing:
        yield (
            f"Of {stats[f'evergreen/missing_of/{template}']} pages of {template} some have items that lack what the "
            f"pages had that were learned from: {_on(missing)}."
        )
    if pages := stats.get(f"evergreen/lost_pages/{template}", 0):
        yield (
            f"{pages} page(s) of {template} gave items before, still show what was known of them, and give none now "
            f"({stats[f'evergreen/lost_page/{template}']})."
        )
    if still := {name: count for name, count in still.items() if name not in missing}:
        yield f"Items of {template} lack what was known of their pages, which are still there: {_on(still)}."
    rarer = named(stats, f"rarer/{template}")
    if rarer := {name: count for name, count in rarer.items() if name not in {*missing, *still}}:
        yield (
            f"Pages of {template} that have another design than the others lack what these have, or nearly all of it: "
            f"{_on(rarer)}."
        )
    thin = named(stats, f"thinned/{template}")
    if thin := {name: count for name, count in thin.items() if name not in {*missing, *still, *rarer}}:
        yield (
            f"Of {stats[f'evergreen/thinned_of/{template}']} items of the lists of {template} some lack what all such "
            f"items had before a heal: {_on(thin)}."
        )


def _on(pages: Mapping[str, Any]) -> str:
    return ", ".join(f"{field} on {count}" for field, count in pages.items())


def named(stats: Mapping[str, Any], what: str) -> dict[str, Any]:
    """The figures of a family of statistics, by what stands behind its name."""
    start = f"evergreen/{what}/"
    return {name.removeprefix(start): count for name, count in sorted(stats.items()) if name.startswith(start)}


def _each(counts: Mapping[str, Any]) -> str:
    return ", ".join(f"{what} {count}" for what, count in counts.items())


def _unusable(stats: Mapping[str, Any]) -> str:
    """That many pages were none of their template, or showed little of it, or were known and are errors now; empty if
    few were. Pages that are no longer there are no trouble, once nobody misses them any more."""
    errors = named(stats, "errors")
    failed = sum(errors.values())
    pages = _pages(stats) + failed
    reasons = {**named(stats, "refused"), SOFT_404: stats.get("evergreen/missed_pages", 0)}
    reasons = {name: count for name, count in reasons.items() if count}
    refused, scant = sum(reasons.values()), sum(named(stats, "scant").values())
    if refused + scant + failed < max(FEWEST, SHARE * pages):
        return _of_a_kind(stats)
    told = [f"could not be used ({in_words(reasons)})"] if refused else []
    told += [f"showed less than half of what they should ({scant})"] if scant else []
    told += [f"were there before and answer with an error ({in_words(errors)})"] if failed else []
    return f"{refused + scant + failed} of {pages} pages {' or '.join(told)}. {_exported(stats)}"


def _of_a_kind(stats: Mapping[str, Any]) -> str:
    """The same of pages of one kind that were known, where all pages together are many; empty if these are few, too."""
    of = named(stats, "unusable_of")
    lost = {kind: n for kind, n in named(stats, "unusable").items() if n >= max(FEWEST, SHARE * of[kind])}
    told = ", ".join(f"{count} of {of[kind]} pages of {kind}" for kind, count in lost.items())
    return told and f"{told} gave values before and can't be used now: the log has them. {_exported(stats)}"


def _raised(stats: Mapping[str, Any]) -> str:
    """That the spider's own code raised on most pages of a kind, of which nothing came; empty if there are few such."""
    of = named(stats, "watched") | named(stats, "pages")
    least = max(FEWEST, SHARE * _pages(stats))
    raised = {name: count for name, count in named(stats, "raised").items() if count >= max(least, of[name] / 2)}
    told = ", ".join(f"{name} ({count} of {of[name]})" for name, count in raised.items())
    return (
        told
        and f"the spider's own code raised an exception on pages of {told}; nothing came of them. The log has them."
    )


def _pages(stats: Mapping[str, Any]) -> int:
    """How many pages came to the spider, made of templates or only watched."""
    watched = stats.get("evergreen/watched", 0) + stats.get("evergreen/not_watched/empty", 0)
    return int(stats.get("evergreen/pages", 0) or watched)


def _fewer(stats: Mapping[str, Any]) -> str:
    """What came far fewer times than usual; empty if nothing did."""
    told = ", ".join(f"{what} {share:.0%}" for what, share in named(stats, "fewer").items())
    return told and f"far fewer than usual came: {told} of the usual number. {_exported(stats)}"


def _more(stats: Mapping[str, Any]) -> str:
    """What came far more times than usual since a heal; empty if nothing did."""
    told = ", ".join(f"{what} {share:.0%}" for what, share in named(stats, "more").items())
    return told and (
        f"far more than usual came since a heal: {told} of the usual number. Learned code may take other things for "
        f"such items. {_exported(stats)}"
    )


def _exported(stats: Mapping[str, Any]) -> str:
    """What has become of the export."""
    if stats.get("item_scraped_count", 0):
        return "What came is exported."
    return "No item came: a file that an earlier crawl has written stays as it was."


def _no_item(stats: Mapping[str, Any]) -> str:
    """That no item came of pages which should have given some; empty if any came, or if none ever did, or if an earlier
    part of the crawl may have fetched all.

    A spider made of templates is there for its items. One that is only watched may have other things to do.
    """
    pages, before = stats.get("evergreen/pages", 0), stats.get("evergreen/items_before", 0)
    if stats.get("item_scraped_count", 0) or stats.get("evergreen/resumed") or not (pages or before):
        return ""
    if before:
        return f"{_pages(stats)} pages were read, and no item came of them; a crawl before brought {before}."
    return f"{pages} pages were read, and no item came of them."


def trouble(stats: Mapping[str, Any]) -> str:
    """Why a crawl counts as failed; empty if it does not."""
    items = stats.get("item_scraped_count", 0)
    errors = stats.get("spider_exceptions/count", 0) or _exceptions(stats)
    answers = stats.get("response_received_count", 0) - stats.get("robotstxt/response_count", 0)
    refused, pages = stats.get("evergreen/refused", 0), _pages(stats)
    if answers <= 0:
        return "no page was answered. Is the server up, and does its robots.txt allow the crawl?"
    if any(name.startswith("feedexport/failed_count") for name in stats):
        return "the items could not be stored; the log says why. The old file is as it was."
    if stats.get("finish_reason") == "shutdown":
        return "interrupted. What was recorded until then is kept."
    if errors and not items:
        return f"{errors} callbacks raised an exception and no item came; the log has them."
    if pages and 2 * refused > pages:
        reasons = in_words({name.split("/")[2]: count for name, count in stats.items() if _is_reason(name)})
        used = "no page" if refused == pages else f"only {pages - refused} of {pages} pages"
        return f"{used} could be used ({reasons})."
    if not items and stats.get("httperror/response_ignored_count", 0) >= answers:
        return "every page was an error page."
    return ""


def _exceptions(stats: Mapping[str, Any]) -> int:
    # Before Scrapy 2.14 exceptions are counted by their names only.
    return sum(count for name, count in stats.items() if name.startswith("spider_exceptions/"))


def _is_reason(name: str) -> bool:
    return name.startswith("evergreen/refused/")
