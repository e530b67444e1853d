"""The kinds of probes, by the name that a Probe stores. docs/probes.md says how to add one."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from apps.core.errors import Refusal

from .command import RUN_ID, Command
from .dns import Dns
from .http import Http
from .kind import BadSetting, Kind
from .manual import Manual
from .outcome import FAILED, INCONCLUSIVE, PASSED, Outcome, Reached
from .passive import BadReport, Passive
from .postgresql import PostgreSql
from .prometheus import Prometheus
from .push import Push
from .redis import Redis
from .tcp import Tcp
from .tls import Tls

KINDS: dict[str, type[Kind]] = {
    "http": Http,
    "tcp": Tcp,
    "tls": Tls,
    "redis": Redis,
    "postgresql": PostgreSql,
    "prometheus": Prometheus,
    "dns": Dns,
    "command": Command,
    "push": Push,
    "manual": Manual,
}
# Kinds that nobody asks: passive checks. They have neither schedule nor try, and no run of theirs waits for a worker.
PASSIVE = tuple(name for name, kind in KINDS.items() if kind.IS_PASSIVE)

# Kinds that jobs and scripts report to by a token, and no person.
BY_TOKEN = tuple(name for name, kind in KINDS.items() if issubclass(kind, Push))


def settings_of(kind: str, config: Mapping[str, Any]) -> Kind:
    """What is configured, as its kind reads it, read once: a run is asked what its probe was asked before.

    Raises KeyError for a kind that this version does not have, ValueError for settings that its kind cannot read.
    """
    reader: Any = KINDS[kind]  # part of the key: tests bring kinds of their own
    return _settings_of(kind, json.dumps(config, sort_keys=True), reader)


@lru_cache(maxsize=2048)
def _settings_of(kind: str, config: str, reader: Any) -> Kind:
    read: Kind = reader.parse(json.loads(config))
    return read


def kind_of(name: str) -> type[Kind]:
    """The kind of that name, or a refusal."""
    if name not in KINDS:
        raise Refusal(f"There is no kind of probe called “{name}”. Choose one of: {', '.join(KINDS)}.")
    return KINDS[name]
