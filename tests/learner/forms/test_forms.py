"""How a page shows known values: the same text, or the same day in other words."""

from __future__ import annotations

import pytest

from learner.forms.forms import Forms
from learner.programs.examples import Example, LabelledPage

PAGE = """<h1>Emma</h1><p>Updated on December 12, 2016 09:22 AM</p><i>December 12, 2016</i>
<span>First published November 29, 2016: 3:33 AM ET</span><span>November 29, 2016</span>
<time>Dec. 13, 2016, 12:31 PM UTC</time><time>Updated Dec. 13, 2016, 6:06 PM UTC</time>
<b>Oct 9, 2019, 11:05 IST</b><b>October 9, 2019</b>
<u>May 4, 2017, 2:50PM ET</u><u>May 5, 2017 um 18:41 Uhr</u><u>May 6, 2017, 2:50PM ET</u><u>May 6, 2017</u>
<p>Jun 7, 2018 08:04 (updated Jun 7, 2018 20:04)</p>
<dd>155.50 GBP</dd><p>RRP 281,18 €</p><p>from 9 GBP to 12 GBP</p><p hidden>77.00 GBP</p>
<p>€ 1.357</p><p>EUR 2,468.00</p><p>USD 3.125</p><p>USD 3.125,00</p>
<p>PLN 1,299</p><p>12.500,- kr</p><p>Salary: £49,250 to £52,250 per annum</p><p>19.30 Uhr</p>
<p>Doors open at 20:15</p><p>10.00am</p><p>11:00 to 14:15</p><p>0:00</p>
<img src="/static/blank.gif" data-src="/media/w_800/tea-pot.webp"><a href="/media/2016/12/12/cup.html">Cup</a>
<img src="https://x.test/img/plum-tart.jpg"><b>25 minutes</b><i>25 minutes</i><b>3 hours</b><i>3 hour</i><b>500 g</b>
<p>MWF 9:00am–9:55am</p><p>TTh 10:40am–11:35am</p><p>xii, 331 pages</p><p>412 pages</p><p>8 pages</p>"""


@pytest.mark.parametrize(("known", "shown"), [
    ("Emma", "Emma"),
    ("Villette", None),
    # With a time where the known value has one, and without where it has none.
    ("December 12, 2016 at 9:22am EST", "December 12, 2016 09:22 AM"),
    ("12/12/2016", "December 12, 2016"),
    ("10/09/2019", "October 9, 2019"),
    # What code gives as a text of its own making stays that.
    ("2019-10-09", "2019-10-09"), ("2016-12-12T09:22", "2016-12-12T09:22"), ("2019-10-10", None),
    # A day that stands with its time, and nothing else, is not taken from it.
    ("May 4, 2017", "May 4, 2017, 2:50PM ET"), ("05/05/2017", "May 5, 2017 um 18:41 Uhr"),
    ("May 6, 2017", "May 6, 2017"),
    # Of two times of one day the one that is known, if it is there.
    ("7 June 2018, 20:04", "Jun 7, 2018 20:04"), ("7 June 2018, 8:04 am", "Jun 7, 2018 08:04"),
    ("7 June 2018, 21:04", "Jun 7, 2018 08:04"),
    # The same number of the same unit, where the page has one wording of it.
    ("25 mins", "25 minutes"), ("25 Min.", "25 minutes"), ("20 mins", None), ("3 hrs", None), ("3 Hours", "3 Hours"),
    ("3 houre", None), ("25 kilos", None),
    # The same but for one word that is written out.
    ("xii, 331 p.", "xii, 331 pages"), ("412 p.", "412 pages"), ("xi, 331 p.", None), ("xii, 331 figures", None),
    ("331 p.", None), ("8 p.", None),
    # An address that was relative is the same when it is absolute.
    ("/img/plum-tart.jpg", "https://x.test/img/plum-tart.jpg"), ("/img/pear-tart.jpg", None),
    # The same text inside a longer one is the value itself.
    ("November 29, 2016: 3:33 AM ET", "November 29, 2016: 3:33 AM ET"),
    # Minutes are the same in all time zones.
    ("Dec 13 2016, 1:06 pm ET", "Dec. 13, 2016, 6:06 PM UTC"),
    ("Dec 14 2016", None),
    # The same amount of the same money, a text as a whole or the only one in it, and not what is hidden.
    ("£155.50", "155.50 GBP"), ("GBP 155.50", "155.50 GBP"), ("$155.50", None), ("155.50", "155.50"),
    ("EUR 281.18", "281,18 €"), ("£9", None), ("£77.00", None),
    # With no decimal mark known, a thousand or a fraction.
    ("1.357,00 €", "€ 1.357"), ("2.468 €", "EUR 2,468.00"), ("2.469 €", None), ("$3,125", "USD 3.125,00"),
    ("$3.125", None),
    # In any currency, with thousands apart; several amounts in one text.
    ("1 299,00 zł", "PLN 1,299"), ("1 299,50 zł", None), ("12 500 kr", "12.500,- kr"),
    ("£49,250 – £52,250 a year", "£49,250 to £52,250 per annum"), ("£49,250 – £52,260 a year", None),
    # The same time of day.
    ("7:30 PM", "19.30 Uhr"), ("19:30", "19.30 Uhr"), ("7.30am", None), ("8:15 pm", "20:15"), ("10:00", "10.00am"),
    ("11am – 2.15pm", "11:00 to 14:15"), ("2pm", None), ("12 am", "0:00"),
    # As a whole, with the half of the day, also where others stand in one text with it.
    ("09:55", "9:55am"), ("10:40", "10:40am"), ("9:55 pm", None),
    # The same picture in another size; an address that is no picture, or has a day in it, is not looked for.
    ("https://a.test/old/tea-pot-300x200.jpg", "http://site.test/media/w_800/tea-pot.webp"),
    ("/old/tea-pot-300x200.jpg", "/media/w_800/tea-pot.webp"), ("/old/blank.gif", "/static/blank.gif"),
    ("/media/2016/12/12/cup.jpg", None), ("/old/tea-pot.html", None),
])  # fmt: skip
def test_what_is_shown_of_a_known_value(known: str, shown: str | None) -> None:
    page = LabelledPage(Example("http://site.test/1", PAGE, {}))
    assert Forms(page, [known]).of(known) == shown


def test_of_a_record_what_is_shown_is_kept() -> None:
    forms = Forms(LabelledPage(Example("http://site.test/1", PAGE, {})), [])
    assert forms.of_record(["Emma", "Villette"]) == ["Emma"]
    assert forms.of_record(["Villette"]) is None


@pytest.mark.parametrize(("worded", "shown"), [((), "2019-10-09"), (("2019-10-09",), "Oct 9, 2019, 11:05 IST")])
def test_an_iso_text_that_pages_showed_is_given_in_their_words(worded: tuple[str, ...], shown: str) -> None:
    page = LabelledPage(Example("https://x.test/1", PAGE, {}))
    assert Forms(page, ["2019-10-09"], worded).of("2019-10-09") == shown


@pytest.mark.parametrize(("value", "besides", "shown"), [
    # A line of a day and a name is not the day, which another field has.
    ("12/12/2016 Ann Lee", "12/12/2016", None), ("│12/12/2016 Ann Lee│", "12/12/2016", None),
    ("12/12/2016 Ann Lee", "12/13/2016", "December 12, 2016"),
    ("12/12/2016 Ann Lee", "Ann Lee", "December 12, 2016"),
    # A weekday, a time or one word of a label are the day's own.
    ("Monday, 12/12/2016", "12/12/2016", "December 12, 2016"),
    ("Posted: 12/12/2016", "12/12/2016", "December 12, 2016"),
])  # fmt: skip
def test_a_text_that_says_more_than_the_day_of_another_field_is_not_that_day(
    value: str, besides: str, shown: str | None
) -> None:
    page = LabelledPage(Example("http://site.test/1", PAGE, {}))
    assert Forms(page, [value, besides]).of(value) == shown
