"""Who else is in a draft now, and where in it."""

from collections.abc import Iterable

from django.db.models import Q

from apps.accounts.models import User, counts_now, initials
from apps.checklists.models import TemplateVersion
from apps.live.presence import Presence


def others_here(version: TemplateVersion, viewer: User, present: Iterable[Presence]) -> list[dict[str, object]]:
    """The others of the team who are `present`, by name: {name, initials, place, edits}; one query."""
    places = {each.person: each for each in present if each.person != str(viewer.pk)}
    there = Q(memberships__team=version.template.team_id) & counts_now("memberships")
    people = User.objects.filter(there, pk__in=places) if places else ()
    found = [(person.full_name, places[str(person.pk)]) for person in people]
    return [
        {"name": name, "initials": initials(name), "place": each.place, "edits": each.edits}
        for name, each in sorted(found, key=lambda pair: pair[0])
    ]
