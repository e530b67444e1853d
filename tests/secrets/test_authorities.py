"""Certificates that may vouch for where a secret goes: one reading of a text, for whoever compares and for TLS."""

import ssl

import pytest
from django.urls import reverse

from apps.ledger.models import Entry
from apps.probes import egress
from apps.secrets import commands
from apps.secrets.models import Secret
from apps.secrets.rules import authorities_of, certificates_in, is_named
from tests.cast import again, signed_in
from tests.probes.hostile import certified

ONE, OTHER = certified(name="a.example")[1], certified(name="b.example")[1]
HOSTS = "https://metrics.example.com"


def test_certificates_are_stored_once_in_one_order():
    assert authorities_of(ONE + OTHER) == authorities_of(f"\n{OTHER}{ONE}{ONE}")
    assert authorities_of(" \n") == ""
    assert sorted(certificates_in(ONE + OTHER).values()) == ["CN=a.example", "CN=b.example"]


@pytest.mark.parametrize(
    "text",
    ["none", ONE.replace("M", "*", 1), ONE[:200], "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"],
)
def test_what_is_no_certificate_is_refused(text):
    with pytest.raises(ValueError, match="no certificate"):
        authorities_of(text)


def changed(before: str, after: str) -> str:
    """A certificate of which some bytes, in hex, are others."""
    data = ssl.PEM_cert_to_DER_cert(ONE)
    assert bytes.fromhex(before) in data
    return ssl.DER_cert_to_PEM_cert(data.replace(bytes.fromhex(before), bytes.fromhex(after)))


@pytest.mark.parametrize(("before", "after"), [("a003020102", "a003020105"), ("06035504030c", "060355040303")])
def test_a_certificate_of_another_version_or_with_an_odd_name_is_refused_in_words(before, after):
    with pytest.raises(ValueError, match="no certificate"):
        authorities_of(changed(before, after))


@pytest.mark.parametrize("label", ["X509 CERTIFICATE", "TRUSTED CERTIFICATE", "certificate"])
def test_tls_trusts_none_that_is_not_compared(label):
    """OpenSSL reads more labels than others do."""
    text = ONE + OTHER.replace("CERTIFICATE", label)
    trusted = egress.trusting(text).cert_store_stats()["x509"]
    assert trusted == len(certificates_in(text))
    assert is_named(text, ONE) is (trusted == 1)


def test_each_has_to_be_named():
    assert is_named("", "")
    assert is_named("", ONE)
    assert is_named(ONE, OTHER + ONE)
    assert not is_named(ONE, "")
    assert not is_named(ONE + OTHER, ONE)
    assert ssl.PEM_cert_to_DER_cert(ONE) in certificates_in(ONE)


@pytest.mark.django_db
def test_a_lead_names_them_on_the_page_of_the_secret(people):
    secret = commands.set_secret(
        people.team, by=again(people.lead), name="metrics", value="correct-horse", bindings=[HOSTS], authorities=ONE
    )
    page = reverse("secrets:secret", args=[people.team.slug, secret.pk])
    assert "CN=a.example" in signed_in(again(people.member)).get(page).content.decode()
    lead = signed_in(again(people.lead))
    form = lead.get(page).context["forms"]["bind"]
    typed = {"basis": form.initial["basis"], "bindings": HOSTS, "authorities": "none"}
    refused = lead.post(f"{page}bind/", typed)
    assert refused.status_code == 422
    assert "This is no certificate" in refused.content.decode()
    lead.post(f"{page}bind/", typed | {"authorities": ONE.replace("\n", "\r\n")})
    assert Entry.objects.filter(kind="secret.bound").count() == 0
    lead.post(f"{page}bind/", typed | {"authorities": OTHER})
    assert Secret.objects.get().authorities == authorities_of(OTHER)
    assert Entry.objects.filter(kind="secret.bound").count() == 1
    stale = lead.post(f"{page}bind/", typed | {"authorities": ""})
    assert stale.status_code == 409
