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


class Images:
    """Fetches images and keeps them, up to `bytes_kept`. `private` allows private addresses, for tests."""

    def __init__(self, bytes_kept: int = 64_000_000, *, private: bool = False) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes, self._bytes_kept, self._private = 0, bytes_kept, private

    def kept(self, url: str) -> bytes | None:
        """Return an image that was fetched, if it is kept."""
        return self._kept.get(url)

    async def fetch(self, urls: Iterable[str]) -> Mapping[str, Fetched]:
        """Return what stands at each URL."""
        wanted = list(dict.fromkeys(urls))
        return dict(zip(wanted, await asyncio.gather(*map(self._one, wanted)), strict=True))

    async def _one(self, url: str) -> Fetched:
        if (kept := self._kept.get(url)) is not None:
            return kept
        import httpx  # not needed by a mock that does not fetch

        try:
            address = await self._address(httpx.URL(url))
            if address is None:
                return "its host is no public address"
            async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
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
        public = all(ipaddress.ip_address(one.partition("%")[0]).is_global for one in addresses)
        return addresses[0] if addresses and (public or self._private) else None

    def _keep(self, url: str, data: bytes) -> None:
        self._kept[url] = data
        self._bytes += len(data)
        while self._bytes > self._bytes_kept:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= len(dropped)


async def _read(client: httpx.AsyncClient, url: httpx.URL, address: str) -> Fetched:
    """Read what stands at the URL from that address of its host."""
    asked = client.build_request(
        "GET", url.copy_with(host=address), headers={"Host": url.netloc.decode("ascii")},
        extensions={"sni_hostname": url.host},
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
