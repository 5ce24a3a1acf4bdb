"""What a provider sends besides the answers of success: the bodies of errors, and messages to a webhook or callback."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from codegen.drift import wording
from codegen.drift.change import Change
from codegen.drift.fields import compare_fields
from specs.loader import METHODS, walk
from specs.model import Contract, Field, Operation
from specs.resolve import resolved

Schema = Mapping[str, Any]


def compare_errors(old: Operation, new: Operation) -> Iterator[Change]:
    """Yield what changed about the bodies of the errors that both states document."""
    seen: set[str] = set()
    for status in sorted(set(old.responses) & set(new.responses)):
        one, other = old.responses[status].schema, new.responses[status].schema
        if status < 400 or repr(one) == repr(other):
            continue
        for change in compare_fields(members(one), members(other), "response"):
            said = f"in the body of an error, {change.message}"
            if said not in seen:  # most statuses share one body
                seen.add(said)
                yield replace(change, location="error", message=said)


def compare_webhooks(old: Contract, new: Contract) -> Iterator[Change]:
    """Yield what changed about the messages that the provider sends by itself."""
    before, after = webhooks(old), webhooks(new)
    for name in before:
        if name not in after:
            yield Change("webhook-removed", name, f"the webhook {wording.code(name)} is gone", location="webhook")
    for name, fields in after.items():
        if name not in before:
            yield Change("webhook-added", name, f"the webhook {wording.code(name)} is new", location="webhook")
            continue
        for change in compare_fields(before[name], fields, "response"):
            yield replace(
                change,
                location="webhook",
                message=f"in the message to the webhook {wording.code(name)}, {change.message}",
            )


def webhooks(contract: Contract) -> dict[str, Sequence[Field]]:
    """Return the members of each message that is sent to a `webhook`, or to a callback of an operation, by its name."""
    items = dict(contract.document.get("webhooks", {}))
    for path in contract.document.get("paths", {}).values():
        for operation in (path[method] for method in METHODS if method in path):
            for name, addresses in operation.get("callbacks", {}).items():
                items |= {f"{operation['operationId']} {name}": item for item in addresses.values()}
    found: dict[str, Sequence[Field]] = {}
    for name, item in items.items():
        whole = resolved(item, contract.document, f"{contract.provider} webhook {name}")
        sent: Schema = next((whole[method] for method in METHODS if method in whole), {})
        content = sent.get("requestBody", {}).get("content", {})
        found[name] = members(content.get("application/json", {}).get("schema", {}))
    return found


def members(schema: Schema) -> list[Field]:
    """Return what is sent as fields: the whole, for what is said of it, and its members."""
    return [Field("response", "", {**schema, "items": None}, required=True), *walk(schema, "response", "a message")]
