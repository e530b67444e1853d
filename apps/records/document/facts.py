"""What a record states: which fields of each thing, frozen, read once from the tables and the ledger.

What the models and events of Keyturn say is not said again here: a field has the name and the type it has there, and
the one reader in `selectors` takes it over. People are full names, ids UUID strings, times aware UTC datetimes, digests
lowercase hex SHA-256, sizes bytes, words those of `selectors/words.py`; what is several is a tuple.
"""

from collections import namedtuple

# One person's act on one thing: which key, what it meant, and the digest of what it covered. `person` is an id.
Signature = namedtuple("Signature", "slot meaning name at digest person", defaults=("",))
# A reviewer sent the item back.
Rejection = namedtuple("Rejection", "name at reason person", defaults=("",))
# Keys that fell out because what they covered was changed afterwards: when, why, and the signatures.
Fallen = namedtuple("Fallen", "at why keys", defaults=((),))
# A value that was asked for and, when not empty, given; `shown` is how it is printed, the value itself where empty.
FillIn = namedtuple("FillIn", "label value shown", defaults=("",))
# A number of the checklist with a name: what it was, as a limit, the numbers of the items that use it, and the places
# of the sections that do.
Limit = namedtuple("Limit", "name label value unit used items sections", defaults=((), ()))
# What the checklist asked when the deployment started, and the answer.
Variable = namedtuple("Variable", "name label value")
# Where an item that is carried over was signed: the id and code of that deployment, what it released, the number and id
# of the item there, the digest its `keys`, which are signatures, covered, and the SHA-256 of each piece of evidence.
Origin = namedtuple("Origin", "deployment code version number item digest keys evidence")
# One line of the checklist as it stood. `fill_ins`, `signatures`, `rejections` and `fallen` are the facts above,
# `evidence` are ids, `probe` is an id or empty, `owner` may be None; `of_one_browser`, here and below, are the names of
# people who acted in one browser with somebody else. `conditions` are sentences, `inapplicable` says why it does not
# apply; what follows are what its template asks of it, whether it is not in the template, and its origin or None.
Item = namedtuple(
    "Item",
    "number title text commands fill_ins critical required state owner revision digest "
    "result signatures rejections fallen evidence probe of_one_browser depth conditions inapplicable evidence_kinds "
    "max_age_days owner_role minutes controls links added origin passkey",
    defaults=("", (), (), (), (), "", (), 0, (), "", (), None, "", None, (), (), False, None, False),
)
# A heading of the checklist, what belongs to the heading itself, and its items in order.
Section = namedtuple("Section", "title text commands items")
# A file, link or note of the items with these numbers; `sha256` is over a file's bytes or a note's text in UTF-8;
# `removed` says by whom and when it was taken away or replaced; it is that `revision`, of so many `revisions`.
Evidence = namedtuple(
    "Evidence",
    "id kind title sha256 size media_type url text added_by added_at items removed revision revisions",
    defaults=("", 1, 1),
)
# Leave to go on without an item being met. `state` is requested, approved, expired or ended; `requested` and
# `approvals` are signatures, `item` is a number. It ends by itself at `expires_at`; `measure` is what is done instead,
# `afterwards` what `afterwards_owner` does until the day `afterwards_due`.
Waiver = namedtuple(
    "Waiver",
    "id item item_title critical state justification risk measure expires_at afterwards afterwards_owner"
    " afterwards_due required requested approvals note of_one_browser",
    defaults=("", ()),
)
# One condition of a run: what had to hold, the limit that was used, what was measured, and whether it holds, in a word.
Condition = namedtuple("Condition", "expression outcome value limit")
# An automated check and the run this record relies on, all empty without one; `is_covered` when the item's keys cover
# that run. `baseline` says in words how it differs from the run that it is compared with, `reporter` who reported it.
Probe = namedtuple(
    "Probe",
    "id name kind item request outcome value limit at response_digest run run_digest is_covered conditions software"
    " baseline reporter",
    defaults=("", "", "", None, "", "", "", False, (), "", "", ""),
)
# One step back; `command` is empty where people act by hand.
RollbackStep = namedtuple("RollbackStep", "title command")
# The way back; `missing` names what the plan still lacks, `last_rehearsed` is a date or None.
Rollback = namedtuple("Rollback", "owner verification last_rehearsed steps missing", defaults=((),))
# The sign-off sheet; `answer` is yes, caveats or no; `completed` and `verified` are signatures or None. Who answers for
# caveats is a name, until when a date; empty and None without any.
Sheet = namedtuple(
    "Sheet",
    "answer version issues resolution caveats digest completed verified of_one_browser caveats_owner caveats_due_on",
    defaults=((), "", None),
)
# Something that keeps the verdict at NO-GO, and who can clear it; `item` is a number, 0 for the whole.
Blocker = namedtuple("Blocker", "subject reason who item", defaults=(0,))
# It was opened again after it had ended: how, when and by whom it was closed, who asked, who agreed at `at`, why, and
# the numbers of the entries from then until it ended again, or until this record.
Amendment = namedtuple("Amendment", "closed_at outcome closed_by asked_by agreed_by reason at first last")
# It went by the emergency lane: who authorised it alone `at` what moment, why, who was to review it, the numbers of the
# items that lacked keys then and of those that still do; the review and its two signatures, or None.
Emergency = namedtuple(
    "Emergency",
    "authorised_by at reason due_at reviewer digest owed unsigned findings prevention written verified",
)
# Where the deployment stands. `verdict` is the one at the sheet, or the one at this record without a sheet.
Decision = namedtuple(
    "Decision", "state outcome verdict blockers reason amendments emergency", defaults=((), "", (), None)
)
# What is being released, where, when and by which team; `variables` are answers, `limits` those of the checklist.
# `parent` is the code of the deployment that it runs again, `change` what changed since; both empty otherwise.
Deployment = namedtuple(
    "Deployment",
    "id code service version environment window_start window_end team template created_at created_by "
    "closed_at variables tier limits parent change",
    defaults=(None, (), "", (), "", ""),
)
# One entry of the chain: its sentence for print, its body and openings (dictionaries) for the attached file.
LedgerEntry = namedtuple("LedgerEntry", "sequence at kind text digest body openings")
# The newest entry of the instance chain that holds a head of this deployment's chain: that of entry `covers`.
Anchor = namedtuple("Anchor", "sequence digest at covers")
# Somebody who acted, named as at the time of the record.
# `name` is the last one they acted under, `earlier` the ones before; `account` is what they sign in with.
Person = namedtuple("Person", "id name role account earlier", defaults=("", ()))


class Ledger(namedtuple("Ledger", "stream entries anchor faults", defaults=(None, ()))):
    """The whole chain of the deployment up to its head, and what is wrong with it, in sentences."""

    __slots__ = ()

    @property
    def head(self) -> LedgerEntry:
        """The last entry: the one this record states the facts of."""
        last: LedgerEntry = self.entries[-1]
        return last

    @property
    def instance(self) -> str:
        """The head of the instance chain when the last entry was made, as `verify_ledger --head` takes it."""
        end = self.head.body["instance"]
        return f"instance:{end['length'] - 1}:{end['head']}"


# Everything one audit record states. `requested_head` is the number of the entry it was asked for at, `one_role`
# whether the application owns its tables, `with_evidence` whether files are inside its PDF; `sheet` and `rollback` may
# be None.
Record = namedtuple(
    "Record",
    "label requested_by requested_at requested_head software one_role deployment decision sheet sections evidence "
    "waivers probes rollback ledger people with_evidence",
    defaults=(False,),
)
