"""Hypothesis profiles and where the shared pages are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True, print_blob=True)
settings.register_profile("quick", max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of seed pages and corpus; the test is skipped where it is absent."""
    found = Path(os.environ.get("REELSPEC_SHARED", ROOT.parent / "shared"))
    if not (found / "seeds").is_dir():
        pytest.skip(f"the shared pages are not at {found}; set REELSPEC_SHARED")
    return found
