"""What a client refuses, and how: the same ids, limits, messages and sources as the contract's own validation."""

from __future__ import annotations

import base64
import copy
import random
import subprocess
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import specs
from specs.checks import total

OPERATION = "kling_v3_0_pro_i2v"
URL = "https://example.com/a.png"
GENERATED = Path(__file__).parents[2] / "generated"
PROVIDERS = [name for name in specs.providers() if (GENERATED / name).is_dir()]


def package(provider: str) -> ModuleType:
    home = GENERATED / provider
    if str(home) not in sys.path:
        sys.path.insert(0, str(home))
    return import_module(next(path.parent.name for path in home.glob("*/_runtime")))


JUNK = [None, True, False, -1, 0, 2, 20, 5.0, 2.5, 1e15, -0.0, 10**12, "", "on", "std", "customize", "x" * 513,
        "x" * 2501, "<<<element_2>>>", [], [None], {}, [{}], {"prompt": "a"}, [[1]]]  # fmt: skip


def drawn(schema: dict[str, Any], chance: random.Random) -> Any:
    """A value of a schema: mostly fitting, sometimes at the edge of its limits, sometimes anything at all."""
    if chance.random() < 0.04:
        return copy.deepcopy(chance.choice(JUNK))
    if "enum" in schema:
        return chance.choice(schema["enum"])
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    kind = chance.choice([name for name in types if name != "null"])
    low, high = schema.get("minimum", 0), schema.get("maximum", 9)
    most = schema.get("maxLength", 9)
    if kind == "object":
        likely = chance.choice([0.3, 0.7])
        required = schema.get("required", ())
        wanted = [n for n in schema["properties"] if chance.random() < (0.95 if n in required else likely)]
        found = {name: drawn(schema["properties"][name], chance) for name in wanted}
        return found | ({"colour": chance.choice(JUNK)} if chance.random() < 0.03 else {})
    if kind == "array":
        return [drawn(schema["items"], chance) for _ in range(chance.choice([0, 1, 1, 2, 2, 3, 4, 7]))]
    if kind == "string":
        return chance.choice(
            [URL, "a", "<<<element_1>>>", "x" * most, "é" * most, *["x" * (most + 1)][chance.randrange(2) :]]
        )
    if kind == "boolean":
        return chance.random() < 0.5
    if kind == "number":
        return chance.choice([low, high, (low + high) / 3, low - 1, high + 0.5])
    return chance.choice([*range(low, high + 1), *range(low, high + 1), low - 1, high + 1, float(high)])


def fitting(contract: Any, seed: int) -> dict[str, Any]:
    """A body; half of them with a total that is the sum of its shots, so that many have no fault."""
    chance = random.Random(seed)
    body = without_nulls(drawn(contract.request, chance))
    if not isinstance(body, dict):
        return {}
    shots = body.get("multi_prompt")
    if isinstance(shots, list) and chance.random() < 0.5:
        found = total(shots, ("duration",), 5)
        body |= {} if found is None else {"duration": found}
    return body


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def has_whole_float(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(has_whole_float, value.values()))
    if isinstance(value, list):
        return any(map(has_whole_float, value))
    return isinstance(value, float) and value.is_integer()


def told(found: Any) -> set[tuple[Any, ...]]:
    return {(v.rule, v.pointers, v.message, str(v.source), repr(v.allowed), v.severity) for v in found}


CASES = [(name, operation) for name in PROVIDERS for operation in specs.load(name).submits]


@pytest.mark.parametrize(("provider", "contract"), CASES, ids=[f"{name}-{case.id}" for name, case in CASES])
@given(seed=st.integers(0, 1 << 32))
def test_the_client_and_the_contract_say_the_same(provider: str, contract: Any, seed: int) -> None:
    """The rendered test, the full check and jsonschema-rs with the rules agree, on bodies right, wrong and absurd."""
    check = import_module(f"{package(provider).__name__}._runtime.requests").check
    operation = package(provider).Client.provider.operations[contract.id]
    in_full = replace(operation, holds=lambda _: False)
    for number in range(20):
        body = fitting(contract, seed + number)
        expected = told(contract.validate(body))
        passed = operation.holds(copy.deepcopy(body))
        assert told(check(operation, copy.deepcopy(body))) == expected
        assert told(check(in_full, copy.deepcopy(body))) == expected
        if passed:
            assert not expected
        elif not expected:
            assert has_whole_float(body)  # 5.0 for 5 is right, and takes the long way


@pytest.mark.parametrize(("provider", "contract"), CASES, ids=[f"{name}-{case.id}" for name, case in CASES])
def test_the_bodies_of_that_property_are_of_both_kinds(provider: str, contract: Any) -> None:
    holds = package(provider).Client.provider.operations[contract.id].holds
    found = [holds(fitting(contract, seed)) for seed in range(1000)]
    assert 20 < sum(found) < 900


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf")])
def test_what_json_has_no_number_for_is_refused(novita: ModuleType, operation: Any, wrong: float) -> None:
    for validate in ("error", "off"):
        with pytest.raises(novita.InvalidRequest, match=r"`cfg_scale` is .*, which JSON has no number") as raised:
            operation.submit(image=URL, prompt="boat", cfg_scale=wrong, validate=validate)
        assert len(raised.value.violations) == 1
    with pytest.raises(novita.InvalidRequest), pytest.warns(novita.RequestWarning):
        operation.submit(image=URL, prompt="boat", cfg_scale=wrong, validate="warn")


@pytest.mark.parametrize("validate", ["error", "off"])
def test_half_a_character_is_refused_whatever_is_looked_at(
    novita: ModuleType, operation: Any, sent: list[httpx.Request], validate: str
) -> None:
    with pytest.raises(novita.InvalidRequest, match="`prompt` is no text that UTF-8 can carry"):
        operation.submit(image=URL, prompt="boat \ud83d", validate=validate)
    assert sent == []


def test_a_request_loads_no_models() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import novita_kling as n, httpx\n"
        "client = n.Client('k', http_client=httpx.Client(transport=httpx.MockTransport("
        "lambda _: httpx.Response(200, json={'task_id': 't'}))))\n"
        "client.kling_v3_0_pro_i2v.submit(image='https://example.com/a.png', prompt='boat')\n"
        "print([name for name in sys.modules if name in ('pydantic.main', 'novita_kling.models')])"
    )
    done = subprocess.run(  # noqa: S603 (our own code)
        [sys.executable, "-c", code, str(GENERATED / "novita")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


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


@pytest.fixture
def mulerouter(sent: list[httpx.Request]) -> Any:
    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(202, json={"task_info": {"id": "t1"}})

    transport = httpx.MockTransport(handler)
    return package("mulerouter").Client("key", http_client=httpx.Client(transport=transport)).kling_v3_i2v


def body(request: httpx.Request) -> Any:
    import json

    return json.loads(request.content)


def test_files_are_encoded_the_way_the_provider_wants(
    operation: Any, sent: list[httpx.Request], tmp_path: Path
) -> None:
    path = image(tmp_path / "a.png", (400, 400))
    expected = base64.b64encode(path.read_bytes()).decode()
    data = path.read_bytes()

    class Like:
        def __fspath__(self) -> str:
            return str(path)

    with path.open("rb") as file:
        for given_ in (path, data, file, file, expected, bytearray(data), memoryview(data), Like()):
            operation.submit(image=given_, prompt="boat")
    assert [body(request)["image"] for request in sent] == [expected] * 8
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


@pytest.mark.parametrize("validate", ["warn", "off"])
@pytest.mark.filterwarnings("ignore:kling_v3_0_pro_i2v")
def test_what_is_not_refused_is_sent_whole(
    operation: Any, sent: list[httpx.Request], tmp_path: Path, validate: str
) -> None:
    path = image(tmp_path / "a.png", (100, 100))
    with path.open("ab") as file:
        file.truncate(11 << 20)
    operation.submit(image=path, prompt="boat", validate=validate)
    assert base64.b64decode(body(sent[0])["image"]) == path.read_bytes()


@pytest.mark.parametrize("validate", ["error", "warn", "off"])
@pytest.mark.filterwarnings("ignore:kling_v3_0_pro_i2v")
@pytest.mark.parametrize(
    ("name", "rule"),
    [("end_image", "end_image.encodings"), ("negative_prompt", "negative_prompt.type"), ("seed", None)],
)
def test_a_file_that_cannot_be_sent_is_refused_whatever_is_looked_at(
    novita: ModuleType, operation: Any, sent: list[httpx.Request], tmp_path: Path, validate: str, name: str,
    rule: str | None,
) -> None:  # fmt: skip
    path = image(tmp_path / "a.png", (400, 400))
    for given_ in (path, path.read_bytes()):
        with pytest.raises(novita.InvalidRequest) as raised:
            operation.submit(image=URL, prompt="boat", validate=validate, **{name: given_})
        assert rule is None or rule in {found.rule for found in raised.value.violations}
    assert sent == []


def test_pictures_inside_of_elements_are_encoded(mulerouter: Any, sent: list[httpx.Request], tmp_path: Path) -> None:
    path = image(tmp_path / "a.png", (400, 400))
    element = {"frontal_image": path, "reference_images": [path.read_bytes(), URL]}
    mulerouter.submit(first_frame=URL, prompt="<<<element_1>>> waves", elements=[element])
    text = base64.b64encode(path.read_bytes()).decode()
    assert body(sent[0])["elements"] == [{"frontal_image": text, "reference_images": [text, URL]}]
    assert element["frontal_image"] == path
    small = image(tmp_path / "b.png", (299, 400))
    with pytest.raises(ValueError, match=r"`elements\[0\]\.reference_images\[0\]`: the width is 299 px"):
        mulerouter.submit(first_frame=URL, prompt="x", elements=[{"frontal_image": path, "reference_images": [small]}])


def test_a_mention_beyond_all_numbers_is_refused(mulerouter: Any, sent: list[httpx.Request]) -> None:
    for number, rules in (("9", {"prompt.maxLength", "prompt-elements.refers_to"}), ("0", {"prompt.maxLength"})):
        with pytest.raises(ValueError, match="maxLength") as raised:
            mulerouter.submit(
                first_frame=URL, prompt=f"<<<element_{number * 5000}1>>>", elements=[{"frontal_image": URL}]
            )
        assert {found.rule for found in raised.value.violations} == rules  # type: ignore[attr-defined]
    assert sent == []


def test_the_name_of_a_file_is_no_file(novita: ModuleType, operation: Any) -> None:
    with pytest.raises(novita.InvalidRequest, match=r"give a file as Path\('frames/good.png'\)"):
        operation.submit(image="frames/good.png", prompt="boat")


def test_a_word_that_means_nothing_is_refused(novita: ModuleType, operation: Any, sent: list[httpx.Request]) -> None:
    with pytest.raises(novita.ConfigurationError, match="'errors'"):
        operation.submit(image=URL, prompt="boat", validate="errors")
    assert sent == []


@pytest.mark.parametrize("timeout", ["5", httpx.Timeout(5), float("nan")])
def test_what_is_no_time_is_refused_before_anything_is_sent(
    novita: ModuleType, operation: Any, sent: list[httpx.Request], timeout: Any
) -> None:
    for call in (operation.run, operation.submit):
        with pytest.raises(novita.ConfigurationError, match="number of seconds"):
            call(image=URL, prompt="boat", timeout=timeout)
    client = novita.Client("key", http_client=httpx.Client(transport=httpx.MockTransport(lambda _: 1 / 0)))
    with pytest.raises(novita.ConfigurationError, match="number of seconds"):
        client.run_many([operation.request(image=URL, prompt="boat")], timeout=timeout)
    assert sent == []


def test_a_total_that_nobody_gave_is_not_blamed_on_anybody(novita: ModuleType, operation: Any) -> None:
    shots = [{"prompt": "a", "duration": 10}, {"prompt": "b", "duration": 10}]
    with pytest.raises(novita.InvalidRequest, match=r"15; 20 is the sum of `multi_prompt\[\]\.duration`\."):
        operation.submit(image=URL, multi_prompt=shots)


@pytest.mark.parametrize("method", ["request", "submit"])
def test_a_warning_points_to_the_call(novita: ModuleType, operation: Any, method: str) -> None:
    with pytest.warns(novita.RequestWarning) as caught:
        getattr(operation, method)(image=URL, prompt="boat", duration=99, validate="warn")
    assert caught[0].filename == __file__


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
