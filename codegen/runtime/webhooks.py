"""Webhooks: what a provider posts when a task has ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from specs.checks import is_object

from . import core
from .core import Snapshot
from .description import Provider, first
from .errors import UnexpectedAnswer


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """A task's end, as posted. Nothing here is signed: ask the API by `token` before you rely on it."""

    type: str
    snapshot: Snapshot
    videos: tuple[str, ...]
    raw: Mapping[str, Any]

    @property
    def token(self) -> str:
        """What `client.task` takes."""
        return f"{self.snapshot.operation}:{self.snapshot.id}"


def parse(provider: Provider, body: bytes | str, headers: Mapping[str, str] | None = None) -> WebhookEvent:
    """Read a webhook's body: a task result, bare or wrapped in an event. Unknown members are kept in `raw`.

    Raises UnexpectedAnswer where no task can be found in it.
    """
    sort = next((value for name, value in (headers or {}).items() if name.lower() == "content-type"), "of no type")
    try:
        raw: Any = json.loads(body)
    except (ValueError, RecursionError):
        raw = None
    if not is_object(raw):
        raise UnexpectedAnswer(0, None, f"the webhook's body ({sort[:80]}) is no JSON object")
    payload = next((raw[name] for name in ("payload", "data") if is_object(raw.get(name))), raw)
    for operation in provider.operations.values():
        if operation.task is None:
            continue
        task_id = core.task_id_of(first(payload, *operation.task.polled.get("id", ())))
        status = first(payload, *operation.task.polled["status"])
        if task_id and status is not None:
            operation = core.said_operation(provider.operations, operation, payload)
            found = core.snapshot(operation, task_id, payload)
            urls = tuple(url for url, _ in core.videos(operation, payload))
            return WebhookEvent(str(raw.get("event_type") or raw.get("type") or ""), found, urls, raw)
    raise UnexpectedAnswer(0, None, "the webhook tells of no task", body=raw)
