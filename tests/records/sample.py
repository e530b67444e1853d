"""Invented records for the tests: one that went through, one with everything that can go wrong, one of any size."""

import hashlib
from datetime import UTC, date, datetime, timedelta

from apps.records.document import facts

START = datetime(2026, 10, 5, 8, 14, 9, 120_000, tzinfo=UTC)
STREAM = "deployment/6a1c3f0e-7f5b-4a51-9b1c-0c7a5a2f9d10"
NAMES = ("Amélie Moreau", "Jae-won Kim", "Ruth Sandoval", "عمر الحداد", "Ingrid Holm", "Tomás Ferreira")
ROLES = ("lead", "reviewer", "reviewer", "member", "lead", "lead")
COMMAND = (
    'install -d -m 0700 "$BACKUP_DIR" && pg_dump --format=custom --no-owner --dbname="service=gateway_prod" '
    '--file="$BACKUP_DIR/gateway.dump" && sha256sum "$BACKUP_DIR"/* | tee "$BACKUP_DIR/SHA256SUMS"\n'
    "systemctl restart gateway\n"
)
SCRIPT = '<script>alert(1)</script><img src="file:///etc/passwd"><link rel="attachment" href="http://127.0.0.1:9/x">'


def replace(fact, **changes):
    """The fact with some fields otherwise."""
    return fact._replace(**changes)


def sha(text: object) -> str:
    """A digest that only has to look like one."""
    return hashlib.sha256(str(text).encode()).hexdigest()


def after(minutes: int) -> datetime:
    """A time in the review."""
    return START + timedelta(minutes=minutes)


def key(slot: int, who: int, minutes: int, covered: object, meaning: str = "") -> facts.Signature:
    """Somebody's key."""
    word = meaning or ("performed" if slot == 1 else "verified")
    return facts.Signature(slot, word, NAMES[who], after(minutes), sha(covered), person=f"person-{who}")


def signed_item(number: int) -> facts.Item:
    """An item with two keys, now and then with a command, a fill-in, evidence and a past."""
    return facts.Item(
        number=number,
        title=f"Check {number} of the gateway answers as it should",
        text="Every one of the tools has its own service identity. List the grants and show that none can write.",
        commands=(COMMAND,) if number % 3 == 0 else (),
        fill_ins=(facts.FillIn("BACKUP_DIR", "/srv/backup/pre-deployment-20261012"),) if number % 5 == 0 else (),
        critical=number % 4 == 1,
        required=2,
        state="signed",
        owner=NAMES[number % 4],
        revision=1,
        digest=sha(number),
        signatures=(key(1, number % 3, number, number), key(2, 4, number + 60, number)),
        evidence=(f"evidence-{number}",) if number % 2 == 0 else (),
        probe=f"probe-{number}" if number % 5 == 2 else "",
    )


def evidence(number: int) -> facts.Evidence:
    """A file added to an item."""
    return facts.Evidence(
        id=f"evidence-{number}", kind="file", title=f"load-test-{number}.html", sha256=sha(f"file {number}"),
        size=18_000 * number, media_type="text/html", url="", text="", added_by=NAMES[1], added_at=after(number),
        items=(number,),
    )  # fmt: skip


def probe(number: int, outcome: str = "passed") -> facts.Probe:
    """An HTTP probe and its run."""
    return facts.Probe(
        id=f"probe-{number}", name="Gateway answers", kind="http", item=number,
        request="GET https://gateway.pay.example.net/health, status 200, at most 300 ms", outcome=outcome,
        value="200, 212 ms" if outcome == "passed" else "503, 90 ms", limit="200, at most 300 ms", at=after(400),
        response_digest=sha(f"response {number}"), run="7", run_digest=sha(f"run {number}"),
        conditions=(
            facts.Condition("status in 200..299", "holds" if outcome == "passed" else "fails", "200", ""),
            facts.Condition("latency < 300 ms, warn 200 ms", "warns", "212 ms", "200 ms"),
        ),
    )  # fmt: skip


def ledger(length: int) -> facts.Ledger:
    """A chain that only looks like one."""
    entries = tuple(
        facts.LedgerEntry(
            sequence=place, at=after(place), kind="deployment.created" if not place else "item.signed",
            text=f"{NAMES[place % 3]} turned key 1 of item {place}", digest=sha(f"entry {place}"),
            body={"seq": place, "type": "item.signed", "instance": {"length": 32, "head": sha("instance")}},
            openings={"title": {"salt": sha(place), "value": "Check"}},
        )
        for place in range(length)
    )  # fmt: skip
    return facts.Ledger(STREAM, entries, facts.Anchor(31, sha("anchor"), after(length), length - 2))


DEPLOYMENT = facts.Deployment(
    id="6a1c3f0e-7f5b-4a51-9b1c-0c7a5a2f9d10", code="PAY-3", service="LLM gateway", version="2.8.0",
    environment="production", window_start=after(600), window_end=after(720), team="Payments",
    template="Gateway release, version 4", created_at=START, created_by=NAMES[0], closed_at=after(900),
)  # fmt: skip
SHEET = facts.Sheet(
    answer="caveats", version="2.8.0", issues="The health check took 412 ms.\nThe cache hit ratio stayed at 47.3 %.",
    resolution="Connection pool raised from 10 to 40.", caveats="Raise the cache hit ratio by 2026-11-27.",
    digest=sha("sheet"), completed=key(1, 5, 800, "sheet"), verified=key(2, 4, 810, "sheet"),
    caveats_owner=NAMES[2], caveats_due_on=date(2026, 11, 27),
)  # fmt: skip
ROLLBACK = facts.Rollback(
    owner=NAMES[1], verification="Health, errors and one known prompt are green three times in a row.",
    last_rehearsed=date(2026, 10, 8),
    steps=(
        facts.RollbackStep("Send all traffic back to 2.7.4", "trafficctl set --weight 100"),
        facts.RollbackStep("Restore the configuration", ""),
    ),
)  # fmt: skip


def record(items: int = 24, sections: int = 4) -> facts.Record:
    """A closed deployment in which everything went through."""
    each = -(-items // sections)
    rows = [signed_item(number) for number in range(1, items + 1)]
    return facts.Record(
        label="PAY-3-R1", requested_by=NAMES[0], requested_at=after(901), requested_head=items * 4 - 1,
        software="Keyturn 0.1.0", one_role=False, deployment=DEPLOYMENT,
        decision=facts.Decision("closed", "completed", "GO"), sheet=SHEET,
        sections=tuple(
            facts.Section(f"Section {place + 1}", "", (), tuple(rows[place * each : (place + 1) * each]))
            for place in range(sections)
        ),
        evidence=tuple(evidence(item.number) for item in rows if item.evidence), waivers=(),
        probes=tuple(probe(item.number) for item in rows if item.probe), rollback=ROLLBACK, ledger=ledger(items * 4),
        people=tuple(facts.Person(f"person-{who}", NAMES[who], ROLES[who]) for who in range(len(NAMES))),
    )  # fmt: skip


def waiver(item: int, state: str = "approved") -> facts.Waiver:
    """A waiver of one item."""
    approvals = (key(0, 2, 210, "waiver", "approved"), key(0, 4, 215, "waiver", "approved"))
    return facts.Waiver(
        id=f"waiver-{item}", item=item, item_title="Shell access is sandboxed", critical=True, state=state,
        justification="Version 2.8.0 ships no shell tool.\nThe check stays because the tool is planned for 2.9.",
        risk="low", measure="Nobody has the rights for it until then.", expires_at=after(20_000),
        afterwards="Check it with 2.9.", afterwards_owner=NAMES[1], afterwards_due=date(2026, 12, 9),
        required=2, requested=key(0, 3, 200, "waiver", "requested"),
        approvals=approvals if state == "approved" else approvals[:1],
    )  # fmt: skip


def troubled() -> facts.Record:
    """An open deployment with hostile, endless and right-to-left texts, and every kind of exception."""
    good = record(items=12, sections=3)
    rejected = facts.Rejection(NAMES[2], after(130), "One delete ran before its approval arrived.", "person-2")
    odd = (
        replace(signed_item(1), state="waived", signatures=(), title="Shell access is sandboxed"),
        replace(signed_item(2), state="half", signatures=(key(1, 3, 100, 2),), text=SCRIPT, rejections=(rejected,)),
        replace(signed_item(3), state="open", signatures=(), commands=("x" * 2000, "echo " + "--option " * 250)),
        replace(signed_item(4), text="A long text that says the same again and again. " * 210),
        replace(signed_item(5), title="T" * 400, fallen=(facts.Fallen(after(140), "The text was changed."),)),
        replace(signed_item(6), title="الخدمة تجيب خلال ثانية", text="يجب أن تجيب الخدمة.\u202e evil", required=1),
        replace(signed_item(7), required=1, signatures=(key(1, 0, 77, 7),), text="Snow \u2603 rocket \U0001f680 漢字"),
        replace(signed_item(8), fill_ins=(facts.FillIn("Ticket", ""),), required=3),
    )
    link = facts.Evidence(
        "evidence-link", "link", "Runbook", sha("url"), 0, "", "https://git.example.net/docs@4be07a2", "", NAMES[3],
        after(90), (2,),
    )  # fmt: skip
    note = replace(link, id="evidence-note", kind="note", title="What was seen", url="", text="Nothing odd.\n" * 3)
    return replace(
        good,
        label="PAY-3-R2",
        one_role=True,
        requested_head=good.ledger.head.sequence - 2,
        deployment=replace(
            DEPLOYMENT,
            service="Payments reconciliation and settlement gateway with the new ledger adapter",
            version="2026.11.0-rc.4+build.20418",
            closed_at=None,
        ),
        decision=facts.Decision(
            "in review", "", "NO-GO",
            tuple(facts.Blocker(f"Check {n}", "A key is missing.", "A reviewer can turn it.", n) for n in range(2, 9)),
        ),
        sheet=None,
        sections=(facts.Section("Odd ones", "Read this first.", ("make check",), odd), *good.sections[1:]),
        evidence=(*good.evidence, link, note),
        waivers=(waiver(1), waiver(3, "requested")),
        probes=(probe(2, "failed"), replace(probe(7), outcome="", value="", at=None, run="", response_digest="")),
        rollback=replace(ROLLBACK, last_rehearsed=None, missing=("a rehearsal date",)),
    )  # fmt: skip


def refused() -> facts.Record:
    """A closed deployment whose sheet says no."""
    good = record(items=6, sections=1)
    return replace(
        good,
        decision=facts.Decision("closed", "not released", "NO-GO", (facts.Blocker("Check 1", "Not signed.", "", 1),)),
        sheet=replace(SHEET, answer="no", caveats="", caveats_owner="", caveats_due_on=None),
    )
