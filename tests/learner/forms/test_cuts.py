"""What stands around a value in another design is cut off, if no example has it and all texts do."""

from __future__ import annotations

import pytest

from learner.forms.cuts import cut, habit_of
from learner.pages.values import Scalar
from learner.programs.transforms import apply


@pytest.mark.parametrize(("examples", "texts", "values"), [
    (["May 28, 2013", "May 3, 2013"], ["Filed: 2/26/2019", "Filed: 2/25/2019"], ["2/26/2019", "2/25/2019"]),
    (["May 28, 2013"], [f"May {n}, 2021 –" for n in range(1, 6)] + ["In re A"],
     [*(f"May {n}, 2021" for n in range(1, 6)), None]),
    (["May 28, 2013"], ["Filed: 2/26/2019, 9:00 am", "Filed: 2/25/2019"], ["2/26/2019", "2/25/2019"]),
    (["May 28, 2013"], ["2/26/2019 9:00 am Room 4", "2/25/2019"], ["2/26/2019", "2/25/2019"]),
    (["$12.50"], ["from $80.00 a night"], ["$80.00"]),
    (["16-0775", "17-222"], ["16-0775:", "16-2087:"], ["16-0775", "16-2087"]),
    (["Clark, J."], ["BY Weimer, J.", "BY Hughes, J.", "BY Crain, J."], ["Weimer, J.", "Hughes, J.", "Crain, J."]),
    (["a cup"], ["a cup (new)", "two cups (new)", "3 cups (new)"], ["a cup", "two cups", "3 cups"]),
    (["a cup"], ["one cup (new)", "two cup (new)", "big cup (new)"], ["one cup", "two cup", "big cup"]),
    (["SC19285", "SC19496", "SC2"], ["SC19602 Dissent", "SC19453"], ["SC19602", "SC19453"]),
    (["1476", "1470", "1469"], ["Docket No. 1511", "No. 1508 (2)", "1507", "1506", "Misc."],
     ["1511", "1508", "1507", "1506", None]),
    (["An oak"], ["• Lamp", "• Chair"], ["Lamp", "Chair"]),
    (["+0.60%"], ["• -0.96%", "• -1.20%"], ["-0.96%", "-1.20%"]),  # a sign is no mark
    (["0.60%"], ["Day: −0.96%", "Day: −1.20%"], ["−0.96%", "−1.20%"]),
    (["12.5", "7.25", "3.5"], ["Now: -4.5", "Now: -2.25"], ["-4.5", "-2.25"]),
    (["Graz, Austria"], ["Located in: Rome, Italy", "Located in: Bonn, Germany"], ["Rome, Italy", "Bonn, Germany"]),
])  # fmt: skip
def test_what_no_example_has_is_cut_off(examples: list[Scalar], texts: list[str], values: list[str | None]) -> None:
    habit = habit_of(examples)
    assert habit is not None
    program = cut(texts, habit)
    assert [apply(program, text) for text in texts] == values


@pytest.mark.parametrize(("examples", "texts"), [
    (["May 28, 2013"], ["2/26/2019", "2/25/2019"]),
    (["May 28, 2013"], ["from 2/26/2019 to 3/1/2019"]),
    (["05. Juni 2025"], ["06. 01. 2026, 14:59 Uhr"]),  # a day with its time
    (["June 5, 2025"], ["Jan 6, 2026 2:50PM ET", "Jan 7, 2026 at 9:00 am", "Jan 8, 2026"]),
    (["State v. Bo"], ["State v. Lee", "State v. Roe", "State v. Poe"]),  # examples begin so too
    (["2017 Slip 85015", "2017 Slip 4"], ["2026 Slip 50222", "2026 Slip 50223", "2026 Slip 1"]),  # numbers are values
    (["Oak table"], ["Storm: power is back"]),  # one title with a colon tells nothing
    (["Oak: a table"], ["Storm: power is back", "Storm: roads are open"]),  # titles may have colons
    (["Oak table"], ["Storm: power is back", "Snow: roads are open"]),
    (["1476", "1470", "1469"], ["1511", "1508"]),
    (["ARMY 2016", "ARMY 2017", "ARMY 2018"], ["KIM 2022 10/31/2023", "ROE 2021 10/30/2023"]),
    (["Draw (2-2)"], ["A point in Leeds (3-3)"]),
    (["Oak table"], ["They say: «Power is back»"]),
    (["Lamp"], ["New Lamp", "Old Lamp"]),
    (["+0.60%"], ["-0.96%", "-1.20%"]),
    (["+0.60%"], ["–0.96%", "–1.20%"]),
    (["0.60%"], ["-0.96%", "-1.20%"]),
    (["12.5", "7.25", "3.5"], ["-4.5", "-2.25"]),
    (["€3.00"], ["-€4.50", "-€2.25"]),
    (["Boil the rice"], ["a) Heat the oil", "a) Mix it", "a) Serve"]),
    (["Lamp"], ["Sale", "Sale", "Sale"]),
])  # fmt: skip
def test_what_may_be_the_values_own_stays(examples: list[Scalar], texts: list[str]) -> None:
    habit = habit_of(examples)
    assert habit is not None
    assert cut(texts, habit) == ()


@pytest.mark.parametrize("examples", [[], [""], [4.5], ["a", 3]])
def test_only_texts_have_a_habit(examples: list[Scalar]) -> None:
    assert habit_of(examples) is None
