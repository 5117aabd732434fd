"""The public JSON schemas beside the project, for tests that skip where they are not at hand."""

import importlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

SCHEMAS = Path(__file__).resolve().parents[2] / "shared" / "schemas"


@cache
def validator(main: str) -> Any:
    """Return a validator of the schema called `main`; skips where the schemas are not."""
    if not SCHEMAS.is_dir():
        pytest.skip("the public schemas are not here")
    jsonschema = pytest.importorskip("jsonschema")
    referencing = pytest.importorskip("referencing")
    drafts = importlib.import_module("referencing.jsonschema")
    known = []
    for path in sorted(SCHEMAS.rglob("*.schema.json")):
        # Python's re names groups otherwise than ECMA-262.
        text = re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", path.read_text(encoding="utf-8"))
        schema = json.loads(text)
        known.append((schema["$id"], drafts.DRAFT7.create_resource(schema)))
    registry = referencing.Registry().with_resources(known)
    return jsonschema.Draft7Validator({"$ref": main}, registry=registry)
