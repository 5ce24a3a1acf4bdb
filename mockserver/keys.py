"""API keys: where a request carries one, which are accepted, and those whose requests are always refused."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from mockserver.http import Request
from mockserver.refusals import Refused
from mockserver.settings import Settings
from specs.model import Authentication, Meaning

_KNOWN: Final = 1_000
"""The accepted headers that are looked up rather than taken apart."""

_MAGIC: Final[Mapping[str, Meaning]] = {
    "mock-invalid-key": "invalid_api_key", "mock-forbidden": "permission_denied",
    "mock-no-balance": "insufficient_balance", "mock-rate-limited": "rate_limited",
    "mock-server-error": "server_error",
}  # fmt: skip


class Keys:
    """Reads the API keys of one provider's requests; `header` is the name of theirs, in lower case."""

    def __init__(self, authentication: Authentication, settings: Settings) -> None:
        self.header = authentication.header.lower().encode()
        self._authentication, self._settings = authentication, settings
        self._prefix = authentication.prefix.lower().encode()
        self._known: dict[bytes, str] = {}

    def accepted(self, request: Request) -> str:
        """Return the API key of a request. Raises Refused for one that is missing or not accepted."""
        signed = request.headers.get(self.header, b"")
        known = self._known.get(signed)
        if known is not None:
            return known
        key = self._taken_from(signed)
        if not key:
            raise Refused("missing_api_key", "The API key is empty.")
        if self._settings.keys is not None and key not in self._settings.keys:
            raise Refused("invalid_api_key", "The API key is not valid.")
        if (meaning := _MAGIC.get(key)) is not None:
            raise Refused(meaning, f"The key {key} is for testing: its requests are always refused like this.")
        if len(self._known) < _KNOWN:
            self._known[signed] = key
        return key

    def _taken_from(self, signed: bytes) -> str:
        prefix = self._prefix
        if not signed:
            raise Refused("missing_api_key", f"The header {self._authentication.header} is missing.")
        if signed[: len(prefix)].lower() == prefix:
            return signed[len(prefix) :].strip().decode("latin-1")
        if signed.strip().lower() == prefix.strip():
            return ""
        if "bare_key" in self._settings.lenient:
            return signed.decode("latin-1")
        expected = self._authentication.prefix.strip()
        raise Refused("invalid_api_key", f"The API key must come after {expected!r} in its header.")

    def stated(self, request: Request) -> bytes:
        """Return the API key that a request is signed with, accepted or not; empty where it has none."""
        signed = request.header(self.header) or b""
        return signed[len(self._prefix) :].strip() if signed.lower().startswith(self._prefix) else signed


def digest(key: str) -> str:
    """Name a key without saying it: stores do not learn keys."""
    return hashlib.blake2b(key.encode(), digest_size=8).hexdigest()
