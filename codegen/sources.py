"""Where the bytes of a provider's pages come from: stored copies, or the sites themselves."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from codegen.lock import Entry
from codegen.pagelist import PageEntry, PageList
from specs.errors import PageError, SpecError

if TYPE_CHECKING:
    from codegen.fetch import Answer, Fetcher  # an HTTP library, which reading a folder does without

_LINK = re.compile(r"\]\((https?://[^)\s]+)\)|^-?\s*(https?://\S+)$", re.MULTILINE)
_SHELL = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Copy:
    """The bytes of a page, where they came from, and what the site said of their age."""

    data: bytes
    address: str
    etag: str | None = None
    modified: str | None = None

    @property
    def sha256(self) -> str:
        """The checksum of the bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()


class Source(Protocol):
    """Where pages come from."""

    def copies(self, listed: PageList, known: Mapping[str, Entry]) -> dict[str, Copy]:
        """Return the provider's pages by key. Raises PageError for the first that cannot be had."""

    def close(self) -> None:
        """Let go of connections."""


class Folder:
    """Stored copies below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def copies(self, listed: PageList, known: Mapping[str, Entry]) -> dict[str, Copy]:
        """Read the copies; what the sites said of them last stays known."""
        found = {}
        for page in listed.pages:
            entry = known.get(page.key)
            path = self.folder / page.file
            try:
                data = path.read_bytes()
            except OSError as problem:
                raise SpecError(str(path), f"the page cannot be read: {problem.strerror}", "check --from") from problem
            same = entry is not None and entry.sha256 == hashlib.sha256(data).hexdigest()
            kept = entry if same else None
            found[page.key] = Copy(data, page.address, kept.etag if kept else None, kept.modified if kept else None)
        return found


class Web:
    """The sites themselves. Bodies are kept in `cache` by checksum, so that an unchanged page is not sent again."""

    def __init__(self, fetcher: Fetcher, cache: Path) -> None:
        self.fetcher, self.cache = fetcher, cache
        self._seen: dict[str, Copy] = {}

    def close(self) -> None:
        """Close the connections."""
        self.fetcher.client.close()

    def copies(self, listed: PageList, known: Mapping[str, Entry]) -> dict[str, Copy]:
        """Fetch the pages, each at the first of its addresses that has it."""
        index = self._index(listed.index) if listed.index else ()
        return {page.key: self._copy(page, known.get(page.key), index) for page in listed.pages}

    def _copy(self, page: PageEntry, entry: Entry | None, index: tuple[str, ...]) -> Copy:
        if page.address in self._seen:
            return self._seen[page.address]
        first: PageError | None = None
        named = (page.address, *page.alternatives)
        for address in dict.fromkeys((*named, *(found for found in index if slug(found) == slug(page.address)))):
            try:
                found = self._fetch(address, entry if entry and entry.address == address else None)
            except PageError as problem:
                first = first or problem
                continue
            self._seen[page.address] = found
            return found
        raise first or PageError(page.key, "has no address", "add one to pages.toml")

    def _fetch(self, address: str, entry: Entry | None) -> Copy:
        body = self._cached(entry.sha256) if entry else None
        known = (entry.etag, entry.modified) if entry and body is not None else (None, None)
        answer = self.fetcher.fetch(address, *known)
        if answer.moved:
            raise PageError(address, f"moved for good to {answer.moved}", "write that address into pages.toml")
        if answer.body is None:
            if body is None or not any(known):
                raise PageError(address, "answers 304 to a request without a condition", "report it to the site")
            return Copy(body, address, *known)
        refuse_shell(answer.body, address)
        self._keep(answer)
        return Copy(answer.body, address, answer.etag, answer.modified)

    def _index(self, address: str) -> tuple[str, ...]:
        body = self.fetcher.fetch(address).body or b""
        refuse_shell(body, address)
        return links(body.decode("utf-8", errors="replace"))

    def _cached(self, sha256: str) -> bytes | None:
        try:
            data = (self.cache / sha256).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    def _keep(self, answer: Answer) -> None:
        with contextlib.suppress(OSError):  # a cache that cannot be written costs a request more, nothing else
            self.cache.mkdir(parents=True, exist_ok=True)
            target = self.cache / hashlib.sha256(answer.body or b"").hexdigest()
            aside = target.with_suffix(f".{os.getpid()}")
            aside.write_bytes(answer.body or b"")
            aside.replace(target)


def refuse_shell(data: bytes, address: str) -> None:
    """Refuse a page of HTML: an error page, a log-in, or a site that builds its text in the browser."""
    if _SHELL.match(data[:4096]):
        raise PageError(
            address, "answers a page of HTML, not the text of the documentation",
            "give the address of the page's text, often the same with .md",
        )  # fmt: skip


def links(index: str) -> tuple[str, ...]:
    """Return the addresses that an llms.txt lists."""
    return tuple(dict.fromkeys(one or other for one, other in _LINK.findall(index)))


def slug(address: str) -> str:
    """Return the last part of an address without its ending: what stays when a site moves its pages."""
    return address.split("?")[0].split("#")[0].rstrip("/").rpartition("/")[2].removesuffix(".md").removesuffix(".mdx")


def cache_folder() -> Path:
    """Return where pages are kept: below XDG_CACHE_HOME, or ~/.cache."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "reelspec"
