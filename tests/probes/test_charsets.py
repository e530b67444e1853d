"""That a text is not in an answer is only said of an answer that was read, in the charset it declares."""

import encodings

import pytest

from apps.probes.kinds import Http
from apps.probes.kinds.outcome import read
from tests.probes.test_kinds_http import judge

WANTED = "grün OK"
CONFIG = Http(url="https://a.example/", conditions=f'body contains "{WANTED}"')
HTML = '<html><head><meta charset="{}"></head>grün OK</html>'
XML = '<?xml version="1.0" encoding="{}"?><state>grün OK</state>'

FOUND = {
    "ISO-8859-1": ("text/plain; charset=ISO-8859-1", WANTED.encode("latin-1")),
    "quoted and in capitals": ('text/plain; Charset="LATIN1"', WANTED.encode("latin-1")),
    "windows-1252 called ISO-8859-1": ("text/plain; charset=iso-8859-1", "“grün OK” 3 €".encode("cp1252")),
    "UTF-16 by its mark": ("text/plain", WANTED.encode("utf-16")),
    "UTF-16 by its name": ("text/plain; charset=utf-16le", WANTED.encode("utf-16-le")),
    "a mark that knows better": ("text/plain; charset=latin-1", WANTED.encode("utf-8-sig")),
    "Shift JIS": ("text/plain; charset=Shift_JIS", "grün".encode("latin-1") and "監視".encode("shift_jis")),
    "HTML that says so itself": ("text/html", HTML.format("iso-8859-15").encode("iso-8859-15")),
    "XML that says so itself": ("application/xml", XML.format("ISO-8859-1").encode("latin-1")),
    "nothing declared": ("", WANTED.encode()),
    "letters taken apart": ("text/plain; charset=utf-8", "gru\u0308n OK".encode()),
}


@pytest.mark.parametrize("what", FOUND)
def test_it_is_found_in(what):
    declared, body = FOUND[what]
    config = Http(url="https://a.example/", conditions='body contains "監視"') if what == "Shift JIS" else CONFIG
    outcome = judge(config, body=body, headers=(("Content-Type", declared),))
    assert (outcome.verdict, outcome.explanation) == ("passed", "Answered 200 in 226 ms.")


UNREAD = {
    "a charset nobody knows": ("text/plain; charset=x-mac-klingon", b"gr\xfcn OK", "not known here"),
    "a codec that is no charset": ("text/plain; charset=punycode", b"grn OK-m2a", "not known here"),
    "a codec that makes bytes": ("text/plain; charset=hex", b"67", "not known here"),
    "bytes that are no UTF-8": ("text/plain", b"gr\xfcn OK", "Parts of the body are no utf-8"),
    "bytes that are not what is declared": (
        "text/plain; charset=utf-8",
        b"gr\xfcn OK",
        "Parts of the body are no utf-8",
    ),
}


@pytest.mark.parametrize("what", UNREAD)
def test_what_cannot_be_read_is_no_failure(what):
    declared, body, why = UNREAD[what]
    outcome = judge(CONFIG, body=body, headers=(("Content-Type", declared),))
    assert outcome.verdict == "inconclusive"
    assert why in outcome.explanation


def test_what_was_read_whole_and_lacks_it_fails():
    outcome = judge(CONFIG, body="rot".encode("latin-1"), headers=(("Content-Type", "text/plain; charset=latin-1"),))
    assert (outcome.verdict, outcome.explanation) == ("failed", f'body does not contain "{WANTED}".')


def test_a_character_torn_by_the_end_of_reading_is_no_fault():
    torn = read("grü".encode()[:-1], is_cut=True)
    assert (torn.text, torn.is_whole) == ("gr", True)
    assert not read("grü".encode()[:-1]).is_whole


def test_what_is_shown_is_read_in_the_same_charset():
    outcome = judge(CONFIG, body=WANTED.encode("latin-1"), headers=(("Content-Type", "text/plain; charset=latin-1"),))
    assert outcome.response["snippet"] == WANTED


def test_python_remembers_no_long_name_that_a_target_made_up():
    made_up = "x" * 30_000
    assert read(b"a", f"text/plain; charset={made_up}").charset == ""
    assert not [name for name in encodings._cache if len(name) > 1000]
