"""``scrapy eject``: learned code as Python."""

from __future__ import annotations

import ast
import json
from pathlib import Path

from crawl_tools import Project


def test_eject_writes_readable_python(learned: Project, tmp_path: Path) -> None:
    done = learned.call("eject", "shop", "-o", str(tmp_path / "ejected"))
    assert done.code == 0
    files = sorted(path.name for path in (tmp_path / "ejected").iterdir())
    assert files == ["shop_list.py", "shop_product.py"]
    tree = ast.parse((tmp_path / "ejected" / "shop_product.py").read_text())
    assert "ShopProductPage" in {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def test_eject_as_json(learned: Project) -> None:
    report = json.loads(learned.call("eject", "shop", "--template", "product", "--json").out)
    assert report["product"]["version"] == 1
    assert f"class {report['product']['class']}(" in report["product"]["code"]
