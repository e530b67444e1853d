"""Somebody who listens to the event stream of a page."""

import asyncio
import json
from collections.abc import AsyncIterator

from apps.live import stream
from apps.live.publish import CHANNEL
from tests.clock import PATIENCE

TOPIC = "deployment/1"


async def nothing_missed(after: int) -> tuple[int, list[str]]:
    return after, []


async def still_allowed() -> bool:
    return True


async def events(source: AsyncIterator[bytes], count: int) -> list[dict[str, object]]:
    """The next `count` changes, each within five seconds."""
    found: list[dict[str, object]] = []
    while len(found) < count:
        chunk = (await asyncio.wait_for(anext(source), PATIENCE)).decode()
        if "event: changed" in chunk:
            found.append(json.loads(chunk.split("data: ")[1]))
    return found


async def stop(hub: stream.Hub) -> None:
    """Its reader is asked until it has ended: what ends a connection can lose a request to end that comes with it."""
    while hub.reader and not hub.reader.done():
        hub.reader.cancel()
        await asyncio.wait([hub.reader], timeout=0.5)


async def subscribed(client: "stream.redis.asyncio.Redis") -> None:
    while (await client.pubsub_numsub(CHANNEL))[0][1] == 0:
        await asyncio.sleep(0.01)
