from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import jsonschema_rs
import orjson
import pytest

import specs
from mockserver.answers import Template
from mockserver.clock import START, Clock
from mockserver.engine import Engine
from mockserver.mock import Mock
from mockserver.prepared import UNKNOWN_WORD
from mockserver.settings import Settings
from mockserver.stores import MemoryStore
from specs.errors import ReelspecError
from specs.model import Authentication, Meaning


def error_parts(engine: Engine, body: bytes) -> dict[str, Any]:
    """Return the parts of a refusal by the contract's pointers."""
    parts = {}
    for part, pointer in engine.contract.errors.pointers.items():
        value = orjson.loads(body)
        for name in pointer.strip("/").split("/"):
            value = value[name]
        parts[part] = value
    return parts


def refused_as(engine: Engine, reply: Any, meaning: Meaning) -> bool:
    code = engine.contract.errors.for_meaning(meaning)
    assert code is not None
    return bool(reply.status == code.status and error_parts(engine, reply.body)["code"] == code.code)


class Gone(MemoryStore):
    """A store that cannot be reached."""

    def add(self, *_):
        raise OSError("gone")

    def get(self, *_):
        raise OSError("gone")


class TestLife:
    def test_from_queued_to_a_video(self, each):
        caller, operation = each
        expected = operation.task.expected(5)
        begun, task_id = caller.now, caller.started(operation)
        seen = []
        for passed in (0, expected * 0.05, expected * 0.2, expected * 0.6, expected):
            caller.now = begun + passed
            seen.append(operation.task.state(caller.told(operation, task_id, "status")))
        assert seen == ["queued", "queued", "running", "running", "succeeded"]
        assert caller.told(operation, task_id, "video").startswith("https://mock.test/_mock/results/")

    def test_answers_keep_their_documented_schema(self, each):
        caller, operation = each
        poll = caller.engine.contract.operation(operation.task.poll)
        begun, reply = caller.now, caller.submit(operation)
        jsonschema_rs.validate(dict(operation.responses[reply.status].schema), orjson.loads(reply.body))
        task_id = caller.id_of(operation, reply)
        for passed in (0, 20, 60, 1000):
            caller.now = begun + passed
            answer = caller.poll(operation, task_id)
            assert answer.status == 200
            jsonschema_rs.validate(dict(poll.responses[200].schema), orjson.loads(answer.body), validate_formats=True)

    def test_a_longer_video_takes_longer(self, each):
        caller, operation = each
        begun = caller.now
        short, long = caller.started(operation, duration=3), caller.started(operation, duration=15)
        caller.now = begun + operation.task.expected(3)
        states = [operation.task.state(caller.told(operation, found, "status")) for found in (short, long)]
        assert states == ["succeeded", "running"]

    def test_the_film_is_what_was_asked_for(self, each):
        caller, operation = each
        video = operation.task.video
        task_id = caller.started(operation, duration=7)
        caller.now += 1000
        film = caller.send("GET", f"/_mock/results/{task_id}.mp4", headers={}).film
        assert film.seconds == 7
        assert film.shots == (("A fox in the snow", 7),)
        assert film.first_frame == ("https://images.test/fox.png" if "first_frame" in video else None)

    def test_results_expire(self, call):
        caller = call("novita")
        operation = caller.engine.contract.submits[0]
        begun, task_id = caller.now, caller.started(operation)
        path = f"/_mock/results/{task_id}.mp4"
        assert caller.send("GET", path).status == 404
        caller.now = begun + operation.task.expected(5) + operation.task.result_ttl - 1
        assert caller.send("GET", path).status == 200
        assert caller.told(operation, task_id, "video_ttl") == "1"
        caller.now += 1
        assert caller.send("GET", path).status == 403

    def test_an_id_is_enough_where_nothing_was_kept(self, each):
        caller, operation = each
        begun, task_id = caller.now, caller.started(operation, duration=9)
        answers = {}
        for passed in (0, 50, 500):
            caller.now = begun + passed
            answers[passed] = operation.task.state(caller.told(operation, task_id, "status"))
        caller.engine.store.reset()
        for passed, state in answers.items():
            caller.now = begun + passed
            assert operation.task.state(caller.told(operation, task_id, "status")) == state
        assert caller.send("GET", f"/_mock/results/{task_id}.mp4").film.seconds == 9

    def test_another_engine_does_not_know_the_task(self, each):
        caller, operation = each
        task_id = caller.started(operation)
        caller.engine = Engine(caller.engine.contract, Settings(seed=1))
        assert refused_as(caller.engine, caller.poll(operation, task_id), "task_not_found")

    def test_instant_tasks_are_done_at_once(self, call):
        caller = call("mulerouter", instant=True)
        operation = caller.engine.contract.submits[0]
        assert caller.told(operation, caller.started(operation), "status") == "completed"

    def test_variants_use_other_words(self, call):
        caller = call("mulerouter", variant="newer")
        operation = caller.engine.contract.submits[0]
        assert caller.told(operation, caller.started(operation), "status") == "queued"

    def test_an_unknown_variant_is_named(self):
        with pytest.raises(ReelspecError, match="no variant 'oldest'"):
            Engine(specs.load("mulerouter"), Settings(variant="oldest"))
        with pytest.raises(ReelspecError, match="one of: newer"):
            Mock(*specs.providers(), variant="oldest")

    def test_a_variant_is_for_those_that_have_it(self, call):
        caller, told = call("novita"), {}
        for name, engine in Mock(*specs.providers(), variant="newer").engines.items():
            caller.engine, operation = engine, engine.contract.submits[0]
            told[name] = caller.told(operation, caller.started(operation), "status")
        assert told["mulerouter"] == "queued"
        assert told["novita"] == "TASK_STATUS_QUEUED"

    def test_a_limit_on_running_tasks_makes_a_queue(self, call):
        caller = call("novita", concurrency=1)
        operation = caller.engine.contract.submits[0]
        begun = caller.now
        first, second = caller.started(operation), caller.started(operation)
        caller.now = begun + operation.task.expected(5) - 1
        assert caller.told(operation, first, "status") == "TASK_STATUS_PROCESSING"
        assert caller.told(operation, second, "status") == "TASK_STATUS_QUEUED"
        caller.now = begun + operation.task.expected(5) + 1
        assert caller.told(operation, second, "status") == "TASK_STATUS_PROCESSING"

    def test_a_task_that_never_ends_keeps_its_place(self, call):
        caller = call("novita", concurrency=2)
        operation = caller.engine.contract.submits[0]
        caller.started(operation, prompt="mock:waiting")  # has none
        caller.started(operation, prompt="mock:stuck")
        second, third = caller.started(operation), caller.started(operation)
        caller.now += operation.task.expected(5) - 1
        assert caller.told(operation, second, "status") == "TASK_STATUS_PROCESSING"
        assert caller.told(operation, third, "status") == "TASK_STATUS_QUEUED"
        stuck = caller.started(operation, prompt="mock:stuck")
        caller.now += 10 * operation.task.expected(5)
        assert caller.told(operation, third, "status") == "TASK_STATUS_SUCCEED"
        assert caller.told(operation, stuck, "status") == "TASK_STATUS_PROCESSING"
        last = caller.started(operation)
        caller.now += 10 * operation.task.expected(5)
        assert caller.told(operation, last, "status") == "TASK_STATUS_QUEUED"


class TestRefusals:
    @pytest.mark.parametrize("provider", specs.providers())
    @pytest.mark.parametrize(
        ("headers", "meaning"),
        [
            ({"content-type": "application/json"}, "missing_api_key"),
            ({"authorization": "Bearer ", "content-type": "application/json"}, "missing_api_key"),
            ({"authorization": "a-test-key", "content-type": "application/json"}, "invalid_api_key"),
            ({"authorization": "Bearer wrong", "content-type": "application/json"}, "invalid_api_key"),
            ({"authorization": "Bearer good", "content-type": "text/plain"}, "unsupported_media_type"),
            ({"authorization": "Bearer mock-no-balance", "content-type": "application/json"}, "insufficient_balance"),
        ],
    )
    def test_headers(self, call, provider, headers, meaning):
        caller = call(provider, keys=frozenset({"good", "mock-no-balance"}))
        operation = caller.engine.contract.submits[0]
        assert refused_as(caller.engine, caller.submit(operation, headers=headers), meaning)

    @pytest.mark.parametrize("provider", specs.providers())
    def test_routes_and_methods(self, call, provider):
        caller = call(provider)
        operation = caller.engine.contract.submits[0]
        assert refused_as(caller.engine, caller.send("POST", "/nowhere", b"{}"), "not_found")
        wrong = caller.send("DELETE", operation.path)
        assert refused_as(caller.engine, wrong, "method_not_allowed")
        assert (b"allow", b"POST") in wrong.headers

    @pytest.mark.parametrize("provider", specs.providers())
    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"a": NaN}', b"[" * 5000])
    def test_bodies_that_are_no_object(self, call, provider, body):
        caller = call(provider)
        operation = caller.engine.contract.submits[0]
        assert refused_as(caller.engine, caller.send("POST", operation.path, body), "invalid_request")

    @pytest.mark.parametrize("lenient", [False, True])
    @pytest.mark.parametrize("levels", [64, 65, 252, 253, 800, 2_000])
    def test_a_body_that_is_nested_deep(self, call, levels, lenient):
        chosen = frozenset({"text_numbers", "unknown_fields"} if lenient else ())
        caller = call("novita", lenient=chosen)
        operation = caller.engine.contract.submits[0]
        body = b'{"prompt":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"
        assert refused_as(caller.engine, caller.send("POST", operation.path, body), "invalid_request")
        caller.send("POST", "/nowhere", body)
        for exchange in caller.engine.journal:
            shown = orjson.loads(orjson.dumps(exchange.as_json()))
            assert isinstance(shown["request"], dict if levels == 64 else str)

    def test_many_brackets_are_not_deep(self, call):
        caller = call("novita")
        caller.started(caller.engine.contract.submits[0], prompt="[{" * 100)

    def test_a_body_beyond_the_limit(self, call):
        caller = call("novita", body_limit=100)
        operation = caller.engine.contract.submits[0]
        assert refused_as(caller.engine, caller.send("POST", operation.path, b" " * 101), "too_large")

    def test_forged_and_missing_ids(self, each):
        caller, operation = each
        real = caller.started(operation)
        for forged in ("nonsense", "0" * 36, real[:-1] + ("0" if real[-1] != "0" else "1"), real.upper()):
            if forged != real:
                assert refused_as(caller.engine, caller.poll(operation, forged), "task_not_found")

    def test_every_rule_and_limit_is_told_at_once(self, each):
        caller, operation = each
        body = {**plain_of(operation), "duration": 99, "no_such_field": 1}
        reply = caller.submit(operation, body)
        assert refused_as(caller.engine, reply, "invalid_request")
        parts = error_parts(caller.engine, reply.body)
        told = str(parts["details"])
        for found in operation.validate(body):
            assert found.rule in told
            assert found.message in parts["message"]

    def test_the_status_is_in_the_body_where_the_contract_says_so(self, call):
        caller = call("novita")
        reply = caller.send("GET", "/v3/async/task-result")
        assert error_parts(caller.engine, reply.body)["status"] == reply.status == 400

    def test_validation_can_come_before_authentication(self, call):
        operation = specs.load("mulerouter").submits[0]
        for first, meaning in ((False, "missing_api_key"), (True, "invalid_request")):
            caller = call("mulerouter", validate_first=first)
            reply = caller.submit(operation, {}, headers={"content-type": "application/json"})
            assert refused_as(caller.engine, reply, meaning)

    def test_a_rate_limit_says_when_to_come_back(self, call):
        caller = call("novita", requests_per_minute=2)
        operation = caller.engine.contract.submits[0]
        caller.started(operation)
        caller.now += 20
        caller.started(operation)
        reply = caller.submit(operation)
        assert refused_as(caller.engine, reply, "rate_limited")
        assert (b"retry-after", b"40") in reply.headers
        other = {**caller.headers, "authorization": "Bearer another"}
        assert caller.submit(operation, headers=other).status == 200
        caller.now += 40
        assert caller.submit(operation).status == 200

    def test_a_part_of_a_second_is_waited_for_too(self, call):
        caller = call("novita", requests_per_minute=1)
        operation = caller.engine.contract.submits[0]
        caller.started(operation)
        caller.now += 0.6
        assert (b"retry-after", b"60") in caller.submit(operation).headers

    def test_a_client_waits_real_seconds(self, call):
        caller = call("novita")
        caller.engine = Mock("novita", clock=Clock(60, START), requests_per_minute=1).engine
        operation = caller.engine.contract.submits[0]
        caller.started(operation)
        assert (b"retry-after", b"1") in caller.submit(operation).headers

    def test_a_store_that_fails_is_told_in_the_providers_words(self, each):
        caller, operation = each
        caller.engine.store = Gone()
        assert refused_as(caller.engine, caller.submit(operation), "server_error")
        assert refused_as(caller.engine, caller.poll(operation, "0" * 36), "server_error")
        assert [exchange.verdict for exchange in caller.engine.journal] == ["server_error"] * 2

    def test_a_warning_does_not_refuse(self, call):
        caller = call("mulerouter")
        operation = caller.engine.contract.submits[0]
        shots = {"multi_shot": True, "shot_type": "customize", "multi_prompt": [{"prompt": "One", "duration": 5}]}
        caller.started(operation, **shots)
        (exchange,) = caller.engine.journal.submits
        assert [found.severity for found in exchange.violations] == ["warning"]


class TestImages:
    def test_each_image_rule_has_its_code(self, call):
        caller = call("novita", lenient=frozenset({"data_uri"}))
        operation = caller.engine.contract.submits[0]
        small = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (10).to_bytes(4, "big") * 2
        for data, meaning, rule in (
            (small, "image_dimensions", "image.minWidth"),
            (b"GIF89a" + b"\x90\x01" * 2, "image_format", "image.formats"),
        ):
            image = "data:image/png;base64," + base64.b64encode(data).decode()
            reply = caller.submit(operation, {**plain_of(operation), "image": image})
            assert refused_as(caller.engine, reply, meaning)
            assert rule in str(error_parts(caller.engine, reply.body)["details"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("result_ttl", "5"), ("seed", "a"), ("seed", 1.5), ("body_limit", "3"), ("requests_per_minute", 1.5),
        ("concurrency", True), ("keys", "abc"), ("keys", [7]),
    ],
)  # fmt: skip
def test_settings_of_another_type_are_named(name, value):
    with pytest.raises(ReelspecError, match=f"^{name}: "):
        Mock("novita", **{name: value})


class TestContentType:
    @pytest.mark.parametrize(
        ("kind", "status"),
        [
            ("application/json; charset=utf-8", 200), ("Application/JSON ;x=1", 200), ("application/jsonx", 400),
            ("application/json-patch+json", 400), ("text/plain", 400), ("", 400),
        ],
    )  # fmt: skip
    def test_only_json_is_taken_for_json(self, call, kind, status):
        caller = call("novita")
        operation = caller.engine.contract.submits[0]
        assert caller.submit(operation, headers={**caller.headers, "content-type": kind}).status == status


class TestLenient:
    def test_a_bare_key(self, call):
        operation = specs.load("novita").submits[0]
        headers = {"authorization": "a-test-key", "content-type": "application/json"}
        assert call("novita").submit(operation, headers=headers).status == 403
        assert call("novita", lenient=frozenset({"bare_key"})).submit(operation, headers=headers).status == 200

    @pytest.mark.parametrize(
        ("leniency", "more"),
        [
            ("text_booleans", {"multi_shot": "false"}),
            ("text_numbers", {"duration": "5"}),
            ("unknown_fields", {"no_such_field": 1}),
            (
                "data_uri",
                {
                    "first_frame": "data:image/png;base64,"
                    + base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (400).to_bytes(4, "big") * 2).decode()
                },
            ),
        ],
    )
    def test_bodies(self, call, leniency, more):
        strict, lenient = call("mulerouter"), call("mulerouter", lenient=frozenset({leniency}))
        operation = strict.engine.contract.submits[0]
        body = {**plain_of(operation), **more}
        assert strict.submit(operation, body).status == 400
        assert lenient.submit(operation, body).status == 202

    @pytest.mark.parametrize("text", ["9" * 40, "-" + "9" * 40, str(2**63), "nan", "1e400", "9" * 5_000])
    def test_a_number_that_json_cannot_say_is_a_text(self, call, text):
        caller = call("mulerouter", lenient=frozenset({"text_numbers"}))
        operation = caller.engine.contract.submits[0]
        for name in ("duration", "cfg_scale"):
            if f"/{name}" in {field.pointer for field in operation.fields}:
                reply = caller.submit(operation, {**plain_of(operation), name: text})
                assert refused_as(caller.engine, reply, "invalid_request")

    @pytest.mark.parametrize(
        ("text", "status"), [("5.0", 202), (" 5", 202), ("1_5", 400), ("\uff15", 400), ("05", 400)]
    )
    def test_a_number_is_written_as_in_json(self, call, text, status):
        caller = call("mulerouter", lenient=frozenset({"text_numbers"}))
        operation = caller.engine.contract.submits[0]
        assert caller.submit(operation, {**plain_of(operation), "duration": text}).status == status

    def test_an_unknown_leniency_is_named(self):
        with pytest.raises(ReelspecError, match="no leniency 'anything'"):
            Settings(lenient=frozenset({"anything"}))


class TestJournal:
    def test_keys_are_masked(self, call):
        caller = call("novita")
        caller.started(caller.engine.contract.submits[0])
        shown = str([exchange.as_json() for exchange in caller.engine.journal])
        assert "a-test-key" not in shown
        assert "Bearer …" in shown

    def test_keys_are_masked_wherever_a_client_put_them(self, call):
        caller = call("novita")
        caller.send("GET", "/nowhere", query=b"api_key=sk-a-test-key&task_id=t&access%5Ftoken=x&Token=sk-a-test-key")
        (exchange,) = caller.engine.journal
        assert exchange.as_json()["query"] == "api_key=…ey&task_id=t&access%5Ftoken=…&Token=…ey"

    def test_the_key_header_of_a_spec_of_ones_own_is_masked(self, call):
        contract = replace(specs.load("novita"), authentication=Authentication("X-Signed-By", ""))
        caller = call("novita")
        caller.engine = Engine(contract)
        caller.headers = {"x-signed-by": "sk-a-test-key", "content-type": "application/json"}
        caller.started(contract.submits[0])
        (exchange,) = caller.engine.journal
        assert exchange.as_json()["headers"] == {"x-signed-by": "…ey", "content-type": "application/json"}

    def test_it_knows_what_was_submitted_and_what_refused(self, call):
        caller = call("novita")
        operation = caller.engine.contract.submits[0]
        task_id = caller.started(operation)
        caller.submit(operation, {})
        journal = caller.engine.journal
        assert [exchange.task for exchange in journal.submits] == [task_id]
        assert [exchange.verdict for exchange in journal.refused] == ["invalid_request"]
        assert "image.required" in journal.refused[0].rules

    def test_it_is_bounded(self, call):
        caller = call("novita")
        for _ in range(1_010):
            caller.send("GET", "/nowhere")
        assert len(caller.engine.journal) == 1_000
        assert caller.engine.journal.count == 1_010
        assert next(caller.engine.journal.numbered())[0] == 11


def test_the_same_requests_at_the_same_times_give_the_same_bytes(each):
    caller, operation = each
    again = type(caller)(Engine(caller.engine.contract))
    for sender in (caller, again):
        task_id = sender.started(operation)
        sender.now += 60
        sender.poll(operation, task_id)
    assert [e.reply.body for e in caller.engine.journal] == [e.reply.body for e in again.engine.journal]


def test_a_spec_of_ones_own_is_served_by_its_rules(call):
    document = orjson.loads(orjson.dumps(specs.load("novita").document))
    document["components"]["schemas"]["KlingV30StdI2vRequest"]["properties"]["duration"]["maximum"] = 7
    contract = specs.contract(document)
    operation = contract.submits[0]
    caller = call("novita")
    caller.engine = Engine(contract)
    assert caller.submit(operation, {**plain_of(operation), "duration": 8}).status == 400
    assert caller.submit(operation, {**plain_of(operation), "duration": 7}).status == 200


class TestTemplate:
    def test_percent_signs_are_no_holes(self):
        schema = {"required": ["c"], "properties": {"a%b": {"type": "string"}, "c": {"enum": ["100 %"]}}}
        assert orjson.loads(Template(schema, {"/a%b": lambda s: s}).fill("%b")) == {"a%b": "%b", "c": "100 %"}

    def test_what_moves_is_filled_each_time_and_the_rest_is_kept(self):
        schema = {"required": ["%"], "properties": {"a": {}, "b": {}, "%": {"enum": ["100 %"]}}}
        places = {"/a": lambda s: s[0], "/b": lambda s: s[1]}
        template = Template(schema, places, moving={"/b"})
        first, second = template.fill_again(("%b", 1), "x"), template.fill_again(("kept", 2), "x")
        assert orjson.loads(first) == {"a": "%b", "b": 1, "%": "100 %"}
        assert orjson.loads(second) == {"a": "%b", "b": 2, "%": "100 %"}
        for number in range(1_000):
            assert template.fill_again((number, 0), number) == template.fill((number, 0))

    def test_numbers_are_written_as_documented(self):
        schema = {"properties": {"text": {"type": "string"}, "whole": {"type": "integer"}, "any": {}}}
        filled = Template(schema, {"/text": lambda s: s, "/whole": lambda s: s, "/any": lambda s: s}).fill(12.0)
        assert orjson.loads(filled) == {"text": "12", "whole": 12, "any": 12.0}

    def test_what_has_no_value_is_left_out_or_empty(self):
        schema = {
            "required": ["id"],
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                "error": {"properties": {"detail": {"type": "string"}}},
                "videos": {"type": "array", "items": {"type": "string"}},
                "note": {"type": "string"},
            },
        }
        made = Template[None](schema, {"/error/detail": None, "/videos/*": None}).fill(None)
        assert orjson.loads(made) == {"id": "00000000-0000-7000-8000-000000000000", "videos": []}


def test_the_unknown_word_is_unknown_to_every_contract():
    for name in specs.providers():
        for operation in specs.load(name).submits:
            assert operation.task is not None
            assert operation.task.state(UNKNOWN_WORD) is None


def plain_of(operation):
    video = operation.task.video
    body = {video["prompt"][1:]: "A fox in the snow"}
    return body | ({video["first_frame"][1:]: "https://images.test/fox.png"} if "first_frame" in video else {})
