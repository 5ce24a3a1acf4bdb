"""Where the bytes of a provider's pages come from: stored copies, or the sites themselves."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin

from codegen.pagelist import PageEntry, PageList
from specs.errors import PageError, SpecError

if TYPE_CHECKING:
    from codegen.fetch import Answer, Fetcher  # an HTTP library, which reading a folder does without

_LINK = re.compile(r"\]\(<?([^)>\s]+)>?[^)]*\)|^-?\s*(https?://\S+)$", re.MULTILINE)
_SHELL = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Copy:
    """The bytes of a page, the address they came from, and the file where they were read from one."""

    data: bytes
    address: str
    file: str | None = None

    @property
    def place(self) -> str:
        """What errors call the page."""
        return self.file or self.address

    @property
    def sha256(self) -> str:
        """The checksum of the bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()


class Source(Protocol):
    """Where pages come from."""

    def copies(self, listed: PageList) -> dict[str, Copy]:
        """Return the provider's pages by key. Raises PageError for the first that cannot be had."""

    def close(self) -> None:
        """Let go of connections."""


class Folder:
    """Stored copies below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def copies(self, listed: PageList) -> dict[str, Copy]:
        """Read the copies."""
        return {page.key: Copy(self._read(self.folder / page.file), page.address, page.file) for page in listed.pages}

    def _read(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as problem:
            raise SpecError(str(path), f"the page cannot be read: {problem.strerror}", "check --from") from problem


class Web:
    """The sites themselves. Each page is kept in `cache` with what its site says of its age, and is not sent again.

    Nothing of that goes into pages.lock: some sites tell another age of the same page every day. `tell` is called with
    each address before it is asked for.
    """

    def __init__(self, fetcher: Fetcher, cache: Path, tell: Callable[[str], None]) -> None:
        self.fetcher, self.cache, self.tell = fetcher, cache, tell
        self._seen: dict[str, Copy] = {}
        self._indices: dict[str, tuple[str, ...]] = {}

    def close(self) -> None:
        """Close the connections."""
        self.fetcher.close()

    def copies(self, listed: PageList) -> dict[str, Copy]:
        """Fetch the pages, each at the first of its addresses that has it."""
        return {page.key: self._copy(page, listed.index) for page in listed.pages}

    def _copy(self, page: PageEntry, index: str | None) -> Copy:
        if page.address in self._seen:
            return self._seen[page.address]
        problems: list[PageError] = []
        for address in self._addresses(page, index, problems):
            try:
                found = self._seen[page.address] = self._fetch(address)
            except PageError as problem:
                problems.append(problem)
            else:
                return found
        first, *others = problems
        said = "; ".join([first.problem, *(f"{other.place} {other.problem}" for other in others)])
        raise PageError(first.place, said, "; ".join(dict.fromkeys(problem.remedy for problem in problems)))

    def _addresses(self, page: PageEntry, index: str | None, problems: list[PageError]) -> Iterator[str]:
        """Yield where the page may be: what pages.toml names, then what the index lists under the page's name.

        The index is read when the others were tried; what is amiss with it is added to the problems.
        """
        named = dict.fromkeys((page.address, *page.alternatives))
        yield from named
        if index is None:
            return
        try:
            listed = self._index(index)
        except PageError as problem:
            problems.append(problem)
            return
        found = [address for address in moved(page.address, listed, index) if address not in named]
        if len(found) > 1:
            said = f"lists several pages that may be it: {', '.join(found)}"
            problems.append(PageError(index, said, "write the right one into pages.toml"))
        else:
            yield from found

    def _fetch(self, address: str) -> Copy:
        body, *known = self._kept(address)
        self.tell(address)
        answer = self.fetcher.fetch(address, *known)
        if answer.moved:
            raise PageError(address, f"moved for good to {answer.moved}", "write that address into pages.toml")
        if answer.body is None:
            if body is None or not any(known):
                raise PageError(address, "answers 304 to a request without a condition", "report it to the site")
            return Copy(body, address)
        refuse_shell(answer.body, address)
        self._keep(address, answer)
        return Copy(answer.body, address)

    def _index(self, address: str) -> tuple[str, ...]:
        if address not in self._indices:
            self.tell(address)
            body = self.fetcher.fetch(address).body or b""
            refuse_shell(body, address)
            self._indices[address] = links(body.decode("utf-8", errors="replace"), address)
        return self._indices[address]

    def _kept(self, address: str) -> tuple[bytes | None, str | None, str | None]:
        """Return the body that is kept, its ETag and its Last-Modified; a damaged one is none."""
        try:
            head, _, body = self._place(address).read_bytes().partition(b"\n")
            entry = json.loads(head)
            known = entry["etag"], entry["modified"]
            intact = entry["sha256"] == hashlib.sha256(body).hexdigest()
        except (OSError, ValueError, KeyError, TypeError):
            return None, None, None  # the page is fetched once more
        return (body, *known) if intact else (None, None, None)

    def _keep(self, address: str, answer: Answer) -> None:
        body = answer.body or b""
        entry = {"sha256": hashlib.sha256(body).hexdigest(), "etag": answer.etag, "modified": answer.modified}
        with contextlib.suppress(OSError):  # a cache that cannot be written costs a request more, nothing else
            target = self._place(address)
            target.parent.mkdir(parents=True, exist_ok=True)
            aside = target.with_suffix(f".{os.getpid()}")
            aside.write_bytes(json.dumps(entry).encode() + b"\n" + body)
            aside.replace(target)

    def _place(self, address: str) -> Path:
        return self.cache / hashlib.sha256(address.encode()).hexdigest()


def refuse_shell(data: bytes, address: str) -> None:
    """Refuse a page of HTML: an error page, a log-in, or a site that builds its text in the browser."""
    if _SHELL.match(data[:4096]):
        raise PageError(
            address, "answers a page of HTML, not the text of the documentation",
            "give the address of the page's text, often the same with .md",
        )  # fmt: skip


def links(index: str, address: str) -> tuple[str, ...]:
    """Return the addresses that an llms.txt at an address lists."""
    found = (_joined(address, one or other) for one, other in _LINK.findall(index))
    return tuple(dict.fromkeys(link for link in found if link.startswith(("http://", "https://"))))


def _joined(address: str, link: str) -> str:
    try:
        return urljoin(address, link)
    except ValueError:
        return ""  # what somebody else's list has in it need not be an address


def moved(address: str, listed: Iterable[str], index: str) -> list[str]:
    """Return those of the listed addresses that may be the page's: of its name, at its host or at that of the index.

    Of a page and its text the text is returned.
    """
    hosts = {_host(address), _host(index)}
    found: dict[str, str] = {}
    for link in listed:
        bare = link.removesuffix(".md")
        if slug(link) == slug(address) and _host(link) in hosts and found.get(bare, bare) == bare:
            found[bare] = link
    return list(found.values())


def _host(address: str) -> str:
    return address.partition("://")[2].partition("/")[0].lower()


def slug(address: str) -> str:
    """Return the last part of an address without its ending: what stays when a site moves its pages."""
    return address.split("?")[0].split("#")[0].rstrip("/").rpartition("/")[2].removesuffix(".md").removesuffix(".mdx")


def cache_folder() -> Path:
    """Return where pages are kept: below XDG_CACHE_HOME, or ~/.cache."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "reelspec"
