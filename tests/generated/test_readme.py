"""The examples that users copy do what they say."""

from __future__ import annotations

import importlib
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

GENERATED = Path(__file__).parents[2] / "generated"


def examples(provider: str) -> list[str]:
    text = (GENERATED / provider / "README.md").read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def test_every_example_runs(
    provider: str,
    client_package: ModuleType,
    fake: Any,
    served: Callable[[Any], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"{client_package.Client.provider.environment}_API_KEY", "a-key")
    core = importlib.import_module(f"{client_package.__name__}._runtime.core")
    monkeypatch.setattr(core.Watch, "interval", lambda *_: 0.0)
    served(fake)
    found = examples(provider)
    assert len(found) >= 5
    for example in found:
        exec(compile(example, f"README of {provider}", "exec"), {"__name__": "readme"})  # noqa: S102
    assert {path.name for path in tmp_path.glob("*.mp4")} >= {"video.mp4", "async.mp4", "resumed.mp4", "many-2.mp4"}
    assert "additionalProperties" in capsys.readouterr().out


def test_the_command_of_the_readme_is_understood(provider: str, client_package: ModuleType) -> None:
    text = (GENERATED / provider / "README.md").read_text(encoding="utf-8")
    command = next(line for line in text.splitlines() if line.startswith("$ ") and "-o video.mp4" in line)
    parser = importlib.import_module(f"{client_package.__name__}._runtime.cli").parser
    options = parser(client_package.Client.provider, "x").parse_args(shlex.split(command)[2:])
    assert options.output == Path("video.mp4")


def test_the_line_of_a_batch_in_the_readme_is_understood(
    provider: str, client_package: ModuleType, fake: Any, served: Callable[[Any], None], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    text = (GENERATED / provider / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert found is not None
    (tmp_path / "requests.jsonl").write_text(found[1])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"{client_package.Client.provider.environment}_API_KEY", "a-key")
    served(fake)
    main = importlib.import_module(f"{client_package.__name__}.__main__").main
    assert main(["batch", "requests.jsonl", "-o", "videos", "--poll-interval", "0"]) == 0
    assert (tmp_path / "videos" / "boat.mp4").read_bytes() == b"a video"
