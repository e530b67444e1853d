"""Pages alone, for servers that speak WSGI; live pages need asgi.py."""

from django.core.wsgi import get_wsgi_application

from .start import configure

configure()
application = get_wsgi_application()
