"""How a view answers: one way for htmx, one without JavaScript."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render


def after_action(
    request: HttpRequest, url: str, template: str = "", context: dict[str, Any] | None = None, *, said: str = ""
) -> HttpResponse:
    """Answer a successful POST: the changed partial for htmx, a redirect to `url` otherwise.

    `said` tells the person what happened, in a sentence.
    """
    if request.headers.get("HX-Request") and template:
        return render(request, template, (context or {}) | {"said": said})
    if said:
        messages.success(request, said)
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)
