"""Several people who act at once over HTTP, and what has to hold of what they did.

They turn keys and make them fall, write results and notes, order probe runs and records, all on few items, so that
their requests race. Servers may die under them: each request is remembered with what its sender heard of it.
"""

import http.client
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from project import processes
from tests.cast import PASSWORD
from tests.journeys.person import Wire, verify
from tests.journeys.staged import ask
from tests.journeys.standing import Stand

BOARD = "/t/pay/deployments/1/"
# Each in a browser of their own, two in two. Reviewers write nothing, so that they may verify what the others wrote.
AT_WORK = ("lead", "member", "member", "reviewer", "other_reviewer", "other_reviewer")
WRITE = ("lead", "member")
ACKNOWLEDGED, REFUSED, UNANSWERED = "acknowledged", "refused", "unanswered"
LEFT_ALONE = 0.9  # how often a reviewer who can turn no key leaves the keys of others alone
CHOICE = 3  # so many items somebody looks at before they choose one
ALL_KEYS = 2
RESENT = 3  # how often a form is sent again where no answer came
ENDS = 300  # seconds until every run and record has its result: three attempts of a record that takes too long
FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
UNDER_WAY = {"runs": {"queued", "running"}, "records": {"queued", "rendering"}}


class Load:
    """People at work until the block ends. `seed` decides who does what; `probed` is the item with a probe.

    intents, notes: by what marks it, what its sender heard of a signature or a note. claims: intents of which every
    answer said that nothing was changed. statuses: how many answers there were of each; 0 is none.
    """

    def __init__(
        self, stand: Stand, sessions: Mapping[str, str], items: Sequence[int], *, probed: int, seed: int
    ) -> None:
        self.stand, self.items, self.probed = stand, items, probed
        self.intents: dict[str, str] = {}
        self.notes: dict[str, str] = {}
        self.claims: set[str] = set()
        self.keys: Counter[str] = Counter()  # how many stand on an item, as far as they heard; it may be wrong
        self.statuses: Counter[int] = Counter()
        self.broken: list[str] = []
        self.over = threading.Event()
        self.threads = [
            threading.Thread(target=self._work, args=(name, Wire(stand.site, sessions[name]), f"{seed}-{number}"))
            for number, name in enumerate(AT_WORK)
        ]

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    @property
    def requests(self) -> int:
        """How many were sent so far."""
        return sum(self.statuses.values())

    @property
    def acknowledged(self) -> int:
        """How many signatures were acknowledged so far."""
        return Counter(self.intents.values())[ACKNOWLEDGED]

    def wait_for(self, signatures: int) -> None:
        """Wait until so many were acknowledged."""
        assert processes.wait_until(lambda: self.acknowledged >= signatures, seconds=60), self.statuses

    def _work(self, name: str, who: Wire, seed: str) -> None:
        dice, number = random.Random(seed), 0
        while not self.over.is_set():
            number += 1
            try:
                self._act(name, who, dice, f"{seed}-{number}")
            except Exception as error:  # whatever it is, the audit names it
                self.broken.append(f"{name}: {type(error).__name__}: {error}")

    def _act(self, name: str, who: Wire, dice: random.Random, mark: str) -> None:
        """One act of somebody, as the page in front of them offers it."""
        chance, here = dice.random(), self._chosen(name in WRITE, dice)
        if chance < 0.02:
            self._send(who, f"{BOARD}items/{self.probed}/probe/run/", {})
        elif chance < 0.03:
            self._send(who, f"{BOARD}records/request/", {})
        elif name in WRITE and chance < 0.06:
            note = {"kind": "note", "text": f"Note {mark}"}
            self.notes[note["text"]] = self._send(who, f"{here}evidence/attach/", note)
        else:
            self._turn_or_take_back(name in WRITE, who, dice, here, mark)

    def _chosen(self, writes: bool, dice: random.Random) -> str:
        """One of a few items: for whoever writes one with all its keys, for others one that lacks some."""
        some = [f"{BOARD}items/{number}/" for number in dice.sample(self.items, min(CHOICE, len(self.items)))]
        return (max if writes else min)(some, key=lambda here: self.keys[here])

    def _turn_or_take_back(self, writes: bool, who: Wire, dice: random.Random, here: str, mark: str) -> None:
        page = self._page(who, here)
        if form := _form(page, f"{here}sign/"):
            self.keys[here] = self._sign(who, f"{here}sign/", form | {"password": PASSWORD}, dice) + self.keys[here]
            return
        self.keys[here] = ALL_KEYS
        if writes and (form := _form(page, f"{here}fill-in/")) is not None:
            self.keys[here] = 0
            self._send(who, f"{here}fill-in/", form | {"result": f"Result {mark}"})
        elif not writes and dice.random() > LEFT_ALONE and (form := _form(page, f"{here}reject/")) is not None:
            self._send(who, f"{here}reject/", form | {"reason": f"Once more, please: {mark}"})

    def _sign(self, who: Wire, path: str, form: dict[str, str], dice: random.Random) -> bool:
        """Turn a key; where no answer came, sometimes send the same form again, as browsers do. Whether it turned."""
        heard: list[str] = []
        statuses: list[int] = []
        for _ in range(dice.choice((1, RESENT))):
            heard.append(self._send(who, path, form, statuses))
            if heard[-1] != UNANSWERED:
                break
            self.over.wait(0.5)
        # Once an answer was lost, a refusal speaks of the form that was sent again.
        of_all = (each for each in (ACKNOWLEDGED, UNANSWERED, REFUSED) if each in heard)
        self.intents[form["intent"]] = next(of_all)
        if set(statuses) == {503}:
            self.claims.add(form["intent"])
        return ACKNOWLEDGED in heard

    def _page(self, who: Wire, path: str) -> str:
        answer = self._asked(lambda: who.get(path))
        return answer.text if answer and answer.status == 200 else ""

    def _send(self, who: Wire, path: str, fields: dict[str, str], statuses: list[int] | None = None) -> str:
        answer = self._asked(lambda: who.post(path, dict(fields)))
        status = answer.status if answer else 0
        if statuses is not None:
            statuses.append(status)
        if status in (0, 500, 502, 503, 504, 507):
            return UNANSWERED
        return ACKNOWLEDGED if status < 400 else REFUSED

    def _asked(self, request: Callable[[], Any]) -> Any:
        """The answer to a request, counted; None where the line broke, after a moment."""
        try:
            answer = request()
        except (OSError, http.client.HTTPException):
            answer = None
            self.over.wait(0.1)
        status = answer.status if answer else 0
        self.statuses[status] += 1
        if status == 500 or 302 < status < 400:
            self.broken.append(f"an answer {status}: {answer.text[:500]}")
        return answer


def audit(load: Load) -> dict[str, int]:
    """Wait until every run and record has its result, then look at everything; returns figures.

    Asserts that 1. each acknowledged signature stands once, 2. no other stands twice, and a refused one not at all;
    3. each is in exactly one entry and each entry has one; 4. it covers what was to be signed then; 5. the keys of a
    revision are numbered without a gap, each of another person; 6. an acknowledged note stands once, any other at most
    once; 7. runs and records have ended, each in one entry; 8. `verify_ledger` finds everything whole, the rule of two
    persons included. And no answer was 500.
    """
    began, found = time.monotonic(), {}
    assert load.broken == [], load.broken[:3]

    def ended() -> bool:
        found.update(ask(load.stand.site, "stored"))
        return all({state for _, state, _ in found[kind]}.isdisjoint(live) for kind, live in UNDER_WAY.items())

    assert processes.wait_until(ended, seconds=ENDS), [found[kind] for kind in UNDER_WAY]
    ended_after = time.monotonic() - began
    check_signatures(load, found["signatures"])
    check_notes(load, found["notes"])
    for ordered, recorded in (("probe.requested", "probe.recorded"), ("record.requested", "record.filed")):
        assert found["kinds"].get(ordered, 0) == found["kinds"].get(recorded, 0), found["kinds"]
    whole = verify(load.stand.site)
    assert whole.returncode == 0, whole.stdout + whole.stderr
    stand = {each[0] for each in found["signatures"]}
    return {
        "requests": load.requests,
        "signatures acknowledged": load.acknowledged,
        "signatures without an answer": len(_of(load.intents, UNANSWERED)),
        "of these in the ledger": len(_of(load.intents, UNANSWERED) & stand),
        "of these though a page denied it": len(load.claims & stand),
        "signatures refused": len(_of(load.intents, REFUSED)),
        "notes acknowledged": len(_of(load.notes, ACKNOWLEDGED)),
        "probe runs": found["kinds"].get("probe.requested", 0),
        "records": found["kinds"].get("record.requested", 0),
        "lines that broke": load.statuses[0],
        "seconds until the last task had ended": round(ended_after),
    }


def check_signatures(load: Load, signatures: list[list[Any]]) -> None:
    """Rows are [intent, sign-off, revision, slot, signer, whether its digest was to be signed then, entries]."""
    times = Counter(intent for intent, *_ in signatures)
    sent = {intent: times[intent] for intent in load.intents}
    assert {intent for intent in _of(load.intents, ACKNOWLEDGED) if sent[intent] != 1} == set()
    assert {intent for intent in _of(load.intents, UNANSWERED) if sent[intent] > 1} == set()
    assert {intent for intent in _of(load.intents, REFUSED) if sent[intent]} == set()
    assert [row for row in signatures if not (row[5] and row[6] == 1)] == []
    keys: dict[tuple[str, int], list[tuple[int, str]]] = {}
    for _, sign_off, revision, slot, signer, *_ in signatures:
        keys.setdefault((sign_off, revision), []).append((slot, signer))
    for turned in keys.values():
        slots, signers = zip(*turned, strict=True)
        assert sorted(slots) == list(range(1, len(turned) + 1)), turned
        assert len(set(signers)) == len(turned), turned


def check_notes(load: Load, notes: Mapping[str, int]) -> None:
    """By text how often a note is there."""
    assert {text for text in _of(load.notes, ACKNOWLEDGED) if notes.get(text) != 1} == set()
    assert {text for text in _of(load.notes, UNANSWERED) if notes.get(text, 0) > 1} == set()
    assert _of(load.notes, REFUSED) & set(notes) == set()


def _of(heard: Mapping[str, str], what: str) -> set[str]:
    return {mark for mark, answer in heard.items() if answer == what}


def _form(page: str, action: str) -> dict[str, str] | None:
    """The hidden fields of the form that goes to `action`; None where the page offers none."""
    found = re.search(rf'<form[^>]* action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    if not found:
        return None
    return {name: value for name, value in FIELD.findall(found[0]) if name != "csrfmiddlewaretoken"}
