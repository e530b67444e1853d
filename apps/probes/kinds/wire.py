"""Reading what a service says in lines and in lengths, for kinds that speak its protocol themselves."""

from apps.probes import egress

PIECE_BYTES = 4096


class Wire:
    """A connection, and the beginning of what came over it and was not taken yet.

    Whatever is longer than announced, or ends before it is whole, is egress.NoAnswer.
    """

    def __init__(self, stream: egress.Stream, protocol: str) -> None:
        self._stream, self._protocol, self._came = stream, protocol, b""

    async def say(self, data: bytes) -> None:
        """Send it."""
        await self._stream.write(data)

    async def line(self, end: bytes = b"\r\n", *, most: int = 512) -> bytes:
        """What comes before the next `end`, of at most so many bytes."""
        while end not in self._came[: most + len(end)]:
            if len(self._came) >= most + len(end):
                raise self.broken()
            await self._more()
        found, _, self._came = self._came.partition(end)
        return found

    async def exactly(self, count: int) -> bytes:
        """The next bytes, of which the caller knows how many are sensible."""
        while len(self._came) < count:
            await self._more()
        found, self._came = self._came[:count], self._came[count:]
        return found

    def broken(self) -> egress.NoAnswer:
        """To raise where what came is none of the protocol."""
        return egress.NoAnswer(f"What answered does not speak {self._protocol}.")

    async def _more(self) -> None:
        piece = await self._stream.read(PIECE_BYTES)
        if not piece:
            raise egress.NoAnswer("It hung up before its answer was complete.")
        self._came += piece
