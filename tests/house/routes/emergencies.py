"""Bodies of the emergency lane: one deployment that could take it, one that owes a review with its first key."""

import uuid
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from apps.deployments.selectors.summaries import summaries
from apps.emergencies.selectors import digest_of_page, digest_of_review
from tests import cast as casting
from tests.cast import PASSWORD
from tests.emergencies.lane import REASON, authorise, review_of, write
from tests.house.routes.route import Route, over


def set_the_lane(stage: SimpleNamespace) -> None:
    """Both deployments, on the stage."""
    stage.urgent, stage.gone = (casting.deploy(stage.team, stage.version, by=stage.lead) for _ in range(2))
    for each in (stage.urgent, stage.gone):
        casting.write_plan(stage, each)
    stage.emergency = authorise(stage, deployment=stage.gone)
    write(stage.emergency, stage.member)


def urgent(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"team": stage.team.slug, "number": stage.urgent.number}


def gone(stage: SimpleNamespace) -> Mapping[str, Any]:
    return {"team": stage.team.slug, "number": stage.gone.number}


def authorising(stage: SimpleNamespace) -> Mapping[str, Any]:
    shown = digest_of_page(summaries(stage.urgent))
    return signed(shown) | {"reason": REASON, "reviewer": stage.member.pk}


def writing(stage: SimpleNamespace) -> Mapping[str, Any]:
    return signed(digest_of_review(review_of(stage.emergency))) | {"findings": "The test", "prevention": "A probe"}


def verifying(stage: SimpleNamespace) -> Mapping[str, Any]:
    return signed(review_of(stage.emergency).sign_off.digest)


def signed(shown: str) -> dict[str, Any]:
    """What every form that signs sends."""
    return {"shown": shown, "intent": uuid.uuid4(), "password": PASSWORD}


ROUTES = {
    "deployments:emergency": Route(gone, get=200),
    "deployments:authorise_emergency": Route(urgent, body=authorising),
    "deployments:write_review": Route(gone, body=writing),
    "deployments:verify_review": Route(gone, body=verifying),
    "deployments:send_back_review": Route(
        gone, body=over(lambda s: review_of(s.emergency).sign_off.standing, reason="What of the logs?")
    ),
}
