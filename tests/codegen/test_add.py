"""`reelspec add`, and the guide that tells how to add a provider, followed as it stands."""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import specs
from codegen import newcomer
from codegen.drift.compare import compare
from codegen.facts import FieldFact, OperationFacts
from reelspec.__main__ import main
from specs import SpecError, yaml12
from specs.loader import HOME

GUIDE = Path(__file__).parents[2] / "docs" / "add-a-provider.md"
TAKE_SPECS = ("add", "lint", "explain", "sync", "generate")

SUBMIT = """\
> Source: https://films.example/docs/make

# Make a film

POST https://api.films.example/v1/films

<ParamField body="prompt" type="string" required />

<ParamField body="duration" type="integer" default={5} />

<ResponseField name="task_id" type="string" required />
"""
POLL = """\
> Source: https://films.example/docs/film

# A film

GET https://api.films.example/v1/film-result

<ParamField query="task_id" type="string" required />

<ResponseField name="status" type="string" required>
  One of `waiting`, `running`, `done`, `failed`, `dreaming`.
</ResponseField>

<ResponseField name="video_url" type="string" />
"""


def commands(text: str) -> list[str]:
    """The commands of the guide's console blocks."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def test_the_guide_makes_ppio(shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home, output = tmp_path / "specs", tmp_path / "generated"
    for provider in ("novita", "mulerouter"):
        shutil.copytree(HOME / provider, home / provider)
    found = commands(GUIDE.read_text(encoding="utf-8"))
    assert [shlex.split(line)[1] for line in found] == [
        "extract", "extract", "add", "lint", "explain", "diff", "sync", "generate",
    ]  # fmt: skip
    for line in found:
        program, name, *arguments = shlex.split(line.replace("$PAGES", str(shared)))
        assert program == "reelspec"
        more = ["--specs", str(home)] if name in TAKE_SPECS else []
        more += ["-o", str(output)] if name == "generate" else []
        arguments = [argument.replace("ppio#", f"{home}/ppio#") for argument in arguments]
        assert main([name, *arguments, *more]) == 0, (line, capsys.readouterr())
        told = capsys.readouterr().out
        if name == "diff":
            assert told.endswith(": no change\n")
    assert not compare(specs.load("ppio", home), specs.load("ppio"))
    assert (home / "ppio" / "pages.toml").read_text() == (HOME / "ppio" / "pages.toml").read_text()
    assert list((output / "ppio").glob("*/__init__.py"))


def test_another_model_of_a_platform_takes_what_is_decided_for_all(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The pages of text to video have no image, and do not describe a shot."""
    shutil.copytree(HOME / "novita", tmp_path / "novita")
    pages = [f"{shared}/corpus/novita/novita_kling-v3.0-pro-t2v.md@POST /v3/async/kling-v3.0-pro-t2v",
             f"{shared}/corpus/novita/novita_task-result.md@GET /v3/async/task-result"]  # fmt: skip
    arguments = ["add", "films", *pages, "--platform", "novita", "--server", "https://api.novita.ai"]
    assert main([*arguments, "--from", str(shared), "--specs", str(tmp_path)]) == 0
    assert "nothing is missing" in capsys.readouterr().out
    operation = specs.load("films", tmp_path).operation("kling_v3_0_pro_t2v")
    assert operation.task is not None
    assert [rule.kind for rule in operation.rules] == ["at_most_one"]


def add(tmp_path: Path, *pages: str) -> int:
    (tmp_path / "submit.md").write_text(SUBMIT, encoding="utf-8")
    (tmp_path / "poll.md").write_text(POLL, encoding="utf-8")
    names = [page if page.startswith("--") else str(tmp_path / page) for page in pages]
    return main(["add", "films", *names, "--from", str(tmp_path), "--specs", str(tmp_path / "specs")])


def test_what_is_missing_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert add(tmp_path, "submit.md") == 1
    told = capsys.readouterr().out
    assert "missing: result operation" in told
    assert "missing: errors" in told


def test_a_task_is_read_from_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert add(tmp_path, "submit.md", "poll.md") == 1
    told = capsys.readouterr().out
    assert "missing: errors" in told
    assert "could not tell what dreaming means" in told
    (operation,) = specs.load("films", tmp_path / "specs").submits
    assert operation.task is not None
    assert operation.task.statuses == {
        "waiting": "queued",
        "running": "running",
        "done": "succeeded",
        "failed": "failed",
    }
    assert operation.task.video == {"prompt": "/prompt", "duration": "/duration"}
    listed = (tmp_path / "specs" / "films" / "pages.toml").read_text(encoding="utf-8")
    assert 'address = "https://films.example/docs/make"' in listed
    assert 'servers = ["https://api.films.example"]' in listed
    assert main(["sync", "films", "--from", str(tmp_path), "--specs", str(tmp_path / "specs"), "--check",
                 "--no-clients", "--cache", str(tmp_path / "cache")]) == 0  # fmt: skip


def test_a_provider_is_not_added_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(tmp_path, "submit.md", "poll.md")
    before = yaml12.load(tmp_path / "specs" / "films" / "openapi.yaml")
    assert add(tmp_path, "submit.md", "poll.md") == 2
    assert "exists" in capsys.readouterr().err
    assert yaml12.load(tmp_path / "specs" / "films" / "openapi.yaml") == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Films!", "x.md"], "is no name"),
        (["films", "nowhere.md"], "there is no such file"),
        (["films", "{page}", "--from", "{other}"], "is not below"),
        (["films", "{page}", "--platform", "nobody"], "there is no such provider"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "submit.md").write_text(SUBMIT, encoding="utf-8")
    (tmp_path / "other").mkdir()
    given = [a.format(page=tmp_path / "submit.md", other=tmp_path / "other") for a in arguments]
    assert main(["add", *given, "--specs", str(tmp_path / "specs")]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not (tmp_path / "specs").exists()


@pytest.mark.parametrize(
    ("path", "operation_id", "key"),
    [
        ("/v3/async/kling-v3.0-pro-i2v", "kling_v3_0_pro_i2v", "kling-v3.0-pro-i2v"),
        ("/v3/async/task-result", "task_result", "task-result"),
        ("/vendors/k/v1/kling-v3/image/make/{task_id}", "kling_v3_image_make", "kling-v3-image-make"),
        ("/v1/films", "films", "films"),
        ("/v1/4k", "op_4k", "4k"),
    ],
)  # fmt: skip
def test_names(path: str, operation_id: str, key: str) -> None:
    assert (newcomer.operation_id(path), newcomer.key(path)) == (operation_id, key)


FIELDS = (FieldFact("body", "/prompt", "string", True, 1),)
MAKE = OperationFacts("POST", "/v1/films", "https://films.example", FIELDS)
LOOK = OperationFacts("GET", "/v1/films/{id}", "https://films.example", FIELDS)


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("# Source: https://films.example/docs/make.md", "https://films.example/docs/make.md"),
        ('url: "https://films.example/docs"', "https://films.example/docs"),
        ("> 来源: https://films.example/docs", "https://films.example/docs"),
        ("**URL**: `https://films.example/docs`", "https://films.example/docs"),
        ("URL: https://films.example/v1/films", None),
        ("See https://films.example/docs", None),
        ("Endpoint: `https://films.example/docs`", None),
        ("> Fetch the index at: https://films.example/llms.txt", None),
    ],
)
def test_a_page_tells_its_address(line: str, address: str | None) -> None:
    assert newcomer.published_at(f"# Make a film\n\n{line}\n", MAKE) == address
    if address is None:
        with pytest.raises(SpecError, match="FILE=ADDRESS"):
            newcomer.page("a.md", "a.md", line, [MAKE])


def test_operations_of_a_page_are_named_where_it_has_not_just_one() -> None:
    given = ("my docs.md", "docs.md", "", [MAKE, LOOK], "https://films.example/docs")
    with pytest.raises(SpecError) as caught:
        newcomer.page(*given)
    assert caught.value.remedy == (
        "name those you want, of: 'my docs.md@POST /v1/films' 'my docs.md@GET /v1/films/{id}'"
    )
    pages = [newcomer.page(*given, route) for route in ("POST /v1/films", "GET /v1/films/{id}")]
    assert [page.facts for page in pages] == [MAKE, LOOK]
    with pytest.raises(SpecError, match="does not document PUT /v1/films"):
        newcomer.page(*given, "PUT /v1/films")
    nameless = replace(MAKE, method=None, path=None)
    with pytest.raises(SpecError, match=r"name it: 'a\.md@POST /path'"):
        newcomer.page("a.md", "a.md", "", [nameless], "https://films.example/docs")
    found = newcomer.page("a.md", "a.md", "", [nameless], "https://films.example/docs", "POST /v1/films")
    assert (found.key, found.route) == ("films", "POST /v1/films")


@pytest.mark.parametrize(
    ("routes", "keys"),
    [
        (["POST /v1/films", "GET /v1/films/{id}"], ["films", "films-id"]),
        (["POST /v1/films", "GET /v1/films"], ["post-v1-films", "get-v1-films"]),
        (["POST /v1/films", "POST /v2/films"], ["v1-films", "v2-films"]),
        (["POST /a/big-film/make", "POST /b/big-film/make"], ["a-big-film-make", "b-big-film-make"]),
        (["POST /v1/films", "GET /v1/film-result"], ["films", "film-result"]),
    ],
)
def test_pages_are_told_apart(routes: list[str], keys: list[str]) -> None:
    documented = [OperationFacts(*route.split(), None, FIELDS) for route in routes]
    pages = [newcomer.page("a.md", "a.md", "", documented, "https://a.example", route) for route in routes]
    found = newcomer.apart(pages)
    assert [page.key for page in found] == keys
    assert [page.operation_id for page in found] == [key.replace("-", "_") for key in keys]


def test_an_operation_is_given_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert add(tmp_path, "submit.md", "submit.md") == 2
    assert "POST /v1/films: is given twice" in capsys.readouterr().err
    assert not (tmp_path / "specs").exists()


def test_a_page_that_states_no_operation_is_added(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    submit = f"{shared}/corpus/novita/novita_kling-v3.0-std-i2v.md"
    poll = f"{shared}/corpus/novita/novita_task-result.md"
    given = [f"{submit}@POST /v3/async/kling-v3.0-std-i2v", f"{poll}@GET /v3/async/task-result"]
    more = ["--from", str(shared), "--server", "https://api.novita.ai", "--specs", str(tmp_path / "specs")]
    assert main(["add", "mine", submit, poll, *more]) == 2
    assert "does not state its operation" in capsys.readouterr().err
    assert main(["add", "mine", *given, *more]) == 1
    found = specs.load("mine", tmp_path / "specs")
    assert [operation.id for operation in found.operations] == ["kling_v3_0_std_i2v", "task_result"]
    for operation in found.operations:
        known = specs.load("novita").operation(operation.id)
        assert {field.pointer for field in operation.fields} == {field.pointer for field in known.fields}


def test_a_failed_add_leaves_nothing_unless_the_draft_is_wanted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("big-film", "big_film"):  # which no operationId tells apart
        (tmp_path / f"{name}.md").write_text(SUBMIT.replace("/v1/films", f"/v1/{name}"), encoding="utf-8")
    assert add(tmp_path, "big-film.md", "big_film.md") == 2
    told = capsys.readouterr().err
    folder = tmp_path / "specs" / "films"
    assert f"{folder}/pages.toml#page[1]: the id 'post_v1_big_film' is that of page[0], too" in told
    assert "--draft keeps what there is to mend" in told
    assert not folder.parent.exists()
    assert add(tmp_path, "big-film.md", "big_film.md", "--draft") == 1
    assert "missing: no spec yet" in capsys.readouterr().out
    assert sorted(path.name for path in folder.iterdir()) == ["overlay.yaml", "pages.toml"]


HEADERS = {
    "Bearer": ("curl -H 'Authorization: Bearer <token>'", "Authorization", "Bearer ", ""),
    "a word": ("curl -H 'Authorization: Key $FILM_KEY'", "Authorization", "", "users give the word with their key"),
    "a header": ("curl --header 'X-API-Key: <key>'", "X-API-Key", "", ""),
    "nothing": ("", "Authorization", "Bearer ", "no page tells how requests are signed: taken as Bearer"),
    "two": ("'Authorization: Bearer x'\n'Authorization: Token x'", "Authorization", "Bearer ", "are shown"),
    "a field": ('<ParamField header="x-api-key" type="string" required />', "x-api-key", "", ""),
}


@pytest.mark.parametrize("name", HEADERS)
def test_how_requests_are_signed(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown, header, prefix, said = HEADERS[name]
    (tmp_path / "shown.md").write_text(f"{SUBMIT}\n{shown}\n", encoding="utf-8")
    assert add(tmp_path, "shown.md", "poll.md") == 1
    told = capsys.readouterr().out
    assert ("missing: authentication" in told) == bool(said)
    assert said in told
    found = specs.load("films", tmp_path / "specs")
    assert (found.authentication.header, found.authentication.prefix) == (header, prefix)
    assert not [field for field in found.submits[0].fields if field.location == "header"]
    document = yaml12.load(tmp_path / "specs" / "films" / "openapi.yaml")
    assert list(document["components"]["securitySchemes"]) == [name for need in document["security"] for name in need]


def test_a_key_in_the_query_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = SUBMIT + '\n<ParamField query="api_key" type="string" required />\n'
    (tmp_path / "query.md").write_text(text, encoding="utf-8")
    assert add(tmp_path, "query.md") == 2
    assert "signed by the query `api_key`" in capsys.readouterr().err
    assert not (tmp_path / "specs").exists()
