"""The dashboard's addresses over HTTP."""

from __future__ import annotations

import httpx
import orjson
import pytest

from mockserver import Clock, MockServer
from specs import yaml12


@pytest.fixture(scope="module")
def http():
    with MockServer("novita", "mulerouter", clock=Clock.manual()) as mock, httpx.Client(base_url=mock.url) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/_mock/", "text/html"),
        ("/_mock/dashboard/main.js", "text/javascript"),
        ("/_mock/dashboard/style.css", "text/css"),
        ("/_mock/docs", "text/html"),
        ("/_mock/docs/swagger-ui-bundle.js", "text/javascript"),
        ("/_mock/docs/swagger-ui.css", "text/css"),
    ],
)
def test_pages_are_served_under_a_strict_policy(http, path, kind):
    found = http.get(path)
    assert (found.status_code, found.headers["content-type"].partition(";")[0]) == (200, kind)
    policy = found.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert found.headers["x-content-type-options"] == "nosniff"
    assert http.head(path).content == b""


def test_nothing_is_asked_from_elsewhere(http):
    for path in ("/_mock/", "/_mock/docs"):
        assert "//" not in http.get(path).text


@pytest.mark.parametrize(
    "path",
    [
        "dashboard/",
        "dashboard/none.js",
        "dashboard/../routes.py",
        "dashboard/%2e%2e/routes.py",
        "docs/index.j2",
        "docs/x",
    ],
)
def test_no_other_file_is_served(http, path):
    found = http.get("/_mock/" + path)
    assert (found.status_code, "nothing at" in found.json()["error"]) == (404, True)


def test_a_forgotten_slash(http):
    assert http.get("/_mock").headers["location"] == "/_mock/"


def test_the_document_as_yaml_is_the_one_as_json(http):
    asked = {"provider": "mulerouter"}
    served = http.get("/_mock/openapi.yaml", params=asked)
    assert served.headers["content-type"] == "application/yaml"
    assert yaml12.loads(served.text, "served") == orjson.loads(http.get("/_mock/openapi.json", params=asked).content)
    assert http.get("/_mock/openapi.yaml?provider=x").status_code == 400


def test_contracts_have_the_paths_they_are_served_at(http):
    found = http.get("/_mock/dashboard/contracts").json()
    assert [one["prefix"] for one in found["contracts"]] == ["/novita", "/mulerouter"]


def _check(http, body, **more):
    asked = {"provider": "novita", "operation": "kling_v3_0_std_i2v", "body": body, **more}
    return http.post("/_mock/dashboard/check", json=asked)


def test_a_body_is_checked_without_a_task_or_an_entry(http):
    before = len(http.get("/_mock/journal").json())
    found = _check(http, {"image": "data:image/png;base64,AAAA", "prompt": "A fox", "cfg_scale": 9}).json()
    assert {one["rule"] for one in found["violations"]} >= {"cfg_scale.maximum", "image.encodings"}
    assert _check(http, {"image": "https://x.test/a.png", "prompt": "A fox"}).json() == {"violations": []}
    assert len(http.get("/_mock/journal").json()) == before
    assert http.get("/_mock/tasks").json() == []


@pytest.mark.parametrize("given", [{"provider": "x"}, {"operation": "x"}, {"operation": "task_result"}])
def test_a_check_of_what_there_is_not(http, given):
    assert _check(http, {}, **given).status_code == 400


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [("{", "application/json", 400), ("[]", "application/json", 400), ("a=1", "text/plain", 415)],
)
def test_a_check_that_is_none(http, content, kind, status):
    found = http.post("/_mock/dashboard/check", content=content, headers={"content-type": kind})
    assert (found.status_code, "error" in found.json()) == (status, True)
