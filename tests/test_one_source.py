"""The contract is data: a limit that changes in a spec changes client, mock and docstrings together."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

import specs
from mockserver import MockProvider
from reelspec.__main__ import main
from specs import yaml12

BODY = {"image": "https://images.example/a.png", "prompt": "A fox in the snow"}


@pytest.fixture
def narrowed(tmp_path: Path) -> Path:
    """A folder of specs in which novita's pro videos end at 12 s and prompts at 100 characters."""
    document: Any = yaml12.load(specs.loader.HOME / "novita" / "openapi.yaml")
    properties = document["components"]["schemas"]["KlingV30ProI2vRequest"]["properties"]
    properties["duration"]["maximum"] = 12
    properties["prompt"]["maxLength"] = 100
    (tmp_path / "specs" / "novita").mkdir(parents=True)
    (tmp_path / "specs" / "novita" / "openapi.yaml").write_text(yaml12.dumps(document), encoding="utf-8")
    return tmp_path / "specs"


@pytest.fixture
def client(narrowed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The client generated from the changed spec."""
    assert main(["generate", "novita", "--specs", str(narrowed), "--output", str(tmp_path / "out")]) == 0
    monkeypatch.syspath_prepend(str(tmp_path / "out" / "novita"))
    for name in [name for name in sys.modules if name.partition(".")[0] == "novita_kling"]:
        monkeypatch.delitem(sys.modules, name)
    return importlib.import_module("novita_kling")


def test_the_client_refuses_and_says_the_new_limit(client: ModuleType) -> None:
    asked = client.Client("key", "https://api.novita.ai").kling_v3_0_pro_i2v
    assert asked.request(**BODY, duration=12)
    with pytest.raises(client.InvalidRequest) as caught:
        asked.request(**{**BODY, "prompt": "x" * 101}, duration=13)
    found = {violation.rule: violation for violation in caught.value.violations}
    assert set(found) == {"duration.maximum", "prompt.maxLength"}
    assert found["duration.maximum"].allowed == 12
    assert "at most 12" in found["duration.maximum"].message


def test_the_docstrings_say_the_new_limit(client: ModuleType) -> None:
    assert client.__file__ is not None
    text = (Path(client.__file__).parent / "params.py").read_text(encoding="utf-8")
    pro = text[text.index("class KlingV30ProI2vParams") :]
    pro = pro[: pro.index("\nclass ")]
    assert "Length of the video in seconds: 3 to 12; default 5" in pro
    assert "at most 100 characters" in pro
    assert "3 to 15" not in pro


def test_the_mock_judges_by_the_new_limit(narrowed: Path) -> None:
    url = "https://api.novita.ai/v3/async/kling-v3.0-pro-i2v"
    with MockProvider(str(narrowed / "novita" / "openapi.yaml")):
        verdicts = [
            httpx.post(url, json={**BODY, "duration": seconds}, headers={"Authorization": "Bearer key"})
            for seconds in (12, 13)
        ]
    assert [answer.status_code for answer in verdicts] == [200, 400]
    assert "duration.maximum" in verdicts[1].text
