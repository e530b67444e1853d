"""Many open boards without a browser: each follows the stream as live.js does, and fetches what came without its parts.

python -m bench.crowd BOARDS PORT DEPLOYMENT SEEN BOARD_PATH COOKIES      prints a line once all of them listen
"""

import asyncio
import base64
import gzip
import json
import sys

WAITS = 0.01  # seconds; live.js collects what arrives together
LONGEST_IDLE = 3.0  # seconds; the server closes a connection after five


async def follow(port: int, deployment: str, seen: str, path: str, cookies: str, listening: asyncio.Semaphore) -> None:
    """One board, for ever."""
    stream, ask = await asyncio.open_connection("127.0.0.1", port)
    ask.write(_request(f"/live/deployments/{deployment}/?parts&after={seen}", cookies, port))
    status = await stream.readline()
    if b" 200 " not in status:
        raise SystemExit(f"the stream answered {status!r}")
    listening.release()
    clock = asyncio.get_running_loop().time
    lines, used_at = await asyncio.open_connection("127.0.0.1", port), clock()
    while line := await stream.readline():
        if not line.startswith(b"data: "):
            continue
        event = json.loads(line[6:])
        if packed := event.get("parts"):
            gzip.decompress(base64.b64decode(packed))
        elif items := event.get("items"):
            await asyncio.sleep(WAITS)
            if clock() - used_at > LONGEST_IDLE:
                lines = await asyncio.open_connection("127.0.0.1", port)
            used_at = clock()
            await _fetch(lines, _request(f"{path}rows/?items={','.join(items)}&since={seen}", cookies, port))


async def main(boards: int, port: int, deployment: str, seen: str, path: str, cookies: str) -> None:
    """All of them."""
    listening = asyncio.Semaphore(0)
    async with asyncio.TaskGroup() as group:
        for _ in range(boards):
            group.create_task(follow(port, deployment, seen, path, cookies, listening))
        for _ in range(boards):
            await listening.acquire()
        print("listening", flush=True)


async def _fetch(line: tuple[asyncio.StreamReader, asyncio.StreamWriter], request: bytes) -> None:
    reader, writer = line
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b" 200 " not in head.split(b"\r\n", 1)[0]:
        raise SystemExit(f"the rows answered {head!r}")
    if b"content-length: " in head:
        await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
        return
    while size := int(await reader.readline(), 16):
        await reader.readexactly(size + 2)
    await reader.readline()


def _request(path: str, cookies: str, port: int) -> bytes:
    head = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Cookie: {cookies}", "HX-Request: true"]
    return "\r\n".join([*head, "Accept-Encoding: gzip", "", ""]).encode()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]))
