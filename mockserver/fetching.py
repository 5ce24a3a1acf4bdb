"""Images that requests name by URL, fetched when that is switched on: never from private addresses.

The host is looked up here and connected to at the very address that was judged, so that a name cannot lead elsewhere
between the two. Redirects are not followed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import httpx

Fetched = bytes | str
"""The bytes of an image, or why there are none."""

LARGEST: Final = 32 * 1024 * 1024
TIMEOUT: Final = 5.0
DEADLINE: Final = 10.0
"""Seconds of the longest wait, and of the whole."""

_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""What of IPv6 is handed out to hosts; and the prefix of IPv4 addresses that a gateway translates (RFC 6052)."""


class Images:
    """Fetches images and keeps them, up to `bytes_kept`. `private` allows private addresses, for tests."""

    def __init__(self, bytes_kept: int = 64_000_000, *, private: bool = False) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes, self._bytes_kept, self._private = 0, bytes_kept, private

    async def fetch(self, urls: Iterable[str]) -> Mapping[str, Fetched]:
        """Return what stands at each URL."""
        wanted = list(dict.fromkeys(urls))
        return dict(zip(wanted, await asyncio.gather(*map(self._one, wanted)), strict=True))

    async def _one(self, url: str) -> Fetched:
        if (kept := self._kept.get(url)) is not None:
            return kept
        import httpx  # not needed by a mock that does not fetch

        try:
            async with asyncio.timeout(DEADLINE), httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
                address = await self._address(httpx.URL(url))
                if address is None:
                    return "its host is no public address"
                found = await _read(client, httpx.URL(url), address)
        except (OSError, httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return f"it cannot be fetched ({type(error).__name__})"
        if isinstance(found, bytes):
            self._keep(url, found)
        return found

    async def _address(self, url: httpx.URL) -> str | None:
        """Return the address of the URL's host; None where one of its addresses is not public."""
        port = url.port or (443 if url.scheme == "https" else 80)
        found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        public = all(_is_public(ipaddress.ip_address(one.partition("%")[0])) for one in addresses)
        return addresses[0] if addresses and (public or self._private) else None

    def _keep(self, url: str, data: bytes) -> None:
        self._bytes += len(data) - len(self._kept.pop(url, b""))
        self._kept[url] = data
        while self._bytes > self._bytes_kept:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= len(dropped)


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Tell whether an address is one of the open internet, and not a way into a private network."""
    if isinstance(address, ipaddress.IPv6Address):
        translated = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF) if address in _TRANSLATED else None
        inner = translated or address.ipv4_mapped or address.sixtofour
        if inner is not None or address not in _UNICAST:
            return inner is not None and _is_public(inner)
    return address.is_global and not address.is_multicast


async def _read(client: httpx.AsyncClient, url: httpx.URL, address: str) -> Fetched:
    """Read what stands at the URL from that address of its host."""
    asked = client.build_request(
        "GET", url.copy_with(host=address), extensions={"sni_hostname": url.host},
        headers={"Host": url.netloc.decode("ascii"), "Accept-Encoding": "identity"},
    )  # fmt: skip
    answer = await client.send(asked, stream=True)
    try:
        if answer.status_code != 200:
            return f"it is answered {answer.status_code}"
        data = bytearray()
        async for part in answer.aiter_raw():
            data += part
            if len(data) > LARGEST:
                return f"it has more than {LARGEST:,} bytes"
        return bytes(data)
    finally:
        await answer.aclose()
