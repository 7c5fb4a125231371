import pytest

from learner.programs.persons import is_person, persons


@pytest.mark.parametrize("text", [
    "Ann Lee", "Bo van Ek", "Claire Benit-Gbaffou", "J. R. R. Tolkien", "Conan O’Brien", "Ólafur Ragnar Grímsson",
])  # fmt: skip
def test_a_person(text: str) -> None:
    assert is_person(text)
    assert persons(text) == [text]


@pytest.mark.parametrize("text", [
    "", "Ann", "ann lee", "Ann lee", "Reuters", "Ann Lee 2", "Ann and Bo", "Ann Lee and Bo Ek", "Lee, Ann", "dpa / Ann",
    "A Long Title Of A Whole Story", "国际 新闻", "Salt & Pepper",
])  # fmt: skip
def test_no_person(text: str) -> None:
    assert not is_person(text)


@pytest.mark.parametrize(("text", "named"), [
    ("Ann Lee and Bo Ek", ["Ann Lee", "Bo Ek"]),
    ("Ann Lee, Bo van Ek and Cy Fox", ["Ann Lee", "Bo van Ek", "Cy Fox"]),
    ("Ann Lee, Bo Ek, and Cy Fox", ["Ann Lee", "Bo Ek", "Cy Fox"]),
    ("Ann Lee & Bo Ek", ["Ann Lee", "Bo Ek"]),
    ("Ann Lee/Bo Ek | Cy Fox", ["Ann Lee", "Bo Ek", "Cy Fox"]),
    ("Ann Lee und Bo Ek", ["Ann Lee", "Bo Ek"]),
    ("Ann Lee et Bo Ek", ["Ann Lee", "Bo Ek"]),
    ("Ann Lee och Bo Ek", ["Ann Lee", "Bo Ek"]),
    ("Ana Ruiz y Juan Gil; Eva Mora", ["Ana Ruiz", "Juan Gil", "Eva Mora"]),
    (" Ann Lee , Bo Ek ", ["Ann Lee", "Bo Ek"]),
])  # fmt: skip
def test_several_persons(text: str, named: list[str]) -> None:
    assert persons(text) == named


@pytest.mark.parametrize("text", [
    "José Ortega y Gasset", "Lee, Ann", "Canon, Inc", "Texas Instruments, Inc.", "Reuters, Ann Lee", "AFP, MANILA",
    "dpa/Ann Lee",
    "Salt and Pepper", "Science Fiction & Fantasy", "Mountains and the Sea", "Ann Lee, 5 May 2020", "a, b and c", "",
])  # fmt: skip
def test_anything_else_is_left_whole(text: str) -> None:
    assert persons(text) == [text]
