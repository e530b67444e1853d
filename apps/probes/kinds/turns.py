"""Whose conditions are judged: what one person's probes ask of another process keeps nobody else's waiting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from weakref import WeakKeyDictionary

# Who ordered the run that is asked; the loop that asks sets it for each.
ORDERED_BY: ContextVar[str] = ContextVar("ORDERED_BY", default="")
AT_A_TIME = 2  # of one person, in a process: threads that judge are few, and each of them may take a second or two
_places: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Semaphore]] = WeakKeyDictionary()


@asynccontextmanager
async def turn() -> AsyncIterator[None]:
    """Wait until fewer than AT_A_TIME of the same person are judged."""
    places = _places.setdefault(asyncio.get_running_loop(), {})
    async with places.setdefault(ORDERED_BY.get(), asyncio.Semaphore(AT_A_TIME)):
        yield
