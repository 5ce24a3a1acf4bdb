"""`reelspec export`: a contract for foreign tools: plain OpenAPI, an Arazzo workflow, hooks for Schemathesis."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import specs
from codegen import export, files, schemathesis
from specs import yaml12
from specs.errors import SpecError
from specs.loader import home


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("provider", metavar="PROVIDER", help="a provider, or the path of a spec")
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument("--openapi", action="store_true", help="the OpenAPI document without extensions")
    kind.add_argument("--arazzo", action="store_true", help="submit, poll and result as an Arazzo workflow")
    kind.add_argument("--schemathesis", action="store_true", help="hooks that tell Schemathesis the contract's rules")
    parser.add_argument("--source", metavar="ADDRESS",
                        help="where readers of the workflow find the OpenAPI document, absolute or relative to the "
                             "workflow (default: the provider's spec)")  # fmt: skip
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there; .json writes JSON, else YAML")
    parser.add_argument("--specs", type=Path, default=home(), metavar="DIR", help="folder of the specs")


def run(options: argparse.Namespace) -> int:
    """Export to a file, or print."""
    if options.source is not None and not options.arazzo:
        raise SpecError("--source", "names the document of a workflow", "use it with --arazzo")
    contract = specs.load(options.provider, options.specs)
    if options.schemathesis:
        text = schemathesis.hooks(contract)
    else:
        found = export.arazzo(contract, _source(options)) if options.arazzo else export.openapi(contract.document)
        as_json = options.output is not None and options.output.suffix == ".json"
        text = json.dumps(found, indent=2, ensure_ascii=False) + "\n" if as_json else yaml12.dumps(found)
    if options.output is None:
        sys.stdout.write(text)
    else:
        files.write(files.changes({options.output: text}))
    return 0


def _source(options: argparse.Namespace) -> str:
    """Return the address that was given, or the way from the workflow to the spec that it was made of."""
    if options.source is not None:
        return str(options.source)
    given = Path(options.provider)
    spec = given if given.suffix in (".yaml", ".yml", ".json") else options.specs / given / "openapi.yaml"
    folder = options.output.parent if options.output is not None else Path()
    return Path(os.path.relpath(spec, folder)).as_posix()
