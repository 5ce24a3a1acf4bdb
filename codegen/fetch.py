"""Pages from addresses: http and https, limited in size and time, and no redirect into a private network.

`get` fetches one page that a person names. A `Fetcher` is for many pages of few sites: it asks only for what changed,
leaves a pause between two requests to one host and tries again where trying helps.

What is asked is asked in an event loop, because only there a limit of time holds for everything: a site that sends a
byte of its headers now and then never runs into the limit of a single read.
"""

from __future__ import annotations

import asyncio
import codecs
import ipaddress
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from codegen.pages.page import MAX_BYTES
from specs.errors import PageError

SECONDS = 30.0
"""For the whole page, redirects included."""
MAX_REDIRECTS = 5
ATTEMPTS = 3
PAUSE = 0.5
"""Seconds between two requests to one host."""
BACKOFF = 1.0
"""Seconds before the second attempt; twice as long before the third."""
LONGEST_WAIT = 20.0
"""Seconds that a site's Retry-After is honoured for; who asks for more is asked again another day."""
_FOR_GOOD = (301, 308)
_TRY_AGAIN = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a site answered: `body` is None where the page is the one already known (304), else text in UTF-8.

    `moved` is the address that the site says to use from now on, or None.
    """

    body: bytes | None
    etag: str | None
    modified: str | None
    moved: str | None


class _PassingError(Exception):
    """The site may answer better in a while."""

    def __init__(self, problem: PageError, seconds: float | None = None) -> None:
        self.problem, self.seconds = problem, seconds
        super().__init__(str(problem))


def get(address: str, *, allow_private: bool = False, transport: httpx.AsyncBaseTransport | None = None) -> bytes:
    """Return a page's text in UTF-8. Raises PageError for what cannot be had within the limits."""
    with Fetcher(allow_private=allow_private, transport=transport) as fetcher:
        try:
            return fetcher.ask(address, {}).body or b""
        except _PassingError as problem:
            raise problem.problem from None


class Fetcher:
    """Pages of few sites, politely. `sleep` and `clock` are seconds; tests give their own."""

    def __init__(
        self,
        *,
        allow_private: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
        pause: float | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.allow_private, self.sleep, self.clock = allow_private, sleep, clock
        self.pause = PAUSE if pause is None else pause
        self._client = httpx.AsyncClient(timeout=10.0, transport=transport, headers={"User-Agent": "reelspec"})
        self._runner = asyncio.Runner()
        self._next: dict[str, float] = {}

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._runner.run(self._client.aclose())
        self._runner.close()

    def fetch(self, address: str, etag: str | None = None, modified: str | None = None) -> Answer:
        """Return the page, or that it did not change since `etag` or `modified`.

        Raises PageError for what cannot be had within the limits, after some attempts where they may help.
        """
        known = {"If-None-Match": etag, "If-Modified-Since": modified}
        headers = {name: value for name, value in known.items() if value}
        for attempt in range(1, ATTEMPTS + 1):
            self._wait(address)
            try:
                return self.ask(address, headers)
            except _PassingError as problem:
                wait = BACKOFF * 2 ** (attempt - 1) if problem.seconds is None else problem.seconds
                if attempt == ATTEMPTS or wait > LONGEST_WAIT:
                    raise problem.problem from None
                self.sleep(wait)
        raise AssertionError  # the last attempt returns or raises

    def ask(self, address: str, headers: Mapping[str, str]) -> Answer:
        """Ask once. Raises PageError, or _PassingError where another attempt may help."""
        try:
            return self._runner.run(_within(_ask(self._client, address, headers, allow_private=self.allow_private)))
        except TimeoutError:
            raise PageError(address, f"took more than {SECONDS:g} s", "save the page and give the file") from None
        except httpx.HTTPError as problem:
            reason = str(problem) or type(problem).__name__
            raise _PassingError(PageError(address, f"cannot be fetched: {reason}", "try again")) from None
        except httpx.InvalidURL as problem:
            raise PageError(address, f"is no address: {problem}", "check it") from None

    def _wait(self, address: str) -> None:
        host = address.split("/")[2] if "://" in address else address
        now = self.clock()
        if (due := self._next.get(host, 0.0)) > now:
            self.sleep(due - now)
        self._next[host] = max(now, due) + self.pause


async def _within(asked: Awaitable[Answer]) -> Answer:
    async with asyncio.timeout(SECONDS):
        return await asked


async def _ask(client: httpx.AsyncClient, address: str, headers: Mapping[str, str], *, allow_private: bool) -> Answer:
    """Ask once, following redirects."""
    url = httpx.URL(address)
    moved: str | None = None
    for hop in range(MAX_REDIRECTS + 1):
        if hop and not allow_private:
            await _refuse_private(url, address)
        async with client.stream("GET", url, headers=headers) as response:
            if response.is_redirect and response.status_code != 304:
                url = _next(url, response, address)
                moved = str(url) if response.status_code in _FOR_GOOD and (not hop or moved) else None
                continue
            if hop and not allow_private:
                _refuse_peer(response, address)
            etag, modified = response.headers.get("etag"), response.headers.get("last-modified")
            if response.status_code == 304:
                return Answer(None, etag, modified, moved)
            data = await _body(response, address)
            return Answer(_in_utf8(data, response.charset_encoding, address), etag, modified, moved)
    raise PageError(address, f"more than {MAX_REDIRECTS} redirects", "give the page's own address")


def _next(url: httpx.URL, response: httpx.Response, address: str) -> httpx.URL:
    if "location" not in response.headers:
        raise PageError(address, f"answers {response.status_code} and not where the page is", "check the address")
    target = url.join(response.headers["location"])
    if target.scheme not in ("http", "https"):
        raise PageError(address, f"redirects to {target.scheme}:", "only http and https addresses are read")
    return target


async def _refuse_private(url: httpx.URL, address: str) -> None:
    try:
        found = await asyncio.to_thread(socket.getaddrinfo, url.host, url.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise PageError(address, f"redirects to {url.host}, which has no address: {problem}", "check it") from None
    for *_, peer in found:
        _refuse(str(peer[0]), address)


def _refuse_peer(response: httpx.Response, address: str) -> None:
    """Look at the connection itself: between the look-up and the connection a name can change its address."""
    stream = response.extensions.get("network_stream")
    peer = stream.get_extra_info("server_addr") if stream is not None else None
    if peer:
        _refuse(str(peer[0]), address)


def _refuse(host: str, address: str) -> None:
    if not ipaddress.ip_address(host.partition("%")[0]).is_global:
        raise PageError(address, f"redirects to the private address {host}", "pass --allow-private if that is meant")


async def _body(response: httpx.Response, address: str) -> bytes:
    if response.is_error:
        again = response.status_code in _TRY_AGAIN
        said = f"answers {response.status_code} {response.reason_phrase}"
        problem = PageError(address, said, "the site has trouble: try again later" if again else "check the address")
        if again:
            raise _PassingError(problem, _seconds(response.headers.get("retry-after")))
        raise problem
    chunks, size = [], 0
    async for chunk in response.aiter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BYTES:
            raise PageError(address, f"is larger than {MAX_BYTES // 1_000_000} MB", "give a documentation page")
    return b"".join(chunks)


def _in_utf8(data: bytes, charset: str | None, address: str) -> bytes:
    """Return the text in UTF-8: a page that only changes its encoding has not changed.

    A byte order mark tells more than the header does, and so do bytes that are UTF-8: many a server calls all it has
    ISO-8859-1, while a text in another encoding is next to never UTF-8 by accident.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        charset = "utf-16"
    elif charset is None or _is_utf8(data):
        return data  # without a charset, `pages.decode` says what it thinks of the bytes
    try:
        return data.decode(charset).encode()
    except LookupError:
        raise PageError(address, f"is in {charset!r}, which is no known encoding", "save it as UTF-8") from None
    except UnicodeError:
        raise PageError(address, f"says it is in {charset}, and is not", "save it as UTF-8") from None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in data  # UTF-16 of plain letters is UTF-8 with a NUL beside each


def _seconds(retry_after: str | None) -> float | None:
    """Return the seconds of a Retry-After, which is a number or a date; None for what is neither."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdecimal():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    until = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
