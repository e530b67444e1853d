"""A version's content as YAML and JSON: its values as they are, and back."""

import json
from collections.abc import Mapping
from typing import Any

import yaml

from apps.checklists.markdown import yaml_values

from . import canonical

VERSION = {"keyturn": 1}
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def exported_json(values: Mapping[str, Any]) -> str:
    """The JSON of a content."""
    return json.dumps({**VERSION, **values}, ensure_ascii=False, indent=2) + "\n"


def exported_yaml(values: Mapping[str, Any]) -> str:
    """The YAML of a content."""
    return yaml_values.dump({**VERSION, **values}, _DUMPER, width=110)


def imported_json(text: str) -> dict[str, Any]:
    """The content that a JSON text says. ValueError says what is wrong, and where."""
    try:
        values = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise ValueError(f"Line {error.lineno} of this JSON cannot be read: {error.msg}.") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(
            "This JSON cannot be read: a number is too long, or lists are too deep in one another."
        ) from error
    return canonical.content(values)


def imported_yaml(text: str) -> dict[str, Any]:
    """The content that a YAML text says. ValueError says what is wrong, and where."""
    return canonical.content(yaml_values.load(text.removeprefix("\ufeff"), _LOADER))
