"""Keyturn's own settings and the reference views beside it, for the bench in one process."""

from project.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
INSTALLED_APPS = [*INSTALLED_APPS, "bench"]  # noqa: F405
LOGGING_CONFIG = None
# Hashed names as `up` serves them, without the minute that compressing the files takes.
hashed = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
STORAGES = STORAGES | {"staticfiles": hashed}  # noqa: F405
# What hashing a password costs is chosen, for whoever guesses; figures compare the rest of turning a key.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
