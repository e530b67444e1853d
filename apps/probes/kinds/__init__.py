"""The kinds of probes, by the name that a Probe stores. docs/probes.md says how to add one."""

from . import http, tcp
from .form import ProbeForm
from .kind import BadSetting, Kind, Settings, run
from .outcome import FAILED, INCONCLUSIVE, PASSED, Outcome

KINDS: dict[str, Kind] = {
    "http": http,
    "tcp": tcp,
}
FORMS: dict[str, type[ProbeForm]] = {name: kind.Form for name, kind in KINDS.items()}
