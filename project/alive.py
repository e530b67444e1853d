"""`python -m project.alive`: exit code 0 when the web server in this container answers. For health checks."""

import os
import sys
from http.client import HTTPConnection, HTTPException

PORT = 8000


def main() -> int:
    """Ask for /healthz by the first allowed name, as a visitor would."""
    host = os.environ.get("KEYTURN_ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    connection = HTTPConnection("127.0.0.1", PORT, timeout=4)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return 0 if connection.getresponse().status == 200 else 1
    except (OSError, HTTPException):
        return 1


if __name__ == "__main__":
    sys.exit(main())
