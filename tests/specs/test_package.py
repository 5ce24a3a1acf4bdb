"""What the package offers can be imported, and nothing is loaded that was not asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import specs


@pytest.mark.parametrize("name", specs.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(specs, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'contracts'"):
        specs.contracts  # type: ignore[attr-defined]  # noqa: B018


def test_errors_come_without_the_readers_of_contracts() -> None:
    script = "import sys, specs; specs.SpecError; print('yaml' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    assert found.stdout.strip() == "False"
