"""Mail leaves by one door, to a server that really speaks SMTP."""

from uuid import UUID

import pytest

from apps.core import mail
from apps.core.mail import Message, NotSent
from tests.mailbox import mailbox_served, reached_at, unused_port

NUMBER = UUID(int=7)
MESSAGE = Message(
    NUMBER, "rei@example.com", "Your key: 10. Backups\nare tested – ليلى", "Read it.\n", "<p>Read it.</p>"
)


def test_a_message_arrives_as_text_and_html_with_its_own_id():
    with mailbox_served() as mailbox:
        mail.send(MESSAGE)
    [taken] = mailbox.taken
    assert mailbox.recipients == [["rei@example.com"]]
    assert taken["Message-ID"] == mail.message_id(NUMBER)
    assert str(taken["Subject"]).strip() == "Your key: 10. Backups are tested – ليلى"
    assert taken["From"] == "Keyturn <keyturn@example.com>"
    assert taken["Auto-Submitted"] == "auto-generated"
    assert taken.get_body(("plain",)).get_content().strip() == "Read it."
    assert taken.get_body(("html",)).get_content().strip() == "<p>Read it.</p>"


@pytest.mark.parametrize(
    ("verb", "reply", "lasting"),
    [
        ("RCPT", b"550 no such person", True),
        ("RCPT", b"450 come back later", False),
        ("MAIL", b"553 not from you", True),
        ("DATA", b"452 no room", False),
        ("DATA", b"554 \x1b[31mspam" + b"!" * 900, True),
    ],
)
def test_what_the_server_refuses_is_said_and_whether_for_good(verb, reply, lasting):
    with mailbox_served() as mailbox:
        mailbox.replies[verb] = reply
        with pytest.raises(NotSent) as caught:
            mail.send(MESSAGE)
    assert caught.value.lasting == lasting
    assert reply[:3].decode() in caught.value.reason
    assert caught.value.reason.isprintable()
    assert len(caught.value.reason) <= mail.LONGEST_REASON


def test_what_was_taken_without_an_answer_is_no_success_and_has_the_same_id_again():
    with mailbox_served() as mailbox:
        mailbox.hang_up.add("DATA")
        with pytest.raises(NotSent) as caught:
            mail.send(MESSAGE)
        mailbox.hang_up.clear()
        mail.send(MESSAGE)
    assert not caught.value.lasting
    assert mailbox.message_ids == [mail.message_id(NUMBER)] * 2


def test_a_server_that_hangs_up_after_it_took_it_takes_nothing_back():
    with mailbox_served() as mailbox:
        mailbox.hang_up.add("QUIT")
        mail.send(MESSAGE)
    assert len(mailbox.taken) == 1


def test_a_server_that_does_not_answer_is_worth_another_attempt(settings):
    for name, value in reached_at("127.0.0.1", unused_port()).items():
        setattr(settings, name, value)
    with pytest.raises(NotSent, match="did not answer") as caught:
        mail.send(MESSAGE)
    assert not caught.value.lasting


def test_the_password_goes_only_where_it_is_encrypted_and_is_never_repeated(settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD, settings.EMAIL_USE_TLS = "keyturn", "hunter2-hunter2", True
    with mailbox_served() as mailbox, pytest.raises(NotSent) as caught:
        mail.send(MESSAGE)  # this server offers no STARTTLS
    assert mailbox.taken == []
    assert "hunter2" not in caught.value.reason
    assert not caught.value.lasting


def test_a_server_that_repeats_the_password_is_not_quoted(settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "keyturn", "hunter2-hunter2"
    with mailbox_served() as mailbox:
        mailbox.replies |= {"EHLO": b"250-mailbox\r\n250 AUTH PLAIN", "AUTH": b"535 hunter2-hunter2 is wrong"}
        with pytest.raises(NotSent) as caught:
            mail.send(MESSAGE)
    assert caught.value.reason == mail.WRONG_PASSWORD


@pytest.mark.parametrize("to", ["rei@example.com\nBcc: all@example.com", "no address", "", "a@b, c@d"])
def test_an_address_that_is_none_leaves_nothing_and_is_not_tried_again(to):
    with mailbox_served() as mailbox, pytest.raises(NotSent) as caught:
        mail.send(Message(NUMBER, to, "s", "t"))
    assert mailbox.taken == []
    assert caught.value.lasting


def test_without_a_server_none_is_sent():
    assert not mail.is_configured()
    with pytest.raises(NotSent, match="KEYTURN_MAIL_URL"):
        mail.send(MESSAGE)
