"""How a version of a template moves: edited, shown to a second person, published for good."""

from django.db.models import TextChoices


class VersionState(TextChoices):
    """Where a version stands. A template has at most one version that is a draft or in review."""

    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "In review"
    PUBLISHED = "published", "Published"
    DISCARDED = "discarded", "Discarded"


UNPUBLISHED = (VersionState.DRAFT, VersionState.IN_REVIEW)
PERMANENT = (VersionState.PUBLISHED, VersionState.DISCARDED)

MOVES = {
    "submit_version": ({VersionState.DRAFT}, VersionState.IN_REVIEW),
    "reopen_draft": ({VersionState.IN_REVIEW}, VersionState.DRAFT),  # an edit, a withdrawal, or sent back
    "publish_version": (set(UNPUBLISHED), VersionState.PUBLISHED),
    "discard_draft": (set(UNPUBLISHED), VersionState.DISCARDED),
}
