"""What OpenAPI says around the body of an operation: is it deprecated, who signs, who serves, in which media types."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from codegen.drift import wording
from codegen.drift.change import Change
from specs import english
from specs.model import Contract, Operation
from specs.resolve import resolved

_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One operation of one state, as its document has it."""

    contract: Contract
    operation: Operation

    @property
    def item(self) -> Mapping[str, Any]:
        """The path item."""
        found: Mapping[str, Any] = self.contract.document["paths"][self.operation.path]
        return found

    @property
    def stated(self) -> Mapping[str, Any]:
        """The operation."""
        found: Mapping[str, Any] = self.item[self.operation.method.lower()]
        return found

    @property
    def servers(self) -> tuple[str, ...]:
        """The base addresses of its own, else those of the document."""
        own = self.stated.get("servers") or self.item.get("servers")
        return tuple(str(server["url"]).rstrip("/") for server in own) if own else self.contract.servers

    @property
    def signatures(self) -> frozenset[str]:
        """The ways to sign a request, each as the text of its schemes; none where no key is needed."""
        wanted = self.stated.get("security", self.contract.document.get("security", []))
        known = self.contract.document.get("components", {}).get("securitySchemes", {})
        if not wanted or {} in wanted:
            return frozenset()
        return frozenset(_text([known.get(name, name) for name in sorted(way)]) for way in wanted)

    @property
    def media_types(self) -> frozenset[str]:
        """The media types of the body besides JSON."""
        body = resolved(self.stated.get("requestBody", {}), self.contract.document, self.operation.id)
        return frozenset(body.get("content", {})) - {_JSON}


def compare_envelopes(old: Envelope, new: Envelope) -> Iterator[Change]:
    """Yield what changed around the operation; what holds of the whole document is not told again."""
    if bool(old.stated.get("deprecated")) != bool(new.stated.get("deprecated")):
        kind, said = ("deprecated", "is") if new.stated.get("deprecated") else ("undeprecated", "is not")
        yield Change(f"operation-{kind}", new.operation.path, f"the operation {said} deprecated"
                     + ("" if said == "is" else " any more"))  # fmt: skip
    yield from _servers(old, new)
    yield from _signatures(old, new)
    for media_type in sorted(old.media_types - new.media_types):
        said = f"the body cannot be sent as {wording.code(media_type)} any more"
        yield Change("request-content-removed", media_type, said, location="body", old=media_type)
    for media_type in sorted(new.media_types - old.media_types):
        said = f"the body can also be sent as {wording.code(media_type)}"
        yield Change("request-content-added", media_type, said, location="body", new=media_type)


def _servers(old: Envelope, new: Envelope) -> Iterator[Change]:
    common = (old.servers == old.contract.servers, new.servers == new.contract.servers)
    if old.servers != new.servers and not all(common):
        one, other = (english.listing(map(wording.code, found.servers)) for found in (old, new))
        yield Change("operation-server-changed", new.operation.path, f"it is served by {other}, was by {one}",
                     old=list(old.servers), new=list(new.servers))  # fmt: skip


def _signatures(old: Envelope, new: Envelope) -> Iterator[Change]:
    if bool(old.signatures) != bool(new.signatures):
        kind, said = (
            ("dropped", "needs no key any more") if old.signatures else ("changed", "needs a key, and needed none")
        )
        yield Change(f"authentication-{kind}", new.operation.path, f"the operation {said}")
    elif old.signatures != new.signatures and old.contract.authentication == new.contract.authentication:
        yield Change("authentication-changed", new.operation.path, "its requests are signed by another scheme")


def _text(schemes: list[Any]) -> str:
    told = [{name: value for name, value in scheme.items() if name not in ("description", "bearerFormat")}
            if isinstance(scheme, Mapping) else scheme for scheme in schemes]  # fmt: skip
    return json.dumps(told, sort_keys=True)
