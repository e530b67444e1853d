"""A worker that is not root, and what stands outside of its sandbox."""

import os
from collections.abc import Iterator

import pytest

from tests.sandbox.outside import Outside
from tests.sandbox.unprivileged import Worker


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """A worker process of this file, which has a secret in its environment."""
    # Tests that run side by side are different users, so that each sees what it left behind itself.
    made = Worker(60_000 + os.getpid() % 5_000, CANARY="CANARY")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def outside(worker: Worker) -> Iterator[Outside]:
    """What stands outside."""
    made = Outside(worker)
    yield made
    made.stop()
