"""One port: whatever streams or waits does so on the event loop, pages are made in a bounded pool of threads."""

import io
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from .bodies import Receive, Scope, Send, WholeRequests, announced, turn_down
from .pages import Pages
from .start import configure, require_keys

STREAMS = "/live/"
STREAM_THREADS = 2  # for all streams of this process: what they ask takes milliseconds, and no page waits for it

configure()
wsgi = get_wsgi_application()
require_keys()
requests = WholeRequests(Pages(wsgi, threads=settings.KEYTURN_THREADS))
streams = Pages(wsgi, threads=STREAM_THREADS)


async def route(scope: Scope, receive: Receive, send: Send) -> None:
    """Take the request in and answer it; one for a stream brings no body, and none of it is read."""
    if scope["type"] != "http":
        return  # no websockets; uvicorn runs with --lifespan off
    if not scope["path"].startswith(STREAMS):
        await requests(scope, receive, send)
    elif scope["method"] not in ("GET", "HEAD"):
        await turn_down(send, 405, "Live pages are only read.", allow="GET, HEAD")
    elif announced(scope):
        await turn_down(send, 413, "A live page takes nothing in.")
    else:
        await streams(scope, receive, send, io.BytesIO())


application: Any = route  # uvicorn has its own types of the same protocol
if settings.KEYTURN_TRUSTED_PROXY:
    application = ProxyHeadersMiddleware(application, trusted_hosts=settings.KEYTURN_TRUSTED_PROXY)
