"""The mock on a port, from a test: a server in a thread, for clients that are no httpx or no Python."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Any, Final

from mockserver import serve
from mockserver.asgi import App
from mockserver.control import Control
from mockserver.fetching import Images
from mockserver.mock import Mock
from specs.model import Contract

_PATIENCE: Final = 10.0


class MockServer(Mock):
    """Serves providers over HTTP while it is entered: one at `url`, each of several at `urls[provider]`.

    Takes what Mock takes; port 0 is any free one.
    """

    def __init__(
        self,
        *providers: str | Contract,
        host: str = "127.0.0.1",
        port: int = 0,
        images: Images | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*providers, **options)
        self._host, self._port, self._images = host, port, images
        self.url = ""

    @property
    def urls(self) -> dict[str, str]:
        """The base URL of each provider."""
        if len(self.engines) == 1:
            return dict.fromkeys(self.engines, self.url)
        return {name: f"{self.url}/{name}" for name in self.engines}

    def __enter__(self) -> MockServer:
        """Start to serve. Raises ReelspecError where the port is busy."""
        self._socket = serve.listen(self._host, self._port)
        self.url = serve.address(self._socket)
        self._server = serve.server(App(self.engines.values(), self.clock, Control(), self._images))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()
        end = time.monotonic() + _PATIENCE
        while not self._server.started:
            if time.monotonic() > end or not self._thread.is_alive():
                raise RuntimeError("the mock server did not start")
            time.sleep(0.002)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(_PATIENCE)
        self._socket.close()
