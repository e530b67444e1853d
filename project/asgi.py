"""One port, two ways in: what streams runs on the event loop, pages run in a bounded pool of threads.

A page costs a third of the CPU under WSGI, and the pool bounds the database connections.
"""

from typing import Any

from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from .bodies import Application, Receive, Scope, Send, WholeRequests, announced, turn_down
from .start import configure

STREAMS = "/live/"

configure()
streams = get_asgi_application()
handler: Any = get_wsgi_application()  # two libraries' types of the same protocol
pages: Application = WholeRequests(WSGIMiddleware(handler, workers=settings.KEYTURN_THREADS))


async def route(scope: Scope, receive: Receive, send: Send) -> None:
    """Hand the request to the side that its path belongs to."""
    if scope["type"] != "http":
        return  # no websockets; uvicorn runs with --lifespan off
    side = follow if scope["path"].startswith(STREAMS) else pages
    await side(scope, receive, send)


async def follow(scope: Scope, receive: Receive, send: Send) -> None:
    """Stream to who asks for it; whatever brings a body is answered unread, for Django would keep all of it first."""
    if scope["method"] not in ("GET", "HEAD"):
        await turn_down(send, 405, "Live pages are only read.", allow="GET, HEAD")
    elif announced(scope):
        await turn_down(send, 413, "A live page takes nothing in.")
    else:
        await streams(scope, receive, send)


application: Any = route
if settings.KEYTURN_TRUSTED_PROXY:
    application = ProxyHeadersMiddleware(application, trusted_hosts=settings.KEYTURN_TRUSTED_PROXY)
