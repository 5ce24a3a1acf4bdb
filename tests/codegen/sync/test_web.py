"""Sync against a local site that behaves as sites do; a broken page never changes a spec."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from codegen import fetch, origin, pagelist, unchanged
from reelspec.__main__ import main
from specs import yaml12
from specs.loader import HOME

from . import studio
from .conftest import PAGE, Site, cut, cut_in_chunks, page, redirect, status

CHANGED = PAGE.replace("At most 200", "At most 100").replace("Between 3 and 15", "Between 3 and 20")
LOOK = """\
<ParamField path="id" type="string" required />

<ResponseField name="state" type="string" required />
"""
SHELL = "<!DOCTYPE html>\n<html><head><title>Sorry</title></head><body><h1>Something went wrong</h1></body></html>"


def sync(site: Site, *more: str) -> int:
    arguments = ["sync", "--specs", str(site.home / "specs"), "--cache", str(site.home / "cache"), "--no-clients"]
    return main([*arguments, *more])


def tree(site: Site) -> dict[str, str]:
    home = site.home / "specs"
    return {str(path.relative_to(home)): path.read_text(encoding="utf-8") for path in home.rglob("*") if path.is_file()}


@pytest.fixture
def synced(site: Site, capsys: pytest.CaptureFixture[str]) -> Site:
    site.provider()
    assert sync(site) == 0
    capsys.readouterr()
    site.asked.clear()
    return site


def test_a_page_becomes_a_spec_and_a_lock(synced: Site) -> None:
    document = yaml12.load(synced.home / "specs" / "films" / "openapi.yaml")
    prompt = document["components"]["schemas"]["MakeFilmRequest"]["properties"]["prompt"]
    assert (prompt["maxLength"], prompt["minLength"]) == (200, 1)
    lock = yaml12.load(synced.home / "specs" / "films" / "pages.lock")
    assert set(lock["pages"]["make"]) == {"address", "sha256", "changed", "parameters", "ending"}
    assert lock["pages"]["make"]["parameters"] == 5


def test_a_report_that_cannot_be_written_is_an_error(synced: Site, capsys: pytest.CaptureFixture[str]) -> None:
    (synced.home / "raw").write_bytes(b"\xff")
    for name, said in ((".", "Is a directory"), ("raw", "it is no text in UTF-8")):
        assert sync(synced, "--report", str(synced.home / name)) == 2
        assert f"cannot be read: {said}" in capsys.readouterr().err


def test_nothing_new_writes_nothing(synced: Site, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree(synced)
    assert sync(synced) == 0
    assert tree(synced) == before
    assert capsys.readouterr().out == "1 providers read, 0 files written\n"
    assert sync(synced, "--check") == 0


def test_a_changed_page_is_reported(synced: Site, capsys: pytest.CaptureFixture[str]) -> None:
    synced.serve("/make.md", page(CHANGED))
    before = tree(synced)
    assert sync(synced, "--check") == 1
    assert "+          maxLength: 100" in capsys.readouterr().out
    assert tree(synced) == before
    report = synced.home / "report.md"
    assert sync(synced, "--report", str(report), "--format", "json") == 0
    told_apart = capsys.readouterr()
    rows = json.loads(told_apart.out)
    assert "changed " in told_apart.err
    told = [(change["severity"], change["class"], change["pointer"]) for change in rows["films"]["changes"]]
    assert told == [("ERR", "request-bound-tightened", "/prompt"), ("INFO", "request-bound-loosened", "/seconds")]
    text = report.read_text(encoding="utf-8")
    assert "Proposed version: 1.2.0 → **2.0.0**" in text
    assert "## Why" not in text
    assert sync(synced, "--check") == 0


def test_a_page_in_other_words_is_named_as_the_cause(synced: Site, capsys: pytest.CaptureFixture[str]) -> None:
    synced.serve("/make.md", page(PAGE + "\nBuilt on Friday.\n"))
    assert sync(synced, "--check", "--format", "json") == 1
    told = json.loads(capsys.readouterr().out)["films"]
    assert (told["changes"], told["cause"]) == ([], "pages changed: make; the contract did not")
    report = synced.home / "report.md"
    assert sync(synced, "--report", str(report)) == 0
    text = "No contract changed.\n\n## Why\n\n- films: pages changed: make; the contract did not\n"
    assert report.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("known", [{"etag": '"one"'}, {"modified": "Fri, 20 Nov 2026 10:00:00 GMT"}])
def test_an_unchanged_page_is_not_sent_again(site: Site, known: dict[str, str]) -> None:
    site.provider()
    site.serve("/make.md", page(PAGE, **known))
    assert sync(site) == 0
    before = tree(site)
    assert sync(site) == 0
    assert site.answered == [200, 304]
    assert tree(site) == before
    site.serve("/make.md", page(CHANGED, etag='"two"'))
    assert sync(site) == 0
    assert site.answered == [200, 304, 200]
    assert "maxLength: 100" in tree(site)["films/openapi.yaml"]


def test_another_age_of_the_same_page_changes_nothing(site: Site) -> None:
    site.provider()
    site.serve("/make.md", page(PAGE, etag='"one"'), page(PAGE, etag='"two"'))
    assert sync(site) == 0
    before = tree(site)
    assert sync(site, "--check") == 0
    assert sync(site) == 0
    assert site.answered == [200, 200, 304]
    assert tree(site) == before


def test_without_the_cached_copy_the_page_is_asked_for_whole(site: Site) -> None:
    site.provider()
    site.serve("/make.md", page(PAGE, etag='"one"'))
    assert sync(site) == 0
    for path in (site.home / "cache" / "pages").iterdir():
        path.write_text("damaged", encoding="utf-8")
    assert sync(site) == 0
    assert site.answered == [200, 200]


def test_a_page_that_never_ends_is_an_error(
    synced: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fetch, "SECONDS", 0.0)
    before = tree(synced)
    assert sync(synced) == 2
    assert "took more than 0 s" in capsys.readouterr().err
    assert tree(synced) == before


BROKEN = {
    "gone": (status(404), "answers 404"),
    "cut off on the way": (cut(PAGE), "cannot be fetched"),
    "cut off between chunks": (cut_in_chunks(PAGE), "cannot be fetched"),
    "cut off at home": (page(PAGE[: PAGE.index('<ParamField body="still"')]), "documents"),
    "an error page": (page(SHELL, kind="text/html"), "HTML"),
    "an error page that says it is text": (page(SHELL), "HTML"),
    "empty": (page("\n"), "empty"),
    "no documentation": (page("# Welcome\n\nWe are moving house.\n"), "no API documentation"),
    "a ring": (redirect("/make.md"), "private address"),
    "moved": (redirect("https://films.example/elsewhere.md", 301), "films.example"),
    "never changed, says who was not asked": (status(304), "304 to a request without a condition"),
    "overloaded": (status(503, {"Retry-After": "3600"}), "answers 503"),
    "a redirect to a file": (redirect("file:///etc/passwd"), "only http and https"),
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_broken_page_keeps_the_old_spec(synced: Site, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    reply, said = BROKEN[name]
    synced.serve("/make.md", reply)
    before = tree(synced)
    assert sync(synced) == 2
    assert tree(synced) == before
    told = capsys.readouterr().err
    assert said in told
    assert "nothing was written" in told


def test_a_ring_of_redirects_ends(synced: Site, capsys: pytest.CaptureFixture[str]) -> None:
    synced.serve("/make.md", redirect("/make.md"))
    assert sync(synced, "--allow-private") == 2
    assert "more than 5 redirects" in capsys.readouterr().err
    assert len(synced.asked) == 6


def test_a_page_that_moved_for_good_names_its_new_address(synced: Site, capsys: pytest.CaptureFixture[str]) -> None:
    synced.serve("/make.md", redirect("/new/make.md", 308))
    synced.serve("/new/make.md", page(PAGE))
    assert sync(synced, "--allow-private") == 2
    assert f"moved for good to {synced.base}/new/make.md" in capsys.readouterr().err


def test_a_site_that_stumbles_is_asked_again(synced: Site) -> None:
    synced.serve("/make.md", status(503), cut(PAGE), page(PAGE))
    assert sync(synced) == 0
    assert len(synced.asked) == 3


def test_other_addresses_are_tried(site: Site) -> None:
    site.provider(alternatives=f'"{site.base}/other/make.md"')
    site.serve("/make.md", status(404))
    site.serve("/other/make.md", page(PAGE))
    assert sync(site) == 0
    lock = yaml12.load(site.home / "specs" / "films" / "pages.lock")
    assert lock["pages"]["make"]["address"] == f"{site.base}/other/make.md"


FORMAL = """\
openapi: 3.1.0
info: {title: Films, version: "1"}
servers: [{url: "https://films.example"}]
components: {securitySchemes: {key: {type: http, scheme: bearer}}}
paths:
  /films:
    post:
      requestBody: {content: {application/json: {schema: {type: object, properties: {
        prompt: {type: string}, mood: {type: string}}}}}}
      responses: {"200": {description: Fine., content: {application/json: {schema: {type: object, properties: {
        film: {type: string}}}}}}}
"""


def test_what_a_page_says_around_its_operation_is_told_once(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.provider()
    site.serve("/make.md", page(FORMAL))
    assert sync(site) == 0
    assert "make: " not in capsys.readouterr().out
    text = FORMAL.replace("//films.example", "//new.films.example").replace(
        "    post:", "    post:\n      deprecated: true"
    )
    text = text.replace("type: http, scheme: bearer", "type: apiKey, in: header, name: X-Key")
    site.serve("/make.md", page(text + "  /shows: {get: {responses: {}}}\n"))
    assert sync(site, "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)["films"]
    assert [change["class"] for change in told["changes"]] == ["operation-deprecated"]
    assert told["notes"] == [
        "make: the base address is `https://new.films.example`, was `https://films.example`; look at `servers` in "
        "pages.toml",
        "make: requests are signed by the header `X-Key`, were by `Authorization: Bearer …`; look at `securitySchemes`",
        "make: documents `GET /shows`, too: list it in pages.toml where it is wanted",
    ]
    assert sync(site, "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == {}


def test_where_a_page_is_found_is_told(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.provider(alternatives=f'"{site.base}/other/make.md"')
    site.serve("/other/make.md", page(PAGE))
    assert sync(site) == 0
    assert "is found at" not in capsys.readouterr().out
    site.serve("/make.md", status(404))
    assert sync(site) == 0
    at, other = f"{site.base}/make.md", f"{site.base}/other/make.md"
    assert f"films: make: is found at {other}, not at {at}: write that address" in capsys.readouterr().out
    assert sync(site) == 0
    assert "is found at" not in capsys.readouterr().out
    site.serve("/make.md", page(PAGE))
    assert sync(site) == 0
    assert f"films: make: is found at {at}, as pages.toml has it; it was at {other}" in capsys.readouterr().out


def test_every_address_that_fails_is_told(synced: Site, capsys: pytest.CaptureFixture[str]) -> None:
    more = {"alternatives": f'"{synced.base}/other/make.md"', "index": f'index = "{synced.base}/llms.txt"'}
    synced.provider(**more)
    synced.serve("/make.md", status(404))
    synced.serve("/other/make.md", status(410))
    assert sync(synced) == 2
    told = capsys.readouterr().err
    assert "/make.md: answers 404" in told
    assert "/other/make.md answers 410" in told
    assert "/llms.txt answers 404" in told
    assert f"asking for {synced.base}/other/make.md" in told


def test_the_index_is_asked_for_when_a_page_is_gone(site: Site) -> None:
    site.provider(index=f'index = "{site.base}/llms.txt"')
    assert sync(site) == 0
    assert site.asked == ["/make.md"]


LISTS = {
    "from here": '- [Make](/v2/make.md "makes a film")\n',
    "from the index": "- [Make](v2/make)\n- [Make](v2/make.md)\n",
    "no addresses": "- [Make](http://[one)\n- [Make](mailto:make)\n- [Make](/v2/make.md)\n",
    "of others": "- [Make](https://elsewhere.example/make.md)\n- [Make](/v2/make.md)\n",
}


@pytest.mark.parametrize("name", LISTS)
def test_an_index_lists_a_page_in_many_ways(site: Site, name: str) -> None:
    site.provider(index=f'index = "{site.base}/llms.txt"')
    site.serve("/make.md", status(404))
    site.serve("/llms.txt", page(LISTS[name]))
    site.serve("/v2/make.md", page(PAGE))
    assert sync(site) == 0
    assert site.asked == ["/make.md", "/llms.txt", "/v2/make.md"]


def test_an_index_that_lists_several_pages_decides_nothing(synced: Site, capsys: pytest.CaptureFixture[str]) -> None:
    synced.provider(index=f'index = "{synced.base}/llms.txt"')
    synced.serve("/make.md", status(404))
    synced.serve("/llms.txt", page("- [One](/one/make.md)\n- [Two](/two/make.md)\n"))
    assert sync(synced) == 2
    told = capsys.readouterr().err
    assert f"lists several pages that may be it: {synced.base}/one/make.md, {synced.base}/two/make.md" in told
    assert synced.asked == ["/make.md", "/llms.txt"]


def test_the_index_tells_where_a_page_went(site: Site) -> None:
    site.provider(index=f'index = "{site.base}/llms.txt"')
    site.serve("/make.md", status(404))
    site.serve("/llms.txt", page(f"# Films\n\n- [Make]({site.base}/v2/make.md): makes a film\n- [Show](/show.md)\n"))
    site.serve("/v2/make.md", page(PAGE))
    assert sync(site) == 0
    lock = yaml12.load(site.home / "specs" / "films" / "pages.lock")
    assert lock["pages"]["make"]["address"] == f"{site.base}/v2/make.md"


def test_what_a_hand_changed_is_put_back_and_no_drift(synced: Site, capsys: pytest.CaptureFixture[str]) -> None:
    path = synced.home / "specs" / "films" / "openapi.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("maxLength: 200", "maxLength: 300"), encoding="utf-8")
    report = synced.home / "report.md"
    assert sync(synced, "--report", str(report)) == 0
    told = capsys.readouterr().out
    assert "films: openapi.yaml was edited by hand; what its pages give is put back" in told
    assert "films: is put back: `prompt` is at most 200" in told
    assert "ERR" not in told
    assert "No contract changed." in report.read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_our_own_doing_is_told_apart_from_that_of_the_docs(
    synced: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    overlay = synced.home / "specs" / "films" / "overlay.yaml"

    def decide(shortest: int) -> None:
        text = overlay.read_text(encoding="utf-8")
        overlay.write_text(re.sub("minLength: [0-9]+", f"minLength: {shortest}", text), encoding="utf-8")

    decide(2)
    report = synced.home / "report.md"
    assert sync(synced, "--report", str(report)) == 0
    assert "films: no page changed; pages.toml or an overlay changed\n" in capsys.readouterr().out
    assert "## Why\n\n- films: no page changed" in report.read_text(encoding="utf-8")
    decide(3)
    monkeypatch.setattr(origin, "extractor", lambda: "another")
    assert sync(synced) == 0
    told = capsys.readouterr().out
    assert "films: no page changed; pages.toml or an overlay changed; the code that reads pages changed\n" in told
    decide(4)
    synced.serve("/make.md", page(CHANGED))
    assert sync(synced) == 0
    assert "films: pages changed: make; pages.toml or an overlay changed\n" in capsys.readouterr().out


def test_other_code_that_reads_the_same_changes_no_file(synced: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree(synced)
    monkeypatch.setattr(origin, "extractor", lambda: "another")
    monkeypatch.setattr(unchanged, "code", lambda: "another")
    assert sync(synced, "--check") == 0
    assert sync(synced) == 0
    assert tree(synced) == before


def test_a_page_that_lost_its_end_is_an_error(synced: Site, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree(synced)
    synced.serve("/make.md", page(PAGE[: PAGE.index("<ResponseField")]))
    assert sync(synced) == 2
    assert "documents 4 parameters and members, 5 before, and ends otherwise than it did" in capsys.readouterr().err
    assert tree(synced) == before
    synced.serve("/make.md", page(PAGE.replace('<ParamField body="mood" type="string" />\n', "")))
    synced_overlay = synced.home / "specs" / "films" / "overlay.yaml"
    text = synced_overlay.read_text(encoding="utf-8")
    synced_overlay.write_text(text[: text.index("- target: $.components.schemas.MakeFilmRequest.properties.mood")])
    assert sync(synced) == 0  # with its end in place it only documents less


def test_an_overlay_that_does_not_fit_any_more_is_told(synced: Site, capsys: pytest.CaptureFixture[str]) -> None:
    synced.serve(
        "/make.md", page(PAGE.replace('body="mood" type="string"', 'body="mood" type="string" default="calm"'))
    )
    assert sync(synced) == 0
    assert "changes nothing: the pages state it themselves by now" in capsys.readouterr().out
    before = tree(synced)
    synced.serve("/make.md", page(PAGE.replace('body="prompt"', 'body="text"')))
    assert sync(synced) == 2
    assert "selects nothing" in capsys.readouterr().err
    assert tree(synced) == before


def test_what_a_page_says_by_now_and_an_overlay_overrides_is_told_once(
    synced: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """The overlay gives `mood` a default, of which the page said nothing."""
    line = '<ParamField body="mood" type="string" />'
    synced.serve("/make.md", page(PAGE.replace(line, line.replace(" />", ' default="glad" />'))))
    assert sync(synced, "--check") == 1
    assert sync(synced) == 0
    said = 'films/overlay.yaml#/actions/3: overrides what make:13 says by now: `MakeFilmRequest.mood.default` "glad"'
    assert capsys.readouterr().out.count(said) == 2
    synced.serve("/make.md", page("\n" + PAGE.replace(line, line.replace(" />", ' default="glad" />'))))
    assert sync(synced) == 0
    assert "overrides" not in capsys.readouterr().out, "on another line it is the same"
    overlay = synced.home / "specs" / "films" / "overlay.yaml"
    text = overlay.read_text(encoding="utf-8")
    overlay.write_text(text.replace("minLength: 1", "maxLength: 150"), encoding="utf-8")
    assert sync(synced) == 0
    assert "overrides" not in capsys.readouterr().out, "what we decide ourselves is no news to us"


def test_a_sentence_that_was_not_understood_is_told_once(synced: Site, capsys: pytest.CaptureFixture[str]) -> None:
    odd = PAGE.replace("At most 200 characters.", "At most 200 characters. Must not rhyme when the moon is full.")
    synced.serve("/make.md", page(odd))
    assert sync(synced) == 0
    assert "films: make:6: a sentence like a constraint was not understood: Must not rhyme" in capsys.readouterr().out
    assert sync(synced) == 0
    assert "rhyme" not in capsys.readouterr().out
    assert not [text for text in tree(synced).values() if "rhyme" in text]
    synced.serve("/make.md", page(PAGE))
    assert sync(synced) == 0
    assert "films: make:6: what was not understood here, or said in different ways, is gone" in capsys.readouterr().out


DECISIONS = {
    "by a value": "  update: {maxLength: 100}\n",
    "by its lines": "  x-contradiction: {says: Two limits., sources: [{page: make, line: 8}]}\n",
}


@pytest.mark.parametrize("decision", DECISIONS)
def test_what_a_page_says_in_two_ways_is_told_until_it_is_decided(
    decision: str, synced: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = PAGE.replace("At most 200 characters.", "At most 200 characters.\n\n  At most 100 characters.")
    synced.serve("/make.md", page(odd))
    stored = synced.home / "stored"
    stored.mkdir()
    (stored / "make.md").write_text(odd, encoding="utf-8")

    def found() -> dict[str, list[str]]:
        main(["lint", "--specs", str(synced.home / "specs"), "--from", str(stored), "--format", "json"])
        rows = json.loads(capsys.readouterr().out)["findings"]
        return {row["kind"]: row["sources"] for row in rows if row["kind"] in ("contradiction", "decided")}

    assert sync(synced) == 0
    told = "films: make:6: statements differ: `maxLength` of `prompt` is 200 on line 6 and 100 on line 8"
    assert told in capsys.readouterr().out
    assert sync(synced) == 0
    assert "differ" not in capsys.readouterr().out
    assert found() == {"contradiction": ["make:6", "make:8"]}
    overlay = synced.home / "specs" / "films" / "overlay.yaml"
    target = (
        "- target: $.components.schemas.MakeFilmRequest.properties.prompt\n  description: The server refuses more.\n"
    )
    overlay.write_text(overlay.read_text(encoding="utf-8") + target + DECISIONS[decision], encoding="utf-8")
    assert sync(synced) == 0
    capsys.readouterr()
    assert [(kind, "make:8" in sources) for kind, sources in found().items()] == [("decided", True)]


def test_a_page_without_names_that_changed_needs_a_person(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(HOME / "mulerouter", tmp_path / "specs" / "mulerouter")
    (tmp_path / "seeds").mkdir()
    (seed,) = shared.glob("seeds/004_*.txt")
    (tmp_path / "seeds" / seed.name).write_text(seed.read_text(encoding="utf-8") + "\nChanged.\n", encoding="utf-8")
    arguments = ["sync", "--from", str(tmp_path), "--specs", str(tmp_path / "specs"), "--no-clients"]
    assert main([*arguments, "--cache", str(tmp_path / "cache")]) == 2
    assert "mend names, lines and sha256" in capsys.readouterr().err


def test_a_provider_is_added_from_addresses(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["add", "shows", f"{site.base}/make.md", "--server", "https://shows.example"]
    assert main([*arguments, "--specs", str(site.home / "specs")]) == 1
    assert "missing: result operation" in capsys.readouterr().out
    listed = (site.home / "specs" / "shows" / "pages.toml").read_text(encoding="utf-8")
    assert f'address = "{site.base}/make.md"' in listed
    assert sync(site, "shows", "--check") == 0
    site.serve("/make.md", page(SHELL))
    assert main(["add", "others", f"{site.base}/make.md", "--specs", str(site.home / "specs")]) == 2
    assert not (site.home / "specs" / "others").exists()


def test_pages_of_one_name_and_several_operations_are_added_from_addresses(site: Site) -> None:
    site.serve("/one/film.md", page(PAGE.replace("/films", "/one/films")))
    both = PAGE.replace("POST /films", "## POST /two/films") + "\n## GET /two/films/{id}\n\n" + LOOK
    site.serve("/two/film.md", page(both))
    given = ["/one/film.md", "/two/film.md@POST /two/films", "/two/film.md@GET /two/films/{id}"]
    arguments = ["add", "shows", *(site.base + one for one in given), "--server", "https://shows.example"]
    assert main([*arguments, "--specs", str(site.home / "specs")]) == 1
    assert site.asked == ["/one/film.md", "/two/film.md"]
    listed = pagelist.load(site.home / "specs" / "shows" / "pages.toml")
    assert [(page.key, page.file) for page in listed.pages] == [
        ("one-films", "shows/film.md"), ("two-films", "shows/two-film.md"), ("two-films-id", "shows/two-film.md"),
    ]  # fmt: skip
    assert sync(site, "shows", "--check") == 0


def test_the_prose_of_a_page_is_nowhere_in_the_lock(synced: Site) -> None:
    lock = yaml12.load(synced.home / "specs" / "films" / "pages.lock")
    assert lock["extractor"]
    assert lock["pages"]["make"]["changed"].endswith("Z")


def test_one_broken_page_keeps_all_providers_and_their_clients(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    studio.build(tmp_path)
    assert main(studio.arguments(tmp_path)) == 0
    before = studio.tree(tmp_path)
    assert {name.split("/")[1] for name in before if name.startswith("generated/")} == set(studio.NAMES)
    studio.document(tmp_path, 100)
    broken = tmp_path / "pages" / "shorts" / "make.md"
    text = broken.read_text(encoding="utf-8")
    broken.write_text("# Moved\n\nElsewhere.\n", encoding="utf-8")
    assert main(studio.arguments(tmp_path)) == 2
    told = capsys.readouterr().err
    assert "1 of 2 providers: cannot be brought up to date; nothing was written" in told
    assert "naming films alone, brings the others up to date" in told
    assert studio.tree(tmp_path) == before
    broken.write_text(text, encoding="utf-8")
    report = tmp_path / "report.md"
    assert main([*studio.arguments(tmp_path), "--report", str(report)]) == 0
    after = studio.tree(tmp_path)
    for name in studio.NAMES:
        assert b"maxLength: 100" in after[f"specs/{name}/openapi.yaml"]
        assert b"at most 100 characters, was 200" in after[f"generated/{name}/CHANGELOG.md"]
    assert report.read_text(encoding="utf-8").count("request-bound-tightened") == len(studio.NAMES)


def test_the_others_are_synced_where_that_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    studio.build(tmp_path)
    overlay = tmp_path / "specs" / "shorts" / "overlay.yaml"
    text = overlay.read_text(encoding="utf-8")
    overlay.write_text(text[: text.index("- target: $.paths")], encoding="utf-8")  # as `add` leaves many
    assert main(studio.arguments(tmp_path)) == 2
    assert "x-task" in capsys.readouterr().err
    report = tmp_path / "report.md"
    assert main([*studio.arguments(tmp_path), "--keep-going", "--report", str(report)]) == 2
    told = capsys.readouterr()
    assert "reelspec: shorts: " in told.err
    assert "1 providers read" in told.out
    assert {name.split("/")[1] for name in studio.tree(tmp_path) if name.endswith("openapi.yaml")} == {"films"}
    assert "## Not brought up to date\n\n- shorts: " in report.read_text(encoding="utf-8")
    capsys.readouterr()
    assert main([*studio.arguments(tmp_path), "--keep-going", "--check", "--format", "json"]) == 2
    assert "x-task" in json.loads(capsys.readouterr().out)["shorts"]["problem"]
    overlay.write_text("nothing", encoding="utf-8")
    assert main([*studio.arguments(tmp_path), "--keep-going", "shorts"]) == 2
    assert "nothing was written" in capsys.readouterr().err


def test_what_there_is_not_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sync", "nobody", "--specs", str(tmp_path)]) == 2
    assert "has no pages.toml" in capsys.readouterr().err
    assert main(["sync", "--specs", str(tmp_path)]) == 2
    assert "holds no provider" in capsys.readouterr().err
