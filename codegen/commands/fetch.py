"""Pages from addresses: http and https, limited in size and time, and no redirect into a private network."""

from __future__ import annotations

import ipaddress
import socket
import time

import httpx

from codegen.pages.page import MAX_BYTES
from specs.errors import PageError

SECONDS = 30.0
"""For the whole page, redirects included."""
MAX_REDIRECTS = 5


def get(address: str, *, allow_private: bool = False, transport: httpx.BaseTransport | None = None) -> bytes:
    """Return a page's bytes. Raises PageError for what cannot be had within the limits."""
    deadline = time.monotonic() + SECONDS
    url = httpx.URL(address)
    with httpx.Client(timeout=10.0, transport=transport, headers={"User-Agent": "reelspec"}) as client:
        for hop in range(MAX_REDIRECTS + 1):
            if hop and not allow_private:
                _refuse_private(url, address)
            try:
                with client.stream("GET", url) as response:
                    if response.is_redirect:
                        url = _next(url, response, address)
                        continue
                    if hop and not allow_private:
                        _refuse_peer(response, address)
                    return _body(response, address, deadline)
            except httpx.HTTPError as problem:
                raise PageError(
                    address, f"cannot be fetched: {problem or type(problem).__name__}", "try again"
                ) from None
            except httpx.InvalidURL as problem:
                raise PageError(address, f"is no address: {problem}", "check it") from None
    raise PageError(address, f"more than {MAX_REDIRECTS} redirects", "give the page's own address")


def _next(url: httpx.URL, response: httpx.Response, address: str) -> httpx.URL:
    target = url.join(response.headers["location"])
    if target.scheme not in ("http", "https"):
        raise PageError(address, f"redirects to {target.scheme}:", "only http and https addresses are read")
    return target


def _refuse_private(url: httpx.URL, address: str) -> None:
    try:
        found = socket.getaddrinfo(url.host, url.port or 443, type=socket.SOCK_STREAM)
    except OSError as problem:
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


def _body(response: httpx.Response, address: str, deadline: float) -> bytes:
    if response.is_error:
        raise PageError(address, f"answers {response.status_code} {response.reason_phrase}", "check the address")
    chunks, size = [], 0
    for chunk in response.iter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BYTES:
            raise PageError(address, f"is larger than {MAX_BYTES // 1_000_000} MB", "give a documentation page")
        if time.monotonic() > deadline:
            raise PageError(address, f"took more than {SECONDS:g} s", "save the page and give the file")
    return b"".join(chunks)
