from __future__ import annotations

import asyncio
import http.server
import threading

import httpx
import pytest
from PIL import Image

from mockserver import Clock, MockServer
from mockserver.fetching import Images

PATH = "/v3/async/kling-v3.0-std-i2v"
KEY = {"Authorization": "Bearer a-test-key"}


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    """Serve a good picture and one that is too small."""
    directory = tmp_path_factory.mktemp("gallery")
    Image.new("RGB", (640, 480), "teal").save(directory / "good.png")
    Image.new("RGB", (20, 20)).save(directory / "small.png")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            return

    def handler(*given):
        return Quiet(*given, directory=str(directory))

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def submit():
    with (
        MockServer("novita", clock=Clock.manual(), images=Images(private=True)) as mock,
        httpx.Client(base_url=mock.url, headers=KEY, timeout=20) as http_client,
    ):
        yield lambda url: http_client.post(PATH, json={"image": url, "prompt": "A fox"})


def test_what_stands_at_a_url_is_judged(gallery, submit):
    assert submit(f"{gallery}/good.png").status_code == 200
    refused = submit(f"{gallery}/small.png")
    assert (refused.status_code, refused.json()["reason"]) == (400, "INVALID_IMAGE_SIZE")
    missing = submit(f"{gallery}/none.png")
    assert (missing.status_code, "it is answered 404" in missing.json()["message"]) == (400, True)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/a.png",
        "http://[::1]/a.png",
        "http://localhost/a.png",
        "http://10.1.2.3/a.png",
        "http://169.254.169.254/latest",
        "http://[::ffff:127.0.0.1]/a.png",
    ],
)
def test_private_addresses_are_refused(url):
    assert asyncio.run(Images().fetch([url])) == {url: "its host is no public address"}


def test_what_cannot_be_reached_says_why():
    found = asyncio.run(Images(private=True).fetch(["http://127.0.0.1:1/a.png", "http://no.such.host.invalid/"]))
    assert all(str(reason).startswith("it cannot be fetched") for reason in found.values())


def test_few_images_are_kept():
    images = Images(bytes_kept=100)
    images._keep("one", b"x" * 60)
    images._keep("two", b"x" * 60)
    assert (images.kept("one"), images.kept("two")) == (None, b"x" * 60)
