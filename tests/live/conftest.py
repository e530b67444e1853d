"""A hub for one test."""

import pytest

from apps.live import stream


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> stream.Hub:
    """A hub of this test's own event loop."""
    fresh = stream.Hub()
    monkeypatch.setattr(stream, "HUB", fresh)
    return fresh
