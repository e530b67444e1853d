"""The partials show a run and never more than its text."""

import re

from django.template.loader import render_to_string

from apps.probes import selectors
from apps.probes.forms import FORMS
from apps.probes.kinds import FAILED, Outcome
from apps.probes.models import Run
from apps.probes.states import State
from tests.probing import run_through

NASTY = "<script>alert(1)</script>"


def test_a_run_shows_what_was_asked_measured_and_answered_escaped(cast):
    run = cast.order()
    request = {"method": "GET", "url": "https://gateway.example/health", "expected": ["status 200-299"]}
    response = {"status": 503, "bytes": 25, "sha256": "ab" * 32, "is_truncated": True, "snippet": NASTY}
    response["headers"] = {"server": NASTY}
    outcome = Outcome(FAILED, "Answered 503, expected 200-299.", "226", "ms", "300", request, response)
    run = run_through(run, outcome)
    html = render_to_string("probes/_run.html", {"run": selectors.run_page(run)})
    for part in (
        "GET https://gateway.example/health",
        "status 200-299",
        "226 ms",
        "limit 300 ms",
        "Answered 503",
        '<pre tabindex="0">',
    ):
        assert part in html
    assert "ab" * 32 in html
    assert NASTY not in html
    assert '<span class="tag probe failed">Failed, 226 ms' in " ".join(html.split())


def test_a_run_that_waits_says_what_it_will_ask(cast):
    html = render_to_string("probes/_run.html", {"run": selectors.run_page(cast.order())})
    assert "Waiting for a worker" in html
    assert "GET https://gateway.example/health: body contains &quot;up&quot;, latency &lt; 300 ms" in html


def test_tags_of_what_failed_has_no_value_and_has_no_result_differ_without_colour():
    made = {
        state: " ".join(render_to_string("probes/_status.html", {"run": Run(state=state)}).split())
        for state in (State.FAILED, State.INCONCLUSIVE, State.LOST)
    }
    assert made == {
        State.FAILED: '<span class="tag probe failed">Failed</span>',
        State.INCONCLUSIVE: '<span class="tag probe half">Inconclusive</span>',
        State.LOST: '<span class="tag probe failed lost">No result</span>',
    }


def test_the_history_lists_runs_or_says_there_is_none(cast):
    assert "Not run yet" in render_to_string("probes/_history.html", {"runs": []})
    cast.order()
    html = render_to_string("probes/_history.html", {"runs": selectors.probe_history(cast.probe)})
    assert "Waiting" in html


def test_the_form_shows_each_error_beside_its_field(db):
    form = FORMS["http"]({"name": "x", "url": "http://10.0.0.1/"})
    html = render_to_string("ui/_fields.html", {"form": form})
    assert re.search(r'id="id_url">\s*<small class="wrong" id="id_url_error">\s*<span>✕ 10\.0\.0\.1 is an', html)
    labels = re.findall(r'<label(?: class="choice")? for="([^"]*)"', html)
    assert labels == [field.id_for_label for field in form.visible_fields()]
