"""How a view answers, with htmx and without JavaScript."""

import re
import secrets
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods
from django_htmx.http import retarget
from django_htmx.middleware import HtmxDetails

from .errors import Refusal

# Nobody can write it into a text: every process draws its own.
PLACE = secrets.token_hex(16)
PLACES = re.compile(f"{PLACE}-([a-z_0-9]+);")

require_get_or_post = require_http_methods(("GET", "HEAD", "POST"))


@lru_cache(maxsize=4096)
def address(name: str, *args: Any) -> str:
    """Where a view is; working that out anew takes as long as rendering a row."""
    return reverse(name, args=args)


def place(name: str) -> SafeString:
    """What stands in rendered text where a value of that name is put later."""
    return mark_safe(f"{PLACE}-{name};")


def put(text: str, values: Mapping[str, str]) -> SafeString:
    """The rendered text with its values in their places, escaped."""
    return mark_safe(PLACES.sub(lambda found: escape(values[found[1]]), text))


def after_action(request: HttpRequest, url: str, *, message: str = "") -> HttpResponse:
    """Answer a successful POST: lead to `url`, where `message` says what was done; htmx follows and gets the part."""
    if message:
        messages.success(request, message)
    return redirect(url)


def refuse(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Show a refusal in the page's notices for htmx, as a page of its own otherwise, with its own status."""
    if HtmxDetails(request):
        response = render(request, "core/_refusal.html", {"refusal": refusal}, status=refusal.status)
        response.headers["HX-Reswap"] = "innerHTML show:window:top"  # django-htmx's reswap takes no modifiers
        return retarget(response, "#notices")
    back = request.headers.get("Referer", "")
    return render(request, "core/refusal.html", {"refusal": refusal, "back": back}, status=refusal.status)


def render_around(
    request: HttpRequest, template: str, context: dict[str, Any], fragments: Mapping[str, bytes]
) -> HttpResponse:
    """Render a page around finished fragments, which the template names like any other variable.

    A template copies and encodes whatever it is given several times over; for a board of a thousand rows
    that costs more than all the rest of the page.
    """
    places = {name: place(name) for name in fragments}
    page = PLACES.split(render_to_string(template, context | places, request))
    return HttpResponse([fragments[part] if at % 2 else part for at, part in enumerate(page)])
