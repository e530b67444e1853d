"""HTTP as uvicorn speaks it, without waiting for acknowledgements: `uvicorn --http project.protocol:Protocol`."""

import asyncio
import socket

from uvicorn.protocols.http.h11_impl import H11Protocol


class Protocol(H11Protocol):
    """Sends what is written at once.

    uvicorn writes an answer in two parts, and on a kept connection the second one waits 40 ms for the browser's
    delayed acknowledgement of the first unless TCP_NODELAY is set. asyncio sets it on sockets that name their
    protocol; those that uvicorn makes for its workers do not.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Set TCP_NODELAY."""
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        super().connection_made(transport)
