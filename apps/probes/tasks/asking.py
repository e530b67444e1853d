"""One run asked: whatever the target or the kind does becomes an outcome."""

import asyncio
import logging
import random
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import DatabaseError, InterfaceError

from apps.core.errors import Refusal
from apps.ledger.commands import SYSTEM
from apps.probes import egress, selectors
from apps.probes.kinds import INCONCLUSIVE, PASSED, RUN_ID, Kind, Outcome, Reached, settings_of
from apps.probes.kinds.turns import ORDERED_BY
from apps.probes.models import Run
from apps.secrets import commands as secrets
from apps.secrets.rules import SecretValue, masked
from apps.zones import selectors as zones
from apps.zones.rules import Policy
from apps.zones.selectors import Terms

logger = logging.getLogger(__name__)

GRACE_SECONDS = 2  # a kind keeps its own time; this ends one that does not
MOST_TRIES = 3
FIRST_PAUSE = 0.4  # seconds, twice as long each time, and by half shorter or longer
LEAST_SECONDS = 1.0  # that have to be left to ask once more


@dataclass(frozen=True)
class Way:
    """Where a run may go, and by which version of its zone that was so."""

    policy: Policy
    noted: Mapping[str, Any] = field(default_factory=dict)


def way_of(run: Run, known: dict[str, Terms] | None = None) -> Way | Outcome:
    """Where a run may go as its zone is now; an outcome where its team may not use that any more.

    known: terms that were looked up just now, for other runs that begin in the same moment.
    """
    if not run.zone_id:
        return Way(egress.policy_for())
    known = {} if known is None else known
    try:
        if run.zone_id not in known:
            known |= zones.terms_of([run.zone_id])
        terms, team = known[run.zone_id], run.probe.team_id
    except (DatabaseError, InterfaceError):
        logger.warning("probes: the database did not say what the zone of run %s opens", run.id)
        return Outcome(INCONCLUSIVE, "The database did not answer when the zone was needed. Run the probe again.")
    if team not in terms.teams:
        return Outcome(
            INCONCLUSIVE,
            f"The team may not use the zone “{terms.name}” any more. Choose another for this probe, or ask an "
            "administrator.",
        )
    return Way(egress.policy_for(terms.policy), {"zone": run.zone_id, "zone_version": terms.version})


def secret_of(run: Run) -> SecretValue | Outcome | None:
    """The secret that a run asks with, released for where it asks; None without one, an outcome where it is refused.

    Where nobody approves of what is asked, that is refused as well.
    """
    try:
        probe = settings_of(run.kind, run.config)
        if reason := selectors.withheld(run):
            request = probe.asked_as_written() | {"expected": probe.conditions.splitlines()}
            return Outcome(INCONCLUSIVE, reason, request=request)
        if not probe.secret_name:
            return None
        return secrets.release(
            run.probe.team_id,
            probe.secret_name,
            by=SYSTEM,
            to=probe.destination,
            proven_by=probe.proven_by,
            authorities=probe.vouched_by,
        )
    except Refusal as refusal:
        return Outcome(INCONCLUSIVE, str(refusal))
    except (DatabaseError, InterfaceError):
        logger.warning("probes: the database did not give the secret of run %s", run.id)
        return Outcome(INCONCLUSIVE, "The database did not answer when the secret was needed. Run the probe again.")
    except Exception as error:
        return broken(run, error)


async def outcome_of(
    run: Run, secret: SecretValue | Outcome | None = None, way: Way | Outcome | None = None
) -> Outcome:
    """Ask, and note by which version of its zone.

    way: of `way_of`; without one, as of this Keyturn itself.
    """
    way = Way(egress.policy_for()) if way is None else way
    if refused := next((each for each in (way, secret) if isinstance(each, Outcome)), None):
        return refused
    assert isinstance(way, Way)
    assert not isinstance(secret, Outcome)
    outcome = await _outcome_of(run, secret, way.policy)
    return replace(outcome, request={**outcome.request, **way.noted}) if way.noted else outcome


async def _outcome_of(run: Run, secret: SecretValue | None, policy: Policy) -> Outcome:
    """A fault in the kind's own code is no verdict on the target: it is inconclusive and logged."""
    try:
        probe = settings_of(run.kind, run.config)
        RUN_ID.set(str(run.pk))
        ORDERED_BY.set(str(run.requested_by_id))
        async with asyncio.timeout(run.seconds + GRACE_SECONDS):
            return await _asked(probe, policy=policy, secret=secret)
    except TimeoutError:
        logger.error("probes: kind %s did not keep its time in run %s", run.kind, run.id)
        return Outcome(INCONCLUSIVE, f"The probe was stopped: it took longer than {run.seconds:g} s.")
    except Exception as error:
        return broken(run, error, secret)


def broken(run: Run, error: Exception, secret: SecretValue | None = None) -> Outcome:
    """What a run ends in whose kind has a fault, which is logged without the secret that it asked with."""
    text = masked("".join(traceback.format_exception(error)), [secret.reveal()] if secret else [])
    logger.error("probes: kind %s broke in run %s\n%s", run.kind, run.id, text)
    return Outcome(INCONCLUSIVE, f"The probe itself broke ({type(error).__name__}); the worker's log says where.")


def may_ask_again(probe: Kind, outcome: Outcome) -> bool:
    """Whether the same question may be asked once more: it did not arrive, or changes nothing."""
    match outcome.reached:
        case Reached.NOT_CONNECTED:
            return True
        case Reached.BUSY:
            return probe.is_safe and outcome.verdict != PASSED
        case Reached.ANSWERED | Reached.SILENT:
            return False


async def _asked(probe: Kind, **way: Any) -> Outcome:
    """The last of at most three answers, all of them within the time of one."""
    ends = time.monotonic() + probe.timeout_ms / 1000
    outcome = await probe.run(**way)
    for tries in range(2, MOST_TRIES + 1):
        pause = FIRST_PAUSE * 2 ** (tries - 2) * random.uniform(0.5, 1.5)
        left = ends - time.monotonic() - pause
        if not may_ask_again(probe, outcome) or left < LEAST_SECONDS:
            break
        await asyncio.sleep(pause)
        again = await replace(probe, timeout_ms=int(left * 1000)).run(**way, limit=probe.timeout_ms / 1000)
        explanation = f"{again.explanation} Asked {tries} times."
        outcome = replace(again, explanation=explanation, response={**again.response, "tries": tries})
    return outcome
