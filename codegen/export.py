"""Contracts for foreign tools: as plain OpenAPI, and as an Arazzo workflow from submit to result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specs import pointers
from specs.errors import SpecError
from specs.model import Contract, Operation, Task
from specs.resolve import resolved

NAMED = frozenset({
    "properties", "patternProperties", "paths", "schemas", "responses", "parameters", "requestBodies", "headers",
    "securitySchemes", "links", "callbacks", "webhooks", "variables", "content", "examples", "$defs", "encoding",
    "dependentSchemas", "dependentRequired", "mapping", "scopes",
})  # fmt: skip
"""Keywords whose members are names, so that one that begins with `x-` is no extension."""
AS_THEY_ARE = frozenset({"default", "example", "enum", "const"})
"""Keywords that hold a value of the API, in which nothing is an extension."""
RETRY_SECONDS = 5
PATIENCE = 5
"""How many times the expected seconds of a long video the workflow waits before it gives up."""


def openapi(document: Any, *, names: bool = False) -> Any:
    """Return the document without extensions."""
    if isinstance(document, list):
        return [openapi(item) for item in document]
    if not isinstance(document, Mapping):
        return document
    kept = {}
    for key, value in document.items():
        if key.startswith("x-") and not names:
            continue
        plain = (not names and key in AS_THEY_ARE) or (key == "examples" and isinstance(value, list))
        kept[key] = value if plain else openapi(value, names=not names and key in NAMED)
    return kept


def arazzo(contract: Contract, spec: str = "openapi.yaml") -> dict[str, Any]:
    """Return an Arazzo 1.0 document with a workflow for each operation that starts a task.

    `spec` is where the workflow's reader finds the OpenAPI document: an address, absolute or relative to the workflow.
    Raises SpecError where there is no task. https://spec.openapis.org/arazzo/v1.0.1.html
    """
    workflows = [_workflow(contract, operation, operation.task) for operation in contract.submits if operation.task]
    if not workflows:
        raise SpecError(contract.provider, "no operation starts a task", "only tasks make a workflow")
    return {
        "arazzo": "1.0.1",
        "info": {"title": f"{contract.title}: from request to result", "version": contract.version},
        "sourceDescriptions": [{"name": contract.provider, "url": spec, "type": "openapi"}],
        "workflows": workflows,
    }


def _workflow(contract: Contract, operation: Operation, task: Task) -> dict[str, Any]:
    poll = contract.operation(task.poll)
    statuses = {**task.statuses}
    for variant in task.variants.values():
        statuses.update(variant.statuses)

    def told(*states: str) -> list[dict[str, str]]:
        """Say that the task was told to be in one of the states: what was refused or not found is no answer."""
        words = [word for word, state in statuses.items() if state in states]
        told = f"$response.body#{task.polled['status']}"
        return [{"condition": f"$statusCode == {_status(poll)}"}, {"condition": _among(told, words)}]

    failed = {"name": "lost", "type": "end", "criteria": told("failed", "canceled")}
    # With a stepId, that step would be done before this one is done again. The JSON Schema of Arazzo demands one
    # nevertheless, against its own text: https://github.com/OAI/Arazzo-Specification/issues/341
    not_yet = {
        "name": "not_yet", "type": "retry", "retryAfter": RETRY_SECONDS, "retryLimit": _limit(task),
        "criteria": told("queued", "running"),
    }  # fmt: skip
    return {
        "workflowId": operation.id,
        "summary": f"{operation.summary}: submit, wait, fetch the result".lstrip(": "),
        "inputs": _inputs(contract, operation),
        "steps": [
            _submit(operation, task),
            {
                "stepId": "poll",
                "operationId": poll.id,
                "parameters": [_parameter(poll, task)],
                "successCriteria": told("succeeded"),
                "onFailure": [failed, not_yet],
                "outputs": _outputs(task),
            },
        ],
        "outputs": {name: f"$steps.poll.outputs.{name}" for name in _outputs(task)},
    }


def _inputs(contract: Contract, operation: Operation) -> Any:
    """Return the schema of the request as OpenAPI has it: with the rules that JSON Schema can say."""
    stated = contract.document["paths"][operation.path][operation.method.lower()].get("requestBody", {})
    body = resolved(stated, contract.document, operation.id)
    return openapi(body.get("content", {}).get("application/json", {}).get("schema", {"type": "object"}))


def _submit(operation: Operation, task: Task) -> dict[str, Any]:
    return {
        "stepId": "submit",
        "operationId": operation.id,
        "requestBody": {"contentType": "application/json", "payload": "$inputs"},
        "successCriteria": [{"condition": f"$statusCode == {_status(operation)}"}],
        "outputs": {"task": f"$response.body#{task.submitted['id']}"},
    }


def _parameter(poll: Operation, task: Task) -> dict[str, Any]:
    where = next(f.location for f in poll.fields if f.name == task.parameter and f.location in ("path", "query"))
    return {"name": task.parameter, "in": where, "value": "$steps.submit.outputs.task"}


def _outputs(task: Task) -> dict[str, str]:
    """Return where the result stands: the first one of a list."""
    wanted = [name for name in ("status", "video", "audio", "video_ttl") if name in task.polled]
    return {name: f"$response.body#{_first(task.polled[name])}" for name in wanted}


def _first(pointer: str) -> str:
    return pointers.join(*("0" if name == "*" else name for name in pointers.split(pointer)))


def _status(operation: Operation) -> int:
    return min((status for status in operation.responses if 200 <= status < 300), default=200)


def _among(status: str, words: list[str]) -> str:
    quoted = [word.replace("'", "''") for word in words]
    return " || ".join(f"{status} == '{word}'" for word in quoted)


def _limit(task: Task) -> int:
    return max(1, round(PATIENCE * task.expected(15) / RETRY_SECONDS))
