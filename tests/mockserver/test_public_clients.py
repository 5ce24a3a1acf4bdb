"""Unmodified public clients against the mock; each is skipped where it is not installed."""

from __future__ import annotations

import pytest

from mockserver import Clock, MockServer


def test_novita_client_completes_a_task():
    novita_client = pytest.importorskip("novita_client", reason="novita-client is not installed")
    with MockServer("novita", clock=Clock.steps()) as mock:
        client = novita_client.NovitaClient("a-test-key", base_url=mock.url)
        body = {"image": "https://images.test/fox.png", "prompt": "A fox"}
        task = client._post("/v3/async/kling-v3.0-std-i2v", body)
        ended = client.wait_for_task_v3(task["task_id"])
        assert ended.videos[0].video_url.startswith(mock.url)
