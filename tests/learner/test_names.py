from __future__ import annotations

from pathlib import Path

import pytest

from learner.names import folder_name


@pytest.mark.parametrize("name", ["shop", "shop_2", "a.b-c", "0", "_x", "x" * 64])
def test_plain_names_stay(name: str) -> None:
    assert folder_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "../../x",
        "..",
        ".",
        ".hidden",
        "",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "C:\\x",
        "Shop",
        "größe",
        "con",
        "nul.txt",
        "a\x00b",
        "a\nb",
        "x" * 65,
        "shop.",
        "shop ",
        "shop~0123456789abcdef",
        "\ud800",
        "🦊",
    ],
)
def test_others_become_one_plain_component(name: str, tmp_path: Path) -> None:
    folder = folder_name(name)
    assert folder != name
    assert folder == folder_name(name)
    assert len(folder) <= 64
    assert folder.isascii()
    assert folder == folder.lower()
    path = tmp_path / folder
    path.mkdir()
    assert path.resolve().parent == tmp_path.resolve()


def test_different_names_different_folders() -> None:
    names = ["shop", "Shop", "SHOP", "shop/", "shop.", "/shop", "sh/op", "sh-op", "sh op"]
    assert len({folder_name(name) for name in names}) == len(names)
