"""The face of the package: what it exports, and what the crawl does not import."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from core_tools import fixture_example, fixture_pages
from store_tools import ROOT, run_python

import learner


def test_everything_named_is_there() -> None:
    assert learner.__all__ == sorted(learner.__all__)
    for name in learner.__all__:
        assert callable(getattr(learner, name))


def imported(script: str, *arguments: object) -> set[str]:
    """The outermost packages that are imported when the script has run."""
    end = "\nimport json, sys; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    return set(json.loads(run_python(script + end, *arguments).strip().split("\n")[-1]))


@pytest.mark.parametrize("script", [
    "import learner",
    "import learner.state.store, learner.retraining.retraining, learner.drift.drift, learner.programs.rendering",
    """if True:
        import sys, pathlib, learner
        extractor = learner.load(sys.argv[1])
        html = pathlib.Path(sys.argv[2]).read_bytes()
        assert extractor.extract(html, "http://site.test/x").item
        assert extractor.explain(html, "http://site.test/x")
        assert extractor.source_code()
        extractor.save(sys.argv[3])""",
])  # fmt: skip
def test_the_crawl_imports_neither_torch_nor_scrapy(script: str, tmp_path: Path) -> None:
    pages = fixture_pages("shop", "product")
    learner.learn([fixture_example(page) for page in pages[:2]]).save(tmp_path / "one")
    (tmp_path / "page.html").write_text(pages[5].html, encoding="utf-8")
    modules = imported(script, tmp_path / "one", tmp_path / "page.html", tmp_path / "two")
    assert "learner" in modules
    assert not modules & {"torch", "scrapy", "twisted", "crawler"}


def test_learning_and_healing_never_import_scrapy() -> None:
    script = """if True:
        from learner import Example, Page, heal, learn
        page = "<html><body><h1 class={}>{}</h1></body></html>".format
        extractor = learn([Example("http://x.test/1", page("a", "Red chair"), {"title": "Red chair"})])
        heal(extractor, [Page("http://x.test/1", page("b", "Red chair"))])"""
    assert not imported(script) & {"scrapy", "twisted", "crawler"}


def layers() -> list[str]:
    """The folders and modules of the package, in the order of the map of the code."""
    map_of_code = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    section = map_of_code.partition("    learner/\n")[2].partition("\n\n")[0]
    return re.findall(r"^ {6}(\w+)", section, re.MULTILINE)


@pytest.mark.parametrize("layer", layers())
def test_no_layer_imports_a_later_one(layer: str) -> None:
    later = layers()[layers().index(layer) + 1 :]
    folder = ROOT / "learner" / layer
    for path in sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]:
        imported = re.findall(r"^\s*(?:from|import) learner\.(\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert not set(imported) & set(later), path


def test_every_module_is_of_a_layer() -> None:
    found = {path.stem for path in (ROOT / "learner").iterdir() if not path.stem.startswith(("_", "py."))}
    assert found - {"py"} == set(layers())
