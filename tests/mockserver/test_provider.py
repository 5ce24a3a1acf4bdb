from __future__ import annotations

import asyncio
import io

import av
import httpx
import pytest
import respx

from mockserver import Clock, MockProvider

KEY = {"Authorization": "Bearer a-test-key"}
BODY = {"image": "https://images.test/fox.png", "prompt": "A fox"}
PATH = "/v3/async/kling-v3.0-std-i2v"


def client(base="https://api.novita.ai"):
    return httpx.Client(base_url=base, headers=KEY)


def test_a_video_of_the_length_asked_for():
    with MockProvider("novita", clock=Clock.manual()) as mock, client() as http:
        task = http.post(PATH, json={**BODY, "duration": 3}).json()
        mock.clock.advance(1000)
        url = http.get("/v3/async/task-result", params=task).json()["videos"][0]["video_url"]
        video = httpx.get(url)
        assert video.headers["content-type"] == "video/mp4"
        with av.open(io.BytesIO(video.content)) as opened:
            assert opened.duration == 3_000_000
        part = httpx.get(url, headers={"Range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, b"ftyp")
        assert int(httpx.head(url).headers["content-length"]) == len(video.content)


def test_polls_move_the_clock_so_that_a_waiting_client_ends():
    with MockProvider("novita"), client() as http:
        task = http.post(PATH, json=BODY).json()
        seen = [http.get("/v3/async/task-result", params=task).json()["task"] for _ in range(4)]
    assert [found["status"].rpartition("_")[2] for found in seen] == ["QUEUED", "PROCESSING", "PROCESSING", "SUCCEED"]
    assert [found["progress_percent"] for found in seen] == [0, 0, 50, 100]


def test_async_and_several_providers_at_once():
    async def run():
        async with httpx.AsyncClient(headers=KEY) as http:
            one = await http.post("https://api.novita.ai" + PATH, json=BODY)
            path = "/vendors/klingai/v1/kling-v3/image-to-video/generation"
            body = {"first_frame": BODY["image"], "prompt": "A fox"}
            other = await http.post("https://api.mulerun.com" + path, json=body)
            return one.status_code, other.status_code

    with MockProvider("novita", "mulerouter") as mock:
        assert asyncio.run(run()) == (200, 202)
        assert [found.provider for found in mock.journal] == ["novita", "mulerouter"]


def test_beside_respx_routes_of_ones_own():
    for mine_first in (True, False):
        own = respx.mock()
        managers = (own, MockProvider("novita")) if mine_first else (MockProvider("novita"), own)
        with managers[0], managers[1], client() as http:
            own.get("https://elsewhere.test/").respond(204)
            assert httpx.get("https://elsewhere.test/").status_code == 204
            assert http.post(PATH, json=BODY).status_code == 200


def test_a_route_of_ones_own_comes_first():
    mock = MockProvider("novita")
    mock.router.get("https://api.novita.ai/v3/user").respond(json={"me": 1})
    with mock, client() as http:
        assert http.get("/v3/user").json() == {"me": 1}
        assert http.get("/v3/other").status_code == 404


def test_other_hosts_are_not_reached():
    with MockProvider("novita"), pytest.raises(respx.models.AllMockedAssertionError):
        httpx.get("https://elsewhere.test/")


def test_the_decorator_gives_the_mock_and_hides_its_parameter():
    @MockProvider("novita")
    def check(word, mock):
        assert client().post(PATH, json=BODY).status_code == 200
        return word, len(mock.journal.submits)

    @MockProvider("novita")
    async def check_async():
        async with httpx.AsyncClient(headers=KEY) as http:
            return (await http.post("https://api.novita.ai" + PATH, json=BODY)).status_code

    assert check("word") == ("word", 1)
    assert asyncio.run(check_async()) == 200


def test_each_call_of_a_decorated_function_begins_anew():
    mock = MockProvider("novita")
    mock.faults.add("status", status=503, times=1)

    @mock
    def check(mock):
        first = client().post(PATH, json=BODY).status_code
        task = client().post(PATH, json=BODY).json()
        mock.faults.add("fail")
        mock.clock.advance(1000)
        return first, task, mock.clock.now(), len(mock.journal)

    assert check() == check()
    assert check()[0] == 503


def test_a_decorated_function_may_call_itself():
    @MockProvider("novita")
    def check(left, mock):
        client().post(PATH, json=BODY)
        return check(left - 1) if left else len(mock.journal)

    assert check(2) == 3


def test_what_would_run_outside_of_the_mock_is_not_decorated():
    class Tests:
        pass

    def generator():
        yield

    async def async_generator():
        yield

    mock = MockProvider("novita")
    for wrong in (Tests, generator, async_generator, pytest.fixture(lambda: None)):
        with pytest.raises(TypeError, match=r"decorate|with MockProvider"):
            mock(wrong)


def test_one_call_to_any_of_a_providers_hosts_is_enough():
    path, body = "/vendors/klingai/v1/kling-v3/image-to-video/generation", {"first_frame": BODY["image"], "prompt": "A"}
    for host in ("https://api.mulerouter.ai", "https://api.mulerun.com"):
        with MockProvider("mulerouter", assert_all_called=True), client(host) as http:
            assert http.post(path, json=body).status_code == 202


def test_assert_all_called_is_respected():
    with pytest.raises(AssertionError, match="not called"), MockProvider("novita", assert_all_called=True):
        pass


def test_reset_forgets():
    with MockProvider("novita") as mock, client() as http:
        http.post(PATH, json=BODY)
        mock.reset()
        assert len(mock.journal) == 0
        assert mock.store.tasks("novita", 10) == []


def test_a_provider_must_be_named():
    with pytest.raises(TypeError, match="novita"):
        MockProvider()
