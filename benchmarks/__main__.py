"""``python -m benchmarks NAME [options]``: run one benchmark."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import benchmarks


def main(arguments: list[str]) -> int:
    """The exit code of the benchmark: 0 goals met, 1 missed, 2 usage."""
    names = [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if not module.name.startswith("_")]
    if not arguments or arguments[0] not in names:
        print("usage: python -m benchmarks NAME [options]\n", file=sys.stderr)
        for name in names:
            about = (importlib.import_module(f"benchmarks.{name}").__doc__ or "").strip().splitlines()
            print(f"  {name:14} {about[0] if about else ''}", file=sys.stderr)
        return 2
    code: int = importlib.import_module(f"benchmarks.{arguments[0]}").main(arguments[1:])
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
