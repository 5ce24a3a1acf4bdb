"""What is seen while a run goes on, without a terminal and on a narrow one."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from contract.live import watched
from contract.progress import Progress
from contract.runner import Run
from contract.senders import in_process
from contract.shown import Mask
from mockserver.mock import Mock


def seen(helpers: Any, console: Console, seconds: float = 3.0) -> str:
    contract, clock = helpers.contract_of("novita"), [0.0]
    cases, send = helpers.light("novita"), in_process(Mock(contract))

    def sent(*given: Any) -> Any:
        clock[0] += seconds
        return send(*given)

    running = Run(contract, cases, sent, "a-key", now=lambda: clock[0])
    with Progress(None, "novita", "http://h", cases, Mask()) as progress:
        watched(running, progress, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_log_gets_a_line_every_ten_seconds(helpers: Any) -> None:
    lines = seen(helpers, Console(file=io.StringIO(), width=80)).splitlines()
    told = [line for line in lines if " cases, 0 broken, at " in line]
    assert len(told) > 20
    assert [line.split()[0] for line in told[:3]] == ["4", "8", "12"]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_table_fits_the_terminal(helpers: Any, width: int) -> None:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None, legacy_windows=False)
    last = seen(helpers, console, 0).rstrip("\x1b[?25h\n").splitlines()[-2:]
    assert all("broken" in line for line in last)
    assert all(len(line) <= width + 10 for line in last)
    assert any("kept" in line for line in last) == (width > 40)
