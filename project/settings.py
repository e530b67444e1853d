"""Every setting, in the order of Django's documentation; docs/configuration.md explains the variables."""

from pathlib import Path

from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key

from apps.secrets.keyring import keys_in
from apps.zones.rules import Policy

from . import env

BASE_DIR = Path(__file__).resolve().parent.parent

# With DATABASE_URL, Keyturn is in production; without, it lives in one data folder that `manage.py up` looks after.
DATABASE = env.database("DATABASE_URL")
OWNER = env.database("MIGRATE_DATABASE_URL")
PRODUCTION = DATABASE is not None
DATA_DIR = env.path("KEYTURN_DATA", BASE_DIR / "data")

KEYTURN_DEMO = env.bool("KEYTURN_DEMO")
KEYTURN_HTTPS = env.bool("KEYTURN_HTTPS", PRODUCTION)
KEYTURN_COMMANDS = env.bool("KEYTURN_COMMANDS")
KEYTURN_PROBE_ALLOW = env.text("KEYTURN_PROBE_ALLOW", check=Policy.parse)
# Files outside the database; `up` makes the one of the embedded default.
KEYTURN_SECRETS_KEYS = env.list(
    "KEYTURN_SECRETS_KEYS",
    [] if PRODUCTION or not (DATA_DIR / "secrets-key").exists() else [str(DATA_DIR / "secrets-key")],
    check=lambda path: keys_in([path]),
)
KEYTURN_THREADS = env.int("KEYTURN_THREADS", 12, least=1, most=200)
KEYTURN_TASK_SECONDS = env.int("KEYTURN_TASK_SECONDS", 50, least=10, most=200)
KEYTURN_TEAM_QUOTA_MB = env.int("KEYTURN_TEAM_QUOTA_MB", 2048, least=1, most=1_000_000)
KEYTURN_TRUSTED_PROXY = env.list("KEYTURN_TRUSTED_PROXY", check=env.network)
KEYTURN_REDIS_URL = env.url(
    "REDIS_URL",
    "redis",
    env.Required("With DATABASE_URL set, workers and live pages need a Redis or Valkey.", "redis://127.0.0.1:6379/0")
    if PRODUCTION
    else f"unix://{DATA_DIR / 'broker.sock'}",
)
# Where new files go instead of the database; none without a bucket.
KEYTURN_S3_BUCKET = env.text("KEYTURN_S3_BUCKET")
KEYTURN_S3_ENDPOINT = env.text("KEYTURN_S3_ENDPOINT", check=env.endpoint)
KEYTURN_S3_REGION = env.text("KEYTURN_S3_REGION", "us-east-1")
KEYTURN_S3_PREFIX = env.text("KEYTURN_S3_PREFIX", "keyturn", check=env.prefix)
KEYTURN_S3_KEY = env.text(
    "KEYTURN_S3_KEY",
    env.Required("With KEYTURN_S3_BUCKET set, the storage knows Keyturn by an access key.", "AKIAEXAMPLE")
    if KEYTURN_S3_BUCKET
    else "",
)
KEYTURN_S3_SECRET = env.secret(
    "KEYTURN_S3_SECRET",
    env.Required("With KEYTURN_S3_BUCKET set, the access key needs its secret.", "the-secret-of-that-access-key")
    if KEYTURN_S3_BUCKET
    else "",
    least=8,
)
# Host and port of database, broker and file storage, which no probe may ask whatever is listed; none for a unix socket.
KEYTURN_OWN_SERVICES = env.services(DATABASE, OWNER, KEYTURN_REDIS_URL, KEYTURN_S3_ENDPOINT)
KEYTURN_MAX_UPLOAD = 25 * 1024 * 1024  # bytes of one evidence file

if KEYTURN_DEMO and PRODUCTION:
    raise env.Misconfigured(
        "KEYTURN_DEMO=1 lets anybody become anybody, and DATABASE_URL names a real database. "
        "Unset KEYTURN_DEMO to run on that database, or unset DATABASE_URL to see the demonstration."
    )
if OWNER and not PRODUCTION:
    raise env.Misconfigured(
        "MIGRATE_DATABASE_URL is set and DATABASE_URL is not. Set DATABASE_URL to the role the application uses."
    )

# The one sign-in service that this Keyturn asks, over OpenID Connect; none without an issuer.
KEYTURN_OIDC_ISSUER = env.text("KEYTURN_OIDC_ISSUER", check=env.issuer)
KEYTURN_OIDC_CLIENT = env.text(
    "KEYTURN_OIDC_CLIENT",
    env.Required("With KEYTURN_OIDC_ISSUER set, the sign-in service knows Keyturn by a client id.", "keyturn")
    if KEYTURN_OIDC_ISSUER
    else "",
)
KEYTURN_OIDC_SECRET = env.secret("KEYTURN_OIDC_SECRET", "", least=16)
KEYTURN_OIDC_NAME = env.text("KEYTURN_OIDC_NAME", "single sign-on")

# Core settings: mail; without a server none is sent, and pages show what mail would have carried

MAIL = env.mail("KEYTURN_MAIL_URL")
EMAIL_HOST = MAIL.get("EMAIL_HOST", "")
EMAIL_PORT = MAIL.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = MAIL.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = MAIL.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_SSL = MAIL.get("EMAIL_USE_SSL", False)
EMAIL_USE_TLS = MAIL.get("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 10  # seconds, of each step
DEFAULT_FROM_EMAIL = env.text(
    "KEYTURN_MAIL_FROM",
    env.Required("With KEYTURN_MAIL_URL set, mail needs a sender.", "'Keyturn <keyturn@example.com>'") if MAIL else "",
    check=env.address,
)
if DEFAULT_FROM_EMAIL and not MAIL:
    raise env.Misconfigured("KEYTURN_MAIL_FROM is set and KEYTURN_MAIL_URL is not. Set the URL of the mail server too.")

# Core settings: security

SECRET_KEY = env.secret(
    "KEYTURN_SECRET_KEY",
    env.Required("It signs sessions and links.", '"$(openssl rand -base64 48)"')
    if PRODUCTION
    # `up` writes this file. A command run without it gets a key that lasts as long as the command.
    else env.file(DATA_DIR / "secret-key") or get_random_secret_key(),
)
SECRET_KEY_FALLBACKS = env.list("KEYTURN_SECRET_KEY_FALLBACKS")
DEBUG = False
ALLOWED_HOSTS = env.list(
    "KEYTURN_ALLOWED_HOSTS",
    env.Required("It lists the host names people type, separated by commas.", "keyturn.example.com")
    if PRODUCTION
    else ["127.0.0.1", "localhost", "[::1]"],
    check=env.host,
)
# What links in messages and on the terminal begin with.
KEYTURN_URL = env.origin("KEYTURN_URL", f"https://{ALLOWED_HOSTS[0]}" if KEYTURN_HTTPS else "http://127.0.0.1:8000")

# What passkeys are bound to (WebAuthn calls it the RP ID): a name, never an address.
KEYTURN_RP_ID = env.rp_id(KEYTURN_URL)
KEYTURN_PASSKEY_ORIGIN = env.passkey_origin(KEYTURN_URL)

SECURE_SSL_REDIRECT = KEYTURN_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if KEYTURN_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = KEYTURN_HTTPS
# Preloading binds the operator's whole domain for good; that is for the operator to decide, at the proxy.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

CSRF_FAILURE_VIEW = "apps.core.http.too_old"
CSRF_COOKIE_NAME = "__Host-csrf" if KEYTURN_HTTPS else "keyturn_csrf"
CSRF_COOKIE_SECURE = KEYTURN_HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# Core settings: models and databases

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "project.stylesheet.StaticFiles",
    "django.forms",
    "csp",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "apps.core",
    "apps.live",
    "apps.leases",
    "apps.ledger",
    "apps.accounts",
    "apps.teams",
    "apps.letters",
    "apps.preferences",
    "apps.secrets",
    "apps.zones",
    "apps.factors",
    "apps.signoff",
    "apps.evidence",
    "apps.probes",
    "apps.programs",
    "apps.sso",
    "apps.checklists",
    "apps.imports",
    "apps.studio",
    "apps.rollback",
    "apps.followups",
    "apps.deployments",
    "apps.attachments",
    "apps.waivers",
    "apps.emergencies",
    "apps.sheets",
    "apps.proposals",
    "apps.comments",
    "apps.reruns",
    "apps.reporting",
    "apps.boards",
    "apps.catalog",
    "apps.records",
    "apps.notices",
    "django.contrib.auth",  # after accounts, whose `changepassword` leaves an entry
    "project",  # last: its post_migrate comes after every table
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

POSTGRESQL = {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
# Milliseconds. Nobody waits longer for a page, and a forgotten transaction must not hold a chain's lock.
TIMEOUTS = "-c statement_timeout=15000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=30000"
# Of a young table PostgreSQL knows nothing, guesses millions of rows, and compiles for 0.3 s what takes 0.2 ms.
SESSION = f"{TIMEOUTS} -c jit=off"
# Nor for a machine that is gone without a word. Seconds, but for the last.
LINE: dict[str, object] = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5}
LINE |= {"keepalives_count": 3, "tcp_user_timeout": 20_000}
SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": DATA_DIR / "keyturn.sqlite3",
    "CONN_MAX_AGE": 60,
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL: a signature that was confirmed survives a power cut. Recursive triggers: INSERT OR REPLACE is a DELETE.
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA recursive_triggers=ON;"
            "PRAGMA cache_size=-20000;PRAGMA mmap_size=134217728;"
        ),
    },
    "TEST": {"NAME": DATA_DIR / "test.sqlite3"},  # a file, so that threads share it
}
DATABASES = {"default": SQLITE}
if DATABASE:
    DATABASES = {"default": POSTGRESQL | DATABASE | {"OPTIONS": {"options": SESSION} | LINE | DATABASE["OPTIONS"]}}
if OWNER:
    DATABASES["owner"] = POSTGRESQL | OWNER | {"CONN_MAX_AGE": 0, "TEST": {"MIRROR": "default"}}

# Core settings: HTTP, templates, forms and uploads

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.core.middleware.CompressMiddleware",
    "apps.core.middleware.FragmentMiddleware",
    "apps.core.middleware.HeadersMiddleware",
    "project.limits.NulMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.core.middleware.SignInMiddleware",
    "apps.core.middleware.BrowserMiddleware",
    "project.sessions.SessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "project.limits.UploadLimitMiddleware",
    "project.concurrency.ConcurrencyLimitMiddleware",
    "apps.core.middleware.RefusalMiddleware",
    "project.health.RoomMiddleware",
]
ROOT_URLCONF = "project.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.accounts.selectors.navigation",
            ],
        },
    }
]
FORM_RENDERER = "apps.core.forms.FormRenderer"
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024  # forms without their files; a pasted checklist may be 5 MB
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a preview of 204 items posts a choice for each
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# Core settings: language and time

LANGUAGE_CODE = "en"
# Names of days and months in what is written for one person (core.clock); no page is translated.
USE_I18N = True
TIME_ZONE = "UTC"

# Core settings: logging

LOG_LEVEL = env.choice("KEYTURN_LOG_LEVEL", "WARNING", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "project.lines.LineFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # Their own handlers would say everything twice, in several lines.
    "loggers": {
        name: {"handlers": [], "propagate": True, "level": LOG_LEVEL}
        for name in ("django", "django.server", "uvicorn", "uvicorn.error", "uvicorn.access", "celery")
    }
    # It would say what servers answer, secrets that they repeat too.
    | {"httpcore": {"level": "WARNING"}},
}

# Auth

AUTH_USER_MODEL = "accounts.User"
# allauth keeps factors and mail addresses, and checks them; pages and acts are Keyturn's own (docs/decisions/0062).
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
MFA_ADAPTER = "project.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "Keyturn"
MFA_TOTP_TOLERANCE = 1  # periods of 30 seconds that a clock may be wrong by
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "full_name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Sessions

SESSION_COOKIE_NAME = "__Host-sid" if KEYTURN_HTTPS else "keyturn_sid"
SESSION_COOKIE_SECURE = KEYTURN_HTTPS
SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds
# Names the browser in which somebody signed in, so that whoever guesses their name elsewhere does not make them wait,
# and whoever shares their address takes nothing of their share (project/senders.py).
KNOWN_COOKIE_NAME = "__Host-known" if KEYTURN_HTTPS else "keyturn_known"
KNOWN_COOKIE_AGE = 365 * 24 * 60 * 60  # seconds
# Identifies a browser, so that keys turned in one browser are flagged (docs/decisions/0033); names no person.
BROWSER_COOKIE_NAME = "__Host-browser" if KEYTURN_HTTPS else "keyturn_browser"
BROWSER_COOKIE_AGE = 400 * 24 * 60 * 60  # seconds; browsers keep none longer

# Static files

STATIC_URL = "/static/"
STATIC_ROOT = env.path("KEYTURN_STATIC", BASE_DIR / "staticfiles" if PRODUCTION else DATA_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # pages know no other names
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # files live in the database
    "staticfiles": {"BACKEND": "project.stylesheet.StylesheetStorage"},
}

env.refuse_unknown()
