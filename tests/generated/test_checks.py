"""What a client refuses, and how: the same ids, limits, messages and sources as the contract's own validation."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

import specs

OPERATION = "kling_v3_0_pro_i2v"
URL = "https://example.com/a.png"
values = (
    st.none()
    | st.booleans()
    | st.integers(-2, 20)
    | st.floats(allow_nan=False)
    | st.text(max_size=3)
    | st.just("x" * 2501)
)
shots = st.dictionaries(st.sampled_from(["prompt", "duration", "mood"]), values, max_size=3)
bodies = st.dictionaries(
    st.sampled_from(["prompt", "duration", "sound", "cfg_scale", "negative_prompt", "multi_prompt", "colour"]),
    values | st.lists(shots | values, max_size=3),
    max_size=6,
)


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


@example(body={"multi_prompt": [None]})
@given(body=bodies)
def test_the_client_and_the_contract_say_the_same(body: dict[str, Any]) -> None:
    from importlib import import_module

    import_module("sys").path.insert(0, str(Path(__file__).parents[2] / "generated" / "novita"))
    package = import_module("novita_kling")
    client = package.Client("key")
    body = {"image": URL, **body}
    sent = without_nulls(body)
    if isinstance(sent.get("multi_prompt"), list) and "duration" not in sent and sent["multi_prompt"]:
        sent["duration"] = 5  # the client fills in a sum where it can; then it is no random body any more
        body["duration"] = 5
    expected = {
        (found.rule, found.pointers, found.message, str(found.source), repr(found.allowed))
        for found in specs.load("novita").operation(OPERATION).validate(sent)
        if found.severity == "error"
    }
    try:
        getattr(client, OPERATION).request(**body)
        found = set()
    except package.InvalidRequest as error:
        found = {(v.rule, v.pointers, v.message, str(v.source), repr(v.allowed)) for v in error.violations}
    assert found == expected


def image(path: Path, size: tuple[int, int], kind: str = "PNG") -> Path:
    Image.new("RGB", size).save(path, kind)
    return path


@pytest.fixture
def sent() -> list[httpx.Request]:
    return []


@pytest.fixture
def operation(novita: ModuleType, sent: list[httpx.Request]) -> Any:
    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"task_id": "t1"})

    client = novita.Client("key", http_client=httpx.Client(transport=httpx.MockTransport(handler)))
    return getattr(client, OPERATION)


def body(request: httpx.Request) -> Any:
    import json

    return json.loads(request.content)


def test_files_are_encoded_the_way_the_provider_wants(
    operation: Any, sent: list[httpx.Request], tmp_path: Path
) -> None:
    import base64

    path = image(tmp_path / "a.png", (400, 400))
    expected = base64.b64encode(path.read_bytes()).decode()
    with path.open("rb") as file:
        for given_ in (path, path.read_bytes(), file, expected):
            operation.submit(image=given_, prompt="boat")
    assert [body(request)["image"] for request in sent] == [expected] * 4
    operation.submit(image=URL, prompt="boat")
    assert body(sent[-1]) == {"image": URL, "prompt": "boat"}


@pytest.mark.parametrize(
    ("size", "kind", "rules"),
    [
        ((299, 400), "PNG", {"image.minWidth"}),
        ((400, 200), "JPEG", {"image.minHeight"}),
        ((1000, 300), "PNG", {"image.maxAspectRatio"}),
        ((400, 400), "GIF", {"image.formats"}),
    ],
)
def test_headers_are_checked_before_anything_is_sent(
    novita: ModuleType, operation: Any, sent: list[httpx.Request], tmp_path: Path, size: Any, kind: str, rules: set[str]
) -> None:
    with pytest.raises(novita.InvalidRequest) as raised:
        operation.submit(image=image(tmp_path / "a", size, kind), prompt="boat")
    assert {found.rule for found in raised.value.violations} == rules
    assert sent == []


def test_a_file_that_is_too_large_is_not_read(novita: ModuleType, operation: Any, tmp_path: Path) -> None:
    path = image(tmp_path / "a.png", (400, 400))
    with path.open("ab") as file:
        file.truncate(11 << 20)
    with pytest.raises(novita.InvalidRequest) as raised:
        operation.submit(image=path, prompt="boat")
    assert [found.rule for found in raised.value.violations] == ["image.maxBytes"]


@pytest.mark.parametrize("wrong", ["frame.png", "ftp://x/y", "data:image/png,abc", "/etc/passwd"])
def test_a_text_that_is_no_image_is_refused(novita: ModuleType, operation: Any, wrong: str) -> None:
    with pytest.raises(novita.InvalidRequest) as raised:
        operation.submit(image=wrong, prompt="boat")
    assert {found.rule.partition(".")[0] for found in raised.value.violations} == {"image"}


def test_a_file_where_only_a_url_will_do(novita: ModuleType, operation: Any, tmp_path: Path) -> None:
    with pytest.raises(novita.InvalidRequest) as raised:
        operation.submit(image=URL, prompt="boat", end_image=image(tmp_path / "a.png", (400, 400)))
    assert [found.rule for found in raised.value.violations] == ["end_image.encodings"]


def test_shots_as_models_or_dictionaries_and_their_sum(
    novita: ModuleType, operation: Any, sent: list[httpx.Request]
) -> None:
    from importlib import import_module

    shot = import_module("novita_kling.models").Shot
    operation.submit(image=URL, multi_prompt=[shot(prompt="a", duration=4), {"prompt": "b"}])
    assert body(sent[0]) == {
        "image": URL,
        "multi_prompt": [{"prompt": "a", "duration": 4}, {"prompt": "b"}],
        "duration": 9,
    }
    with pytest.raises(novita.InvalidRequest) as raised:
        operation.submit(image=URL, multi_prompt=[{"prompt": "a", "duration": 4}], duration=5)
    assert [found.rule for found in raised.value.violations] == ["multi_prompt[].duration-duration.sum"]
    assert "inferred" in str(raised.value)


def test_warn_sends_and_off_does_not_look(novita: ModuleType, operation: Any, sent: list[httpx.Request]) -> None:
    with pytest.warns(novita.RequestWarning, match=r"duration\.maximum"):
        operation.submit(image=URL, prompt="boat", duration=99, validate="warn")
    operation.submit(image=URL, prompt="boat", duration=99, validate="off")
    assert [body(request)["duration"] for request in sent] == [99, 99]


def test_none_is_absent_and_a_whole_float_is_an_integer(operation: Any, sent: list[httpx.Request]) -> None:
    operation.submit(image=URL, prompt="boat", duration=5.0, end_image=None)
    assert body(sent[0]) == {"image": URL, "prompt": "boat", "duration": 5}
