"""One port, two ways in: what streams runs on the event loop, pages run in a bounded pool of threads.

A page costs a third of the CPU under WSGI, and the pool bounds the database connections.
"""

from typing import Any

from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from .start import configure

STREAMS = "/live/"

configure()
streams = get_asgi_application()
handler: Any = get_wsgi_application()  # two libraries' types of the same protocol
pages: Any = WSGIMiddleware(handler, workers=settings.KEYTURN_THREADS)


async def route(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Hand the request to the side that its path belongs to."""
    if scope["type"] != "http":
        return  # no websockets; uvicorn runs with --lifespan off
    side = streams if scope["path"].startswith(STREAMS) else pages
    await side(scope, receive, send)


application: Any = route
if settings.KEYTURN_TRUSTED_PROXY:
    application = ProxyHeadersMiddleware(application, trusted_hosts=settings.KEYTURN_TRUSTED_PROXY)
