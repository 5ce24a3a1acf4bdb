"""The contract tests, measured: `python -m benchmarks contract`.

Which case finds which fault after how many requests is written to benchmarks/contract-faults.tsv.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import jsonschema_rs
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import specs
from contract import Goal, Seeded, breaking, draw_body, limits, plan, sample_requests, suite, valid_requests
from contract.cases import Case
from contract.faults import Fault, equivalent, faulty, mutants
from contract.runner import Budget, Result, Run, Send
from contract.seeds import seeded
from contract.senders import http, in_process
from mockserver.mock import Mock
from specs import pointers
from specs.checks import places
from specs.media import Media, check_value
from specs.model import Contract, Operation
from specs.resolve import resolved

FAULTS = Path(__file__).with_name("contract-faults.tsv")
Row = tuple[str, str, str, bool]


def wrong(operation: Operation, body: Any) -> frozenset[str]:
    """The ids of all that is wrong with a body, files included."""
    found = {violation.rule for violation in operation.validate(body) if violation.severity == "error"}
    for field in operation.at("body"):
        if field.media is not None and isinstance(body, dict):
            pointer = field.pointer + "/*" * ("array" in field.types)
            media, name = Media.from_json(field.media), pointers.name(pointer)
            values = [value for _, value in places(body, pointer) if isinstance(value, str)]
            found |= {f"{name}.{problem.keyword}" for value in values for problem in check_value(media, value)}
    return frozenset(found)


def submits(contracts: Iterable[Contract]) -> list[tuple[Contract, Operation]]:
    """Return every operation that starts a task, with its contract."""
    return [(contract, operation) for contract in contracts for operation in contract.submits]


def whole_schema(contract: Contract, operation: Operation) -> jsonschema_rs.Draft202012Validator:
    """The request schema as the document states it, rendered rules and all: a judge that is not ours."""
    stated = contract.document["paths"][operation.path][operation.method.lower()]
    schema = stated["requestBody"]["content"]["application/json"]["schema"]
    return jsonschema_rs.Draft202012Validator(resolved(schema, contract.document, "bench"))


def validity(contracts: list[Contract], count: int = 10_000) -> Iterator[Row]:
    """Judge valid bodies and bodies with one thing wrong, by our rules and by a JSON Schema validator."""
    good = 0
    judged = [(operation, whole_schema(contract, operation)) for contract, operation in submits(contracts)]
    for seed, (operation, schema) in enumerate(islice(cycle(judged), count)):
        body = draw_body(plan(operation, Goal()), Seeded(seed))
        good += not wrong(operation, body) and schema.is_valid(body)
    yield "valid cases really valid", f"{good:,} of {count:,}", "100 %", good == count
    goals = [
        (operation, goal)
        for _, operation in submits(contracts)
        for found in (*(rule.id for rule in operation.rules if rule.severity == "error"), *limits(operation))
        if (goal := breaking(operation, found)) is not None
    ]
    right = alone = 0
    for seed, (operation, goal) in enumerate(islice(cycle(goals), count)):
        found = wrong(operation, draw_body(plan(operation, goal), Seeded(seed)))
        right += found == goal.violations
        alone += len(found) == 1
    yield "negatives refused for what is intended and nothing else", f"{right:,} of {count:,}", "100 %", right == count
    entailed = sorted({"+".join(sorted(goal.violations)) for _, goal in goals if len(goal.violations) > 1})
    note = f"{alone:,}; the others break what cannot be broken alone ({len(entailed)} such)"
    yield "… of which break one rule or limit alone", note, "-", True


def generation(operation: Operation) -> Iterator[Row]:
    """Bodies with shots, valid: how many a second of processor time, and which pairs of duration and shots they cover.

    Through Hypothesis its own engine is most of the time, so that its rate stands beside that for a single integer.
    """
    shots = next(rule.fields[0].split("/")[1] for rule in operation.rules if rule.kind == "sum")
    list(sample_requests(operation, 1, having=f"/{shots}"))
    began = time.process_time()
    bodies = list(sample_requests(operation, 2000, having=f"/{shots}"))
    rate = len(bodies) / (time.process_time() - began)
    assert all(body[shots] for body in bodies)
    drawn, single = hypothesis_rate(valid_requests(operation, having=f"/{shots}")), hypothesis_rate(st.integers())
    yield f"sample_requests, multi-shot bodies a second, {operation.id}", f"{rate:,.0f}", ">= 1,000", rate >= 1000
    told = f"{drawn:,.0f}, {drawn / single:.2f} of a single integer's rate ({single:,.0f})"
    yield f"valid_requests through Hypothesis, {operation.id}", told, ">= 1,000", drawn >= 1000
    wanted = feasible_pairs(operation, shots)
    seen = {(body.get("duration", operation.field("/duration").default), len(body[shots])) for body in bodies}
    share = len(seen & wanted) / len(wanted)
    yield (
        f"(duration, shots) pairs in 2,000 bodies, {operation.id}", f"{len(seen & wanted)} of {len(wanted)} possible",
        ">= 70 of 77 (91 %)", share >= 70 / 77,
    )  # fmt: skip


def hypothesis_rate(strategy: st.SearchStrategy[Any]) -> float:
    """Return the examples that Hypothesis draws in a second of processor time, generation alone."""
    drawn = 0

    @settings(max_examples=1000, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(strategy)
    def collect(_: Any) -> None:
        nonlocal drawn
        drawn += 1

    began = time.process_time()
    collect()
    return drawn / (time.process_time() - began)


def feasible_pairs(operation: Operation, shots: str) -> set[tuple[int, int]]:
    """Every pair that a partition exists for, by trying all sums."""
    total, item = operation.field("/duration").schema, operation.field(f"/{shots}/*/duration").schema
    most = operation.field(f"/{shots}").schema.get("maxItems", 100)
    low, high = item.get("minimum", 1), item.get("maximum", 100)
    least = operation.field(f"/{shots}").schema.get("minItems", 1)
    durations = range(total["minimum"], total["maximum"] + 1)
    return {(d, n) for d in durations for n in range(max(1, least), most + 1) if n * low <= d <= n * high}


def light(contract: Contract) -> tuple[Case, ...]:
    """Return the suite without its bodies of megabytes, which only tell whether sizes of files are checked."""
    return tuple(case for case in suite(contract) if not case.large)


def first_finding(contract: Contract, fault: Fault) -> tuple[Result | None, int]:
    """Run the suite against a fault up to the first finding; return it and the requests that it took."""
    _, send = faulty(contract, fault)
    cases = suite(contract) if "maxBytes" in fault.name else light(contract)
    running = Run(contract, cases, send, "a-key", Budget(paid=10**6, interval=30), sleep=lambda _: None)
    return next((result for result in running.results() if result.findings), None), running.requests


def faults(contract: Contract) -> Iterator[Row]:
    """Find each seeded fault and kill each mutant; write which case finds which fault."""
    rows, worst, missed, count = [], 0, [], 0
    for fault in seeded(contract):
        count += 1
        result, requests = first_finding(contract, fault)
        if result is None or requests > 250:
            missed.append(fault.name)
        worst = max(worst, requests)
        found = "-" if result is None else f"{result.case.id}: {result.findings[0].message}"
        rows.append(f"{contract.provider}\t{fault.name}\t{requests}\t{found}")
    with FAULTS.open("a", encoding="utf-8") as file:
        file.write("\n".join(rows) + "\n")
    told = f"{count - len(missed)} of {count}, the last after {worst} requests"
    yield (
        f"seeded faults found within 250 requests, {contract.provider}",
        told,
        "all of >= 40",
        not missed and count >= 40,
    )
    made = list(mutants(contract))
    visible = [m for m in made if equivalent(contract.operation(m.name.partition("/")[0]), m.name) is None]
    killed = sum(first_finding(contract, mutant)[0] is not None for mutant in visible)
    told = f"{killed} of {len(visible)} ({len(made) - len(visible)} equivalent)"
    yield f"mechanical mutants killed, {contract.provider}", told, ">= 98 %", killed >= 0.98 * len(visible)


def correct(contract: Contract) -> Iterator[Row]:
    """Run the suite against mocks that do no wrong, and count what free mode starts."""
    alarms = 0
    for seed in range(5):
        send: Send = in_process(Mock(contract, seed=seed))
        running = Run(contract, suite(contract), send, "a-key", Budget(paid=10**6, interval=30), sleep=lambda _: None)
        alarms += sum(len(result.findings) for result in running.results())
    yield f"false alarms on the correct mock in 5 seeds, {contract.provider}", str(alarms), "0", alarms == 0
    mock = Mock(contract)
    running = Run(contract, suite(contract), in_process(mock), "a-key")
    sent = len([result for result in running.results() if result.outcome != "skipped"])
    told = f"{len(mock.journal.submits)} (of {sent} requests)"
    yield f"accepted submits in free mode, {contract.provider}", told, "0", not mock.journal.submits


def over_http(contracts: list[Contract]) -> Iterator[Row]:
    """Run the suite against the served mock, operation by operation."""
    names = [contract.provider for contract in contracts]
    command = [sys.executable, "-m", "reelspec", "mock", *names, "--port", "0", "--speed", "2000", "--store", "memory"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        addresses = [server.stdout.readline().split(": ")[1].split(" ")[0].strip() for _ in names]
        try:
            for contract, address in zip(contracts, addresses, strict=True):
                with http(address) as send:
                    for operation in contract.submits:
                        cases = suite(contract, operation.id)
                        running = Run(contract, cases, send, "a-key", Budget(paid=10**6, interval=0.02))
                        began = time.perf_counter()
                        broken = sum(result.outcome == "broken" for result in running.results())
                        took = time.perf_counter() - began
                        told = f"{took:.2f} s, {running.requests} requests, {broken} findings"
                        yield (
                            f"suite over HTTP, {contract.provider} {operation.id}",
                            told,
                            "<= 3 s, 0",
                            took <= 3 and not broken,
                        )
        finally:
            server.terminate()


def main() -> None:
    """Measure and print one table."""
    contracts = [specs.load(provider) for provider in specs.providers()]
    FAULTS.write_text("provider\tfault\trequests\tfound by\n", "utf-8")
    print(f"{'what':<70} {'measured':<60} {'bar':<20}")
    summed = [o for _, o in submits(contracts) if any(rule.kind == "sum" for rule in o.rules)]
    distinct = list({operation.id: operation for operation in summed}.values())
    measured: list[Iterator[Row]] = [validity(contracts), *map(generation, distinct), over_http(contracts)]
    for contract in contracts:
        measured += [correct(contract), faults(contract)]
    for rows in measured:
        for what, found, bar, kept in rows:
            print(f"{what:<70} {found:<60} {bar:<20} {'' if kept else 'MISSED'}", flush=True)


if __name__ == "__main__":
    main()
