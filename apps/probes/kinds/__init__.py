"""The kinds of probes, by the name that a Probe stores. docs/probes.md says how to add one."""

from typing import Any

from . import http
from .outcome import FAILED, INCONCLUSIVE, PASSED, BadSetting, Config, Kind, Outcome

__all__ = ["FAILED", "INCONCLUSIVE", "KINDS", "PASSED", "BadSetting", "Config", "Kind", "Outcome"]

KINDS: dict[str, Any] = {
    "http": http,
}
