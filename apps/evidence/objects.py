"""Files in S3-compatible storage, where the operator named one: the only way there (docs/decisions/0071).

boto3 takes a second to load, so whoever first stores or reads a file there loads it. What comes back is hashed whole
before anybody is given a byte of it.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib import import_module
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.core.files.base import ContentFile

from apps.core.errors import Away, Damaged

PIECE = 256 * 1024
IN_MEMORY = 1024 * 1024  # bytes of a file that is read; more lies on disk until it is sent
IN_ONE = 1024 * 1024 * 1024
CONNECTING, ANSWERING, WHOLE = 5, 20, 60  # seconds for a connection, for the next bytes, for all of a file
logger = logging.getLogger(__name__)


def is_on() -> bool:
    """Whether new files go there; those that were stored before stay where they are."""
    return bool(settings.KEYTURN_S3_BUCKET)


def put(key: str, data: bytes) -> None:
    """Store an object; raises Away where that is not certain."""
    with _answering("nothing was stored"):
        _storage().save(key, ContentFile(data))


def fetch(key: str, *, size: int, digest: str) -> IO[bytes]:
    """An object, if it is exactly what was stored: a file at its beginning. Raises Damaged, or Away."""
    held, found, until = SpooledTemporaryFile(IN_MEMORY), sha256(), time.monotonic() + WHOLE  # noqa: SIM115
    with _answering("nothing is lost"):
        body, there = _storage().bucket.Object(key).get()["Body"], 0
        while there <= size and (piece := body.read(PIECE)):
            there += len(piece)
            found.update(piece)
            held.write(piece)
            if time.monotonic() > until:
                raise Away(f"The file storage is too slow: it did not send a file within {WHOLE} seconds. Try again.")
    if found.hexdigest() != digest:
        raise Damaged(
            f"A file in the file storage (SHA-256 {digest[:12]}…) is not the one that was filed, so none of it is "
            "given out. Whoever runs this server finds all such with verify_ledger, and restores them from a backup."
        )
    held.seek(0)
    return held


def keys_before(moment: datetime) -> Iterator[str]:
    """The keys of all objects of ours that were stored before a moment."""
    with _answering("nothing was taken away"):
        for each in _storage().bucket.objects.filter(Prefix=f"{settings.KEYTURN_S3_PREFIX}/"):
            if each.last_modified < moment:
                yield each.key


def delete(key: str) -> None:
    """Take an object away that no row names."""
    with _answering("it may be there still"):
        _storage().delete(key)


@contextmanager
def _answering(otherwise: str) -> Iterator[None]:
    """Errors of the storage in words; the log has the rest."""
    errors = import_module("botocore.exceptions")
    try:
        yield
    except errors.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in ("NoSuchKey", "404"):
            raise Damaged(
                "A file is not in the file storage any more. Whoever runs this server finds all such with "
                "verify_ledger, and restores them from a backup."
            ) from error
        logger.warning("the file storage refused: %s", code)
        raise Away(
            f"The file storage refused ({code[:40]}), and {otherwise}. Tell whoever runs this server."
        ) from error
    except (errors.BotoCoreError, OSError) as error:
        logger.warning("the file storage does not answer: %s", type(error).__name__)
        raise Away(f"The file storage does not answer, and {otherwise}. Try again in a minute.") from error


def _storage() -> Any:
    if not is_on():
        raise Away(
            "A file is in a file storage that this server does not know any more. Whoever runs it sets "
            "KEYTURN_S3_BUCKET and what belongs to it again."
        )
    named = ("BUCKET", "ENDPOINT", "REGION", "KEY", "SECRET")
    return _storage_of(*(getattr(settings, f"KEYTURN_S3_{name}") for name in named))


@cache
def _storage_of(bucket: str, endpoint: str, region: str, key: str, secret: str) -> Any:
    """The storage; its connections are one for each thread."""
    config = import_module("botocore.config").Config(
        connect_timeout=CONNECTING,
        read_timeout=ANSWERING,
        retries={"total_max_attempts": 2, "mode": "standard"},
        signature_version="s3v4",
        s3={"addressing_style": "path" if endpoint else "auto"},
        request_checksum_calculation="when_required",  # other servers than Amazon's know none of the newer sums
        response_checksum_validation="when_required",
    )
    # One request for each file, so that it is there whole or not at all.
    transfer = import_module("boto3.s3.transfer").TransferConfig(multipart_threshold=IN_ONE, use_threads=False)
    return import_module("storages.backends.s3").S3Storage(
        bucket_name=bucket,
        endpoint_url=endpoint or None,
        region_name=region,
        access_key=key,
        secret_key=secret,
        client_config=config,
        default_acl=None,
        file_overwrite=True,  # each key is new, so nothing asks first whether it is there
        transfer_config=transfer,
    )
