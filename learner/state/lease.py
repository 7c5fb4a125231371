"""Who holds what: processes named so that a dead one is recognised, and leases that die with them."""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path


def identity() -> str:
    """This process, told apart from any later one with its number: ``host|pid|start``."""
    return _identity(os.getpid())


@cache
def _identity(process: int) -> str:
    return f"{socket.gethostname()}|{process}|{_started(process)}"


def is_dead(owner: str) -> bool:
    """True when the owner certainly is not running any more. Never true for a process of another host."""
    host, process, started = _parts(owner)
    if process is None or host != socket.gethostname():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False  # it runs as somebody else
    now = _started(process)
    return bool(started and now) and started != now


def is_here(owner: str) -> bool:
    """Whether the owner is, or was, a process of this machine."""
    return _parts(owner)[0] == socket.gethostname()


def _parts(owner: str) -> tuple[str, int | None, str]:
    host, _, rest = owner.partition("|")
    process, _, started = rest.partition("|")
    return host, int(process) if process.isdigit() else None, started


def _started(process: int) -> str:
    """When the process began, in ticks since boot; empty where the system doesn't say."""
    try:
        line = Path(f"/proc/{process}/stat").read_text(errors="replace")
    except OSError:
        return ""
    fields = line.rpartition(")")[2].split()
    # A zombie is dead: it holds nothing and will do nothing.
    return "gone" if fields[0] == "Z" else fields[19]
