from __future__ import annotations

import asyncio
import contextlib
import http.server
import io
import threading
import time

import av
import httpx
import pytest
from PIL import Image

from mockserver import Clock, MockServer, fetching
from mockserver.fetching import Images
from mockserver.stores.sqlite import SqliteStore

PATH = "/v3/async/kling-v3.0-std-i2v"
KEY = {"Authorization": "Bearer a-test-key"}
ASKED = []
"""Path and Accept-Encoding of what the gallery was asked for."""


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    """Serve a good picture and one that is too small."""
    directory = tmp_path_factory.mktemp("gallery")
    Image.new("RGB", (640, 480), "teal").save(directory / "good.png")
    Image.new("RGB", (20, 20)).save(directory / "small.png")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            ASKED.append((self.path, self.headers["Accept-Encoding"]))
            if self.path == "/endless.png":
                self.send_response(200)
                self.end_headers()
                with contextlib.suppress(OSError):
                    while True:
                        self.wfile.write(b"x")
                        time.sleep(0.05)
            else:
                super().do_GET()

        def log_message(self, *_):
            return

    def handler(*given):
        return Handler(*given, directory=str(directory))

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
        "http://224.0.0.1/a.png",
        "http://[ff02::1]/a.png",
        "http://[fec0::1]/a.png",
        "http://[64:ff9b::a9fe:a9fe]/a.png",
        "http://[64:ff9b:1::1]/a.png",
        "http://[2002:7f00:1::]/a.png",
    ],
)
def test_private_addresses_are_refused(url):
    assert asyncio.run(Images().fetch([url])) == {url: "its host is no public address"}


def test_what_cannot_be_reached_says_why():
    found = asyncio.run(Images(private=True).fetch(["http://127.0.0.1:1/a.png", "http://no.such.host.invalid/"]))
    assert all(str(reason).startswith("it cannot be fetched") for reason in found.values())


def test_few_images_are_kept(gallery):
    good, small = f"{gallery}/good.png", f"{gallery}/small.png"
    size = len(httpx.get(good, trust_env=False).content)
    images = Images(bytes_kept=size + 10, private=True)

    async def fetched(*urls):
        ASKED.clear()
        found = await asyncio.gather(*(images.fetch([url]) for url in urls))
        assert all(isinstance(one[url], bytes) for one, url in zip(found, urls, strict=True))
        return len(ASKED)

    async def run():
        return [await fetched(*urls) for urls in ([good] * 3, [good], [small] * 3, [small], [good])]

    assert asyncio.run(run()) == [3, 0, 3, 0, 1]
    assert {encoding for _, encoding in ASKED} == {"identity"}


def test_a_fetch_comes_to_an_end(gallery, monkeypatch):
    monkeypatch.setattr(fetching, "DEADLINE", 0.3)
    url = f"{gallery}/endless.png"
    assert asyncio.run(Images(private=True).fetch([url])) == {url: "it cannot be fetched (TimeoutError)"}


def test_nothing_is_fetched_for_a_request_that_is_refused(gallery):
    ASKED.clear()
    body = {"image": f"{gallery}/good.png", "prompt": "A fox"}
    with MockServer("novita", clock=Clock.manual(), images=Images(private=True)) as mock, httpx.Client() as http_client:
        assert http_client.post(mock.url + PATH, json=body).status_code == 400  # no API key
        assert http_client.post(mock.url + PATH, json={**body, "duration": 99}, headers=KEY).status_code == 400
        assert ASKED == []
        assert http_client.post(mock.url + PATH, json=body, headers=KEY).status_code == 200
        assert len(ASKED) == 1


def test_the_same_task_is_the_same_video_in_another_process(gallery, tmp_path):
    videos = []
    task = None
    for _ in range(2):
        store = SqliteStore(tmp_path / "tasks.sqlite3")
        with MockServer("novita", clock=Clock(), instant=True, store=store, images=Images(private=True)) as mock:
            body = {"image": f"{gallery}/good.png", "prompt": "A fox", "duration": 3}
            task = task or httpx.post(mock.url + PATH, json=body, headers=KEY).json()["task_id"]
            videos.append(httpx.get(f"{mock.url}/_mock/results/{task}.mp4", timeout=30).content)
        store.close()
    assert videos[0] == videos[1]
    with av.open(io.BytesIO(videos[0])) as opened:
        stream = opened.streams.video[0]
        assert stream.width * 480 == pytest.approx(stream.height * 640, rel=0.01)
