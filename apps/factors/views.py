"""What people do about what they prove themselves by."""

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from apps.accounts.models import SignedIn

from . import forms, selectors


@require_GET
def statement(request: SignedIn) -> HttpResponse:
    """The statement that a passkey signs for the keys that a page names, with what the browser needs to ask it."""
    form = forms.Turns(request.GET)
    if not form.is_valid():
        return JsonResponse({"refused": "The page is not complete. Reload it and try again."}, status=422)
    asked = selectors.passkey_question(request.user, form.cleaned_data["turn"])
    return JsonResponse(asked, status=409 if "refused" in asked else 200)
