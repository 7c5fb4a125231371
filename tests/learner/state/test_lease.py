from __future__ import annotations

import os
import socket

import pytest
from store_tools import run_python

from learner.state.lease import identity, is_dead

HOST = socket.gethostname()


def test_this_process_is_alive() -> None:
    assert identity() == identity()
    assert not is_dead(identity())


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs /proc")
def test_a_later_process_with_the_same_number_is_another() -> None:
    assert is_dead(f"{HOST}|{os.getpid()}|1")


def test_a_process_that_ended_is_dead() -> None:
    owner = run_python("from learner.state.lease import identity; print(identity())").strip()
    assert owner.startswith(f"{HOST}|")
    assert is_dead(owner)


@pytest.mark.parametrize(
    "owner",
    [
        *("", "nobody", f"{HOST}", f"{HOST}|x|1", "other.example|1|1"),
        pytest.param(f"{HOST}|{os.getpid()}|", id="this process"),
    ],
)
def test_who_can_not_be_judged_is_not_called_dead(owner: str) -> None:
    assert not is_dead(owner)
