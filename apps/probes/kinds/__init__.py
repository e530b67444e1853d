"""The kinds of probes, by the name that a Probe stores. docs/probes.md says how to add one."""

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


def kind_of(name: str) -> type[Kind]:
    """The kind of that name, or a refusal."""
    if name not in KINDS:
        raise Refusal(f"There is no kind of probe called “{name}”. Choose one of: {', '.join(KINDS)}.")
    return KINDS[name]
