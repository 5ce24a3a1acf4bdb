"""Curl lines: pasted into a shell they send the very bytes of their case."""

from __future__ import annotations

import contextlib
import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from contract import curl
from contract.cases import address
from contract.suites import suite

BASE = "http://server.test/base"
FAKE = """
curl() {  # writes its arguments, each ended by a null byte, and what it reads where it is told to read
  for argument in "$@"; do printf '%s\\0' "$argument"; done >"$OUT.arguments"
  if [ "$argument" = @- ]; then cat >"$OUT.body"; fi
}
KEY=the-key
"""
NOTED = """
python3() { printf '%s' "$2" >"$OUT.python"; }  # a thousand starts would take a minute
"""


@pytest.fixture
def pasted(tmp_path: Path) -> Any:
    """Run many lines by one shell with a curl that notes what it is given; returns (arguments, body) of each."""

    def run(lines: list[str], shell: str, *, noted: bool = False) -> list[tuple[list[str], bytes | None]]:
        script = "\n".join(
            [FAKE, NOTED if noted else "", *(f"OUT={tmp_path}/{shell}-{n}\n{line}" for n, line in enumerate(lines))]
        )
        done = subprocess.run([shell], input=script.encode(), capture_output=True, check=False)  # noqa: S603 (our own lines)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        return [_sent(tmp_path / f"{shell}-{n}") for n in range(len(lines))]

    return run


def _sent(path: Path) -> tuple[list[str], bytes | None]:
    arguments = path.with_name(path.name + ".arguments").read_bytes().decode().split("\0")[:-1]
    if "--data-binary" not in arguments:
        return arguments, None
    given = arguments[arguments.index("--data-binary") + 1]
    if given != "@-":
        return arguments, given.encode()
    noted = path.with_name(path.name + ".python")
    return arguments, _printed(noted.read_text()) if noted.exists() else path.with_name(
        path.name + ".body"
    ).read_bytes()


def _printed(script: str) -> bytes:
    """What the Python of a line writes."""
    written = io.BytesIO()
    with contextlib.redirect_stdout(io.TextIOWrapper(written)) as out:
        exec(script, {})  # noqa: S102 (our own line)
        out.flush()
        return written.getvalue()


@pytest.mark.parametrize("shell", [name for name in ("sh", "bash") if shutil.which(name)])
def test_every_case_of_every_suite_is_sent_as_it_is(helpers: Any, provider: str, shell: str, pasted: Any) -> None:
    contract = helpers.contract_of(provider)
    cases, signed = suite(contract), contract.authentication
    sent_by = pasted([case.curl(BASE, "KEY") for case in cases], shell, noted=True)
    for case, (arguments, body) in zip(cases, sent_by, strict=True):
        assert body == case.call.content, case.id
        assert arguments[:4] == ["-sS", "-X", case.call.method, address(BASE, case.call)]
        sent = [argument for argument in arguments if argument.startswith(f"{signed.header}:")]
        key = {"key": ["the-key"], "wrong": ["mock-invalid-key"], "empty": [""], "none": []}[case.signed]
        assert sent == [f"{signed.header}: {signed.prefix}{value}".rstrip() for value in key]


def test_a_header_without_a_value_is_written_as_curl_wants_it() -> None:
    assert curl.signature("X-Key", "", "", "KEY") == '"X-Key;"'
    assert curl.signature("X-Key", "", None, "KEY") == '"X-Key: $KEY"'


@pytest.mark.parametrize(
    "content",
    [b"", b"'", b'it\'s $HOME `id` \\ "x"', b"@/etc/passwd", b"\xff\x00\n\n", b"a\n", b"x" * 3000, b"\x1b[2J"],
)
def test_any_bytes_are_sent_as_they_are(content: bytes, pasted: Any) -> None:
    line = curl.line("POST", "http://h/a'b", content, None, curl.signature("X-Key", 'a"$`\\ ', None, "KEY"))
    ((arguments, body),) = pasted([line], "sh")
    assert line.isprintable()
    assert body == content
    assert "http://h/a'b" in arguments
    assert 'X-Key: a"$`\\ the-key' in arguments
