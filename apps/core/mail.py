"""The one door through which mail leaves: one message, one attempt, and what came of it.

Whoever sends counts the attempts. A message that is tried again has the same Message-ID, so that where a server took
it and no answer came back, both are known to be one.
"""

from contextlib import suppress
from dataclasses import dataclass
from html import escape
from smtplib import SMTPAuthenticationError, SMTPException, SMTPRecipientsRefused, SMTPResponseException
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.core.validators import validate_email

LASTING = range(500, 600)  # replies that RFC 5321 calls permanent
LONGEST_REASON = 200  # characters of what a server says
NO_ADDRESS = "That is no mail address. Correct it in the account."
NO_SERVER = "This Keyturn sends no mail: KEYTURN_MAIL_URL is not set."
CARD = "max-width:600px;margin:0 auto;padding:24px;font-family:sans-serif;font-size:16px;line-height:1.5;color:#16181d"
BUTTON = (
    "display:inline-block;padding:12px 20px;border-radius:6px;background:#2447d8;color:#ffffff;text-decoration:none"
)
SMALL = "font-size:13px;color:#5b6270"
WRONG_PASSWORD = "The mail server does not take the user or the password of KEYTURN_MAIL_URL."


@dataclass(frozen=True)
class Message:
    """What one person is sent. `id` becomes the Message-ID; `html` says the same as `text`."""

    id: UUID
    to: str
    subject: str
    text: str
    html: str = ""


class NotSent(Exception):
    """The server did not say that it took the message.

    lasting: it will not take it another time either. is_away: it said nothing of this message, nor would of another.
    """

    def __init__(self, reason: str, *, lasting: bool, is_away: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.lasting, self.is_away = reason, lasting, is_away


def is_configured() -> bool:
    """Whether mail leaves this Keyturn at all."""
    return bool(settings.EMAIL_HOST)


def button(url: str, label: str) -> str:
    """What a mail leads to, as HTML."""
    return f'<p><a style="{BUTTON}" href="{escape(url)}">{escape(label)}</a></p>'


def page(html: str, foot: str) -> str:
    """A whole mail as HTML; both are HTML already."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        f'<body><div style="{CARD}">{html}<p style="{SMALL}">{foot}</p></div></body></html>'
    )


def message_id(number: UUID) -> str:
    """The Message-ID of the message with that id."""
    return f"<{number}@{urlsplit(settings.KEYTURN_URL).hostname}>"


def send(message: Message) -> None:
    """Hand a message to the mail server; raises NotSent unless the server says that it took it."""
    if not is_configured():
        raise NotSent(NO_SERVER, lasting=True)
    backend = EmailBackend()
    try:
        validate_email(message.to)
        backend.open()
        backend.send_messages([_composed(message)])
    except SMTPAuthenticationError as error:  # servers repeat what they were given
        raise NotSent(WRONG_PASSWORD, lasting=False, is_away=True) from error
    except SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise _not_sent(code, text) from error
    except SMTPResponseException as error:
        raise _not_sent(error.smtp_code, error.smtp_error) from error
    except (SMTPException, OSError) as error:
        reason = f"The mail server did not answer as it should ({type(error).__name__})."
        raise NotSent(reason, lasting=False, is_away=True) from error
    except (ValidationError, ValueError) as error:  # ValueError: its host cannot be written in ASCII
        raise NotSent(NO_ADDRESS, lasting=True) from error
    finally:
        with suppress(SMTPException, OSError):  # what was taken is taken, however the server takes its leave
            backend.close()


def _composed(message: Message) -> EmailMultiAlternatives:
    # No holiday notice, and no list that answers: RFC 3834.
    headers = {"Message-ID": message_id(message.id), "Auto-Submitted": "auto-generated"}
    composed = EmailMultiAlternatives(" ".join(message.subject.split()), message.text, to=[message.to], headers=headers)
    if message.html:
        composed.attach_alternative(message.html, "text/html")
    return composed


def _not_sent(code: int, text: bytes | str) -> NotSent:
    """The reply of a server as a reason, without what a log or a page would act on."""
    reply = text.decode(errors="replace") if isinstance(text, bytes) else text
    plain = "".join(letter if letter.isprintable() else " " for letter in reply)
    return NotSent(f"The mail server answered {code} {plain}".strip()[:LONGEST_REASON], lasting=code in LASTING)
