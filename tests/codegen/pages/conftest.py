"""Pages of our own, one a format."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("page_samples", Path(__file__).with_name("samples.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SAMPLES: dict[str, str] = _load().ALL


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every test that asks for it each format's page in turn."""
    if "format_name" in metafunc.fixturenames:
        metafunc.parametrize("format_name", sorted(SAMPLES))


@pytest.fixture
def sample(format_name: str) -> str:
    """The page of the format."""
    return SAMPLES[format_name]


@pytest.fixture(scope="session")
def samples() -> dict[str, str]:
    """All pages by format."""
    return SAMPLES
