"""Schemathesis against the mock, in this process: all of its phases over the OpenAPI document that the mock serves.

It looks for a 5xx and for what the document does not say: status, content type, body, headers. A body that is valid by
JSON Schema is mostly refused, since no schema says that shots add up to the duration or what is in a file; so most of
the positive cases are given a body that keeps the contract's rules, else no task would ever be started and polled.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

import specs
from contract import Goal, Seeded, draw_body, plan
from mockserver import Clock
from mockserver.asgi import App
from mockserver.control import Control
from mockserver.journal import Exchange
from mockserver.mock import Mock
from specs.checks import places
from specs.media import Media, check_value
from specs.model import Contract, Operation

CHECKS: Final = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "response_headers_conformance",
)  # fmt: skip
_AS_GENERATED: Final = 4
"""One positive case in so many is sent as it was generated."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a run found; `requests` and the answers' `statuses` are counted by the mock's own journal."""

    requests: int
    statuses: Counter[int]
    phases: tuple[str, ...]
    problems: tuple[str, ...]


def ask(contract: Contract, examples: int, seed: int = 1, **settings: Any) -> Opinion:
    """Run Schemathesis with so many examples for each operation and phase; the same seed sends the same requests."""
    mock = Mock(contract, clock=Clock.steps(), **settings)
    statuses: Counter[int] = Counter()

    def heard(exchange: Exchange) -> None:
        statuses[exchange.status] += 1

    mock.journal.listeners.append(heard)
    app = App(mock.engines.values(), mock.clock, Control())
    schema = schemathesis.openapi.from_asgi("/_mock/openapi.json", app, config=_config(examples, seed))
    schema.hook("map_case")(mender(contract, _AS_GENERATED))
    phases, problems = list[str](), list[str]()
    for event in from_schema(schema).execute():
        if isinstance(event, events.PhaseFinished) and event.status == "success":
            phases.append(event.phase.name.value)
        if isinstance(event, events.ScenarioFinished):
            problems += _problems(event)
        if isinstance(event, (events.NonFatalError, events.FatalError)):
            problems.append(str(event.info if isinstance(event, events.NonFatalError) else event.exception))
    return Opinion(mock.journal.count, statuses, tuple(phases), tuple(problems))


def _config(examples: int, seed: int) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict({
        "seed": seed, "continue-on-failure": True, "headers": {"Authorization": "Bearer a-test-key"},
        "generation": {"max-examples": examples, "database": "none"},
        "checks": {"enabled": False, **{name: {"enabled": True} for name in CHECKS}},
    })  # fmt: skip


def _problems(event: events.ScenarioFinished) -> list[str]:
    return [
        f"{event.label}: {check.name}: {check.failure_info.failure if check.failure_info else ''}"
        for checks in event.recorder.checks.values()
        for check in checks
        if check.status != "success"
    ]


def mender(contract: Contract, as_generated: int = 0) -> Callable[[Any, Any], Any]:
    """Return a hook that gives positive cases which break a rule or a file's limits a body that keeps them.

    One in `as_generated` of these stays as it is (0: none). The same case is mended the same.
    """
    submits = {(one.method, one.path): one for one in contract.submits}

    def map_case(context: Any, case: Any) -> Any:  # noqa: ARG001 - the hook's signature
        operation = submits.get((case.method.upper(), case.operation.path))
        if operation is None or case.meta is None or not case.meta.generation.mode.is_positive:
            return case
        if not isinstance(case.body, dict) or not _broken(operation, case.body):
            return case
        seed = zlib.crc32(repr(case.body).encode("utf-8", "surrogatepass"))
        if not as_generated or seed % as_generated:
            case.body = draw_body(plan(operation, Goal()), Seeded(seed))
        return case

    return map_case


def _broken(operation: Operation, body: dict[str, Any]) -> bool:
    """Tell whether a body breaks a rule, or the limits of a file."""
    if any(violation.severity == "error" for violation in operation.validate(body)):
        return True
    return any(
        isinstance(value, str) and check_value(Media.from_json(field.media), value)
        for field in operation.at("body")
        if field.media is not None
        for _, value in places(body, field.pointer)
    )


def main() -> None:
    """Ask about every provider, with so many examples that each is sent 2,000 requests or more."""
    for name in specs.providers():
        found = ask(specs.load(name), examples=280)
        print(f"{name}: {found.requests:,} requests, {dict(sorted(found.statuses.items()))}")
        print("  " + ("\n  ".join(found.problems) or "no 5xx, nothing outside of the document"), flush=True)


if __name__ == "__main__":
    main()
