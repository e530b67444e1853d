"""Print a .env for compose.yaml with fresh secrets: python3 scripts/make_env.py keyturn.example.com > .env"""

import secrets
import sys

HOSTS_MISSING = "Say which host names people type: python3 scripts/make_env.py keyturn.example.com > .env"


def main(hosts):
    """Print the file; nothing is written, so nothing is overwritten."""
    if not hosts:
        print(HOSTS_MISSING, file=sys.stderr)
        return 1
    print(f"KEYTURN_ALLOWED_HOSTS={','.join(hosts)}")
    print(f"KEYTURN_SECRET_KEY={secrets.token_urlsafe(48)}")
    for password in ("POSTGRES_PASSWORD", "OWNER_PASSWORD", "APP_PASSWORD", "REDIS_PASSWORD"):
        print(f"{password}={secrets.token_urlsafe(24)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
