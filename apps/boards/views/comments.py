"""What people say about an item, and take back."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from apps.accounts.models import SignedIn
from apps.boards.forms import items as forms
from apps.comments import commands
from apps.comments.models import Comment

from .loading import load_item
from .showing import back_to_item, show_item


@require_POST
def write_comment(request: SignedIn, team: str, number: int, item: int) -> HttpResponse:
    """Say something about the item."""
    found = load_item(request, team, number, item)
    form = forms.Comment(request.POST, auto_id="comment-%s")
    if not form.is_valid():
        return show_item(request, found.deployment, item, status=422, comment=form)
    written = commands.write_comment(found, by=request.user, **form.cleaned_data)
    names = ", ".join(name for _, name in written.mentions)
    return back_to_item(request, found, f"Your comment is there; it mentions {names}." if names else "It is there.")


@require_POST
def withdraw_comment(request: SignedIn, team: str, number: int, item: int, comment: UUID) -> HttpResponse:
    """Take back what one said."""
    found = load_item(request, team, number, item)
    own = get_object_or_404(Comment.objects.visible_to(request.user), pk=comment, item=found)
    commands.withdraw_comment(own, by=request.user)
    return back_to_item(request, found, "Your comment is withdrawn; it stays on record.")
