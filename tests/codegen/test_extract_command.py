"""`reelspec extract`: files, folders and addresses; one-line errors."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from codegen import fetch
from codegen.pages.page import MAX_BYTES
from reelspec.__main__ import main
from specs.errors import PageError

PAGE = """\
# Make a clip

<ParamField body="still" type="string" required>
  Cannot be used together with `mood`. The moon must not be full when it is rendered.
</ParamField>

<ParamField body="mood" type="string" default="calm" />
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "clip.md"
    path.write_text(PAGE, encoding="utf-8")
    return path


def test_json(page: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["extract", str(page), "--json"]) == 0
    facts = json.loads(capfdbinary.readouterr().out)
    (operation,) = facts["operations"]
    assert [(f["in"], f["pointer"], f["required"], f["line"]) for f in operation["fields"]] == [
        ("body", "/still", True, 3),
        ("body", "/mood", False, 7),
    ]
    assert [(r["kind"], sorted(r["fields"]), r["line"]) for r in operation["rules"]] == [
        ("at_most_one", ["/mood", "/still"], 4)
    ]
    assert facts["page"]["title"] == "Make a clip"


def test_tables_for_people(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tune = '<ParamField body="tune" type="string">\nAt most 9 characters. Maximum 8 characters.\n</ParamField>\n'
    page.write_text(PAGE + tune, encoding="utf-8")
    assert main(["extract", str(page)]) == 0
    shown = capsys.readouterr().out
    disputed = "`maxLength` of `tune` is 9 on line 9 and 8 on line 9"
    for word in ("Make a clip", "still", "mood", "calm", "at_most_one", "not understood", "moon", disputed):
        assert word in shown


def test_a_page_cannot_style_the_terminal(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page.write_text(PAGE.replace("Make a clip", "[bold red]x[/] [link=file:///]y[/link]"), encoding="utf-8")
    assert main(["extract", str(page)]) == 0
    assert "[bold red]x[/]" in capsys.readouterr().out


@pytest.mark.usefixtures("page")
def test_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "other.mdx").write_text(PAGE, encoding="utf-8")
    (tmp_path / "note.txt").write_text("nothing here\n", encoding="utf-8")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    out = tmp_path / "out"
    assert main(["extract", str(tmp_path), "-o", str(out), "--jobs", "2"]) == 1
    shown, errors = capsys.readouterr()
    assert "2 of 3 pages" in shown
    assert "note.txt" in errors
    assert "no operation" in errors
    assert errors.count("\n") == 1
    written = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    assert written == ["clip.md.facts.json", "deep/other.mdx.facts.json"]
    again = json.loads((out / "clip.md.facts.json").read_text(encoding="utf-8"))
    assert again["operations"][0]["fields"][0]["pointer"] == "/still"


@pytest.mark.usefixtures("page")
def test_the_number_of_processes_changes_nothing(tmp_path: Path) -> None:
    for n in range(3):
        (tmp_path / f"{n}.md").write_text(PAGE.replace("still", f"still_{n}"), encoding="utf-8")
    for jobs in ("1", "3"):
        assert main(["extract", str(tmp_path), "-o", str(tmp_path.parent / f"out{jobs}"), "--jobs", jobs]) == 0
    one, three = (
        {p.name: p.read_bytes() for p in sorted((tmp_path.parent / f"out{jobs}").iterdir())} for jobs in ("1", "3")
    )
    assert one == three
    assert len(one) == 4


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("absent.md", None, "no such file"),
        ("note.md", b"nothing\n", "no operation"),
        ("picture.md", b"\x89PNG\r\n\x1a\n\0\0", "NUL"),
        ("cut.md", PAGE[:40].encode(), "does not end"),
    ],
)
def test_errors_are_one_line(
    tmp_path: Path, name: str, content: bytes | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert main(["extract", str(path), "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert name in err
    assert err.count("\n") == 1


def test_other_schemes_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["extract", "file:///etc/passwd"]) == 2
    assert "only http and https" in capsys.readouterr().err


Handler = Callable[[httpx.Request], httpx.Response]


def get(handler: Handler, *, allow_private: bool = False) -> bytes:
    transport = httpx.MockTransport(handler)
    return fetch.get("https://docs.example.com/clip", allow_private=allow_private, transport=transport)


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Addresses of names, as the resolver is made to answer."""
    table: dict[str, str] = {}

    def look_up(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (table[host], port))]

    monkeypatch.setattr(fetch.socket, "getaddrinfo", look_up)
    return table


def test_an_address() -> None:
    assert get(lambda _: httpx.Response(200, content=PAGE.encode())) == PAGE.encode()


def test_a_public_redirect_is_followed(resolved: dict[str, str]) -> None:
    resolved["elsewhere.example.com"] = "93.184.216.34"

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "docs.example.com":
            return httpx.Response(302, headers={"location": "https://elsewhere.example.com/clip"})
        return httpx.Response(200, content=b"moved")

    assert get(handler) == b"moved"


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "192.168.1.1", "100.64.0.1"])
def test_a_redirect_into_a_private_network_is_refused(resolved: dict[str, str], host: str) -> None:
    resolved["inside.example.com"] = host
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        if request.url.host == "docs.example.com":
            return httpx.Response(302, headers={"location": "http://inside.example.com/secret"})
        return httpx.Response(200, content=b"secret")

    with pytest.raises(PageError, match="private address"):
        get(handler)
    assert asked == ["docs.example.com"]
    assert get(handler, allow_private=True) == b"secret"


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (httpx.Response(404), "answers 404"),
        (httpx.Response(302, headers={"location": "file:///etc/passwd"}), "only http and https"),
        (httpx.Response(200, content=b"x" * (MAX_BYTES + 1)), "larger than"),
    ],
)
def test_what_cannot_be_had(response: httpx.Response, said: str) -> None:
    with pytest.raises(PageError) as caught:
        get(lambda _: response)
    assert said in str(caught.value)
    assert caught.value.remedy


def test_a_ring_of_redirects_ends(resolved: dict[str, str]) -> None:
    resolved["docs.example.com"] = "93.184.216.34"
    with pytest.raises(PageError, match="redirects"):
        get(lambda _: httpx.Response(302, headers={"location": "/clip"}))


def test_no_connection() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(PageError, match="cannot be fetched"):
        get(handler)
