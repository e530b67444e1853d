from types import SimpleNamespace

import pytest

from .machine import prepare


@pytest.fixture
def cast(stage: SimpleNamespace) -> SimpleNamespace:
    """The stage, as an example begins."""
    prepare(stage)
    return stage
