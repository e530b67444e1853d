"""Whose certificates may vouch for where a secret goes, besides the usual authorities of the internet."""

import ssl
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

LONGEST_AUTHORITIES = 20_000  # characters in PEM form
NONE = "This is no certificate. Paste the lines from BEGIN CERTIFICATE to END CERTIFICATE."


def certificates_in(text: str) -> dict[bytes, str]:
    """The certificates of a text in PEM form, each once: in DER form, sorted, with whose it says it is.

    What is compared and what TLS trusts both come from here: two readers of one text could find different ones in it.
    Raises ValueError with a sentence; an empty text has none.
    """
    if not text.strip():
        return {}
    try:
        read = x509.load_pem_x509_certificates(text.encode())
        found = {each.public_bytes(Encoding.DER): each.subject.rfc4514_string() for each in read}
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=b"".join(found))
    except (ValueError, TypeError, x509.InvalidVersion, ssl.SSLError) as error:  # TypeError: of a name's odd ASN.1
        raise ValueError(NONE) from error
    return dict(sorted(found.items()))


def authorities_of(text: str) -> str:
    """The certificates of a text as they are stored, in PEM form; empty for none. Raises ValueError."""
    return "".join(map(ssl.DER_cert_to_PEM_cert, certificates_in(text)))


def fingerprints(text: str) -> list[str]:
    """SHA-256 of each certificate of a text, lowercase hex."""
    return [sha256(each).hexdigest() for each in certificates_in(text)]


def is_named(text: str, stored: str) -> bool:
    """Whether each certificate of a text is among those of `stored`."""
    return certificates_in(text).keys() <= certificates_in(stored).keys()
