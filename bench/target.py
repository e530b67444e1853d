"""What probes ask in the bench: a server that answers after 200 ms, and a plain script that asks it.

python -m bench.target PORT          serves until it is ended
python -m bench.target PORT COUNT    asks it so often at once, and prints the seconds that took
"""

import asyncio
import sys
import time

ANSWERS_AFTER = 0.2  # seconds
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nup"
QUESTION = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
WIDTH = 256  # so many at once, as two probers of 128


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read one question, wait, answer."""
    await reader.readuntil(b"\r\n\r\n")
    await asyncio.sleep(ANSWERS_AFTER)
    writer.write(ANSWER)
    await writer.drain()
    writer.close()


async def serve(port: int) -> None:
    """Answer everybody."""
    async with await asyncio.start_server(answer, "127.0.0.1", port, backlog=1024) as server:
        await server.serve_forever()


async def ask(port: int, free: asyncio.Semaphore) -> None:
    """One question, its answer read to the end."""
    async with free:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(QUESTION)
        assert (await reader.read()).endswith(b"up")
        writer.close()


async def ask_all(port: int, count: int) -> None:
    """So many questions."""
    free = asyncio.Semaphore(WIDTH)
    await asyncio.gather(*(ask(port, free) for _ in range(count)))


if __name__ == "__main__":
    where, *often = map(int, sys.argv[1:])
    if often:
        begun = time.perf_counter()
        asyncio.run(ask_all(where, *often))
        print(time.perf_counter() - begun)
    else:
        asyncio.run(serve(where))
