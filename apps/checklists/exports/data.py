"""A version's content as YAML and JSON: its values as they are, and back."""

import json
from collections.abc import Mapping
from typing import Any

import yaml

from apps.checklists.markdown import front_matter

from . import canonical

VERSION = {"keyturn": 1}
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Dumper(_DUMPER):
    """Writes texts of several lines as they are read."""


def _represent(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent)


def exported_json(values: Mapping[str, Any]) -> str:
    """The JSON of a content."""
    return json.dumps({**VERSION, **values}, ensure_ascii=False, indent=2) + "\n"


def exported_yaml(values: Mapping[str, Any]) -> str:
    """The YAML of a content."""
    text: str = yaml.dump({**VERSION, **values}, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    return text


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
    return canonical.content(front_matter.load(text.removeprefix("\ufeff"), _LOADER))
