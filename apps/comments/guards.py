"""What the database refuses to do to comments, whoever asks."""

from apps.core.guards import begins, changed_but, changes, never_deleted
from apps.deployments.guards.terms import OF_CLOSED

from .models import Comment

GUARDS = [
    *never_deleted("comments_comment", "a comment is kept for good"),
    begins(
        "comments_comment",
        (OF_CLOSED, "a closed deployment takes no more comments"),
        ("NEW.withdrawn_at IS NOT NULL", "a comment is withdrawn after it was written"),
    ),
    changes(
        "comments_comment",
        (
            changed_but(Comment, "withdrawn_at") + " OR OLD.withdrawn_at IS NOT NULL",
            "a comment is only ever withdrawn",
        ),
    ),
]
