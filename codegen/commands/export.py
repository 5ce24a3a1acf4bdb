"""`reelspec export`: a contract for foreign tools: plain OpenAPI, an Arazzo workflow, hooks for Schemathesis."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import specs
from codegen import export, files, schemathesis
from specs import yaml12
from specs.loader import home
from specs.model import Contract


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("provider", metavar="PROVIDER", help="a provider, or the path of a spec")
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument("--openapi", action="store_true", help="the OpenAPI document without extensions")
    kind.add_argument("--arazzo", action="store_true", help="submit, poll and result as an Arazzo workflow")
    kind.add_argument("--schemathesis", action="store_true", help="hooks that tell Schemathesis the contract's rules")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there; .json writes JSON, else YAML")
    parser.add_argument("--specs", type=Path, default=home(), metavar="DIR", help="folder of the specs")


def run(options: argparse.Namespace) -> int:
    """Export to a file, or print."""
    contract = specs.load(options.provider, options.specs)
    as_json = options.output is not None and options.output.suffix == ".json"
    text = schemathesis.hooks(contract) if options.schemathesis else _document(contract, options.arazzo, as_json)
    if options.output is None:
        sys.stdout.write(text)
    else:
        files.write(files.changes({options.output: text}))
    return 0


def _document(contract: Contract, arazzo: bool, as_json: bool) -> str:
    found = export.arazzo(contract) if arazzo else export.openapi(contract.document)
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n" if as_json else yaml12.dumps(found)
