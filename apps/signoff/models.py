import uuid
from collections.abc import Collection, Iterable
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from apps.accounts.models import Team, User, initials
from apps.accounts.roles import Role
from apps.core.errors import Stale
from apps.core.shown import id_of_intent, texts
from apps.core.wording import LONGEST_FOR_ANOTHER
from apps.factors.models import SigningSeries
from apps.factors.rules import Means

from .rules import MOST_KEYS, VERIFIERS, Cause, Meaning, browser_digest, is_settled, of_one_browser

LONGEST_CONCERN = 200


class SignOff(models.Model):
    """The keys of one subject. A key counts while its revision is the present one.

    `subject` names what is signed, "item:" and the id in hex; `stream` the chain that tells of it; `verifier` the role
    that turns keys which are not for whoever did the work. Keys are turned from `opened_at` until `closed_at`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="+", db_index=False)
    stream = models.CharField(max_length=100)
    subject = models.CharField(max_length=60, unique=True)
    required = models.PositiveSmallIntegerField()
    contributor_keys = models.PositiveSmallIntegerField()
    passkey = models.BooleanField(default=False)  # whether every key is turned with a passkey
    verifier = models.CharField(
        max_length=10, choices=[(role, role.label) for role in map(Role, VERIFIERS)], default=Role.REVIEWER
    )
    revision = models.PositiveIntegerField(default=1)
    round = models.PositiveIntegerField(default=1)
    digest = models.CharField(max_length=64)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    # Readable in the entries: what the judge of the two-person rule goes by (selectors.py).
    shown = ("team_id", "stream", "subject", "required", "contributor_keys", "passkey", "verifier", "revision", "round",
             "digest", "opened_at", "closed_at")  # fmt: skip

    class Meta:
        verbose_name = "sign-off"
        indexes = [
            models.Index(fields=["stream"], name="signoff_of_stream"),
            models.Index(
                fields=["team"], condition=Q(opened_at__isnull=False, closed_at=None), name="signoff_open_of_team"
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(required__gte=1, required__lte=MOST_KEYS), name="signoff_one_to_four"),
            models.CheckConstraint(condition=Q(contributor_keys__lte=2), name="signoff_first_keys_only"),
            models.CheckConstraint(condition=Q(verifier__in=[*VERIFIERS]), name="signoff_verifier_known"),
        ]

    def __str__(self) -> str:
        return f"sign-off {self.id}"

    @cached_property
    def changes(self) -> list[models.Model]:
        """Rows that commands of this app wrote through this instance: the entry that tells of it proves them."""
        return []

    def has_turned(self, by: User, intent: uuid.UUID) -> bool:
        """Whether somebody turned a key with this intent; refuses where that key fell out since."""
        found = next((key for key in self.signatures.all() if key.intent == intent and key.signer_id == by.id), None)
        if found and found not in self.turned:
            raise Stale("The key you turned on this page fell out since. Look at it again, then turn your key anew.")
        return found is not None

    @property
    def turned(self) -> "list[Signature]":
        """The keys that count now, in order; reads prefetched signatures."""
        live = [s for s in self.signatures.all() if s.revision == self.revision]
        return sorted(live, key=lambda s: s.slot)

    @property
    def standing(self) -> dict[str, str]:
        """What pages show of its keys, to whoever would have them fall."""
        return texts(revision=self.revision, keys=len(self.turned))

    def turn(self, meaning: Meaning) -> str:
        """The key to turn next, as a page tells the passkey's script: sign-off, slot and meaning (rules.turn_of)."""
        return f"{self.pk}.{len(self.turned) + 1}.{meaning}"

    @property
    def turned_by(self) -> "dict[uuid.UUID, Signature]":
        """The keys that count now, by who turned them with their own hand."""
        return {key.signer_id: key for key in self.turned}

    def has_withdrawn(self, by: User, intent: uuid.UUID) -> bool:
        """Whether somebody took a key back with this intent."""
        return self.withdrawals.filter(pk=id_of_intent(intent, self.pk, by.pk)).exists()

    @property
    def is_settled(self) -> bool:
        """Whether every key is turned."""
        return is_settled(len(self.turned), self.required)

    @property
    def is_agreed(self) -> bool:
        """Whether everybody who turned a key that counts agreed to all of it; reads prefetched signatures."""
        return all(key.meaning == Meaning.AGREED for key in self.turned)

    @property
    def contributors(self) -> set[uuid.UUID]:
        """Who ever worked on it: what they wrote may be there still. Reads prefetched contributions."""
        return {c.person_id for c in self.contributions.all()}

    @property
    def contributor_names(self) -> list[str]:
        """What they were called when they first did, each once; reads prefetched contributions."""
        return sorted({c.person_id: c.name for c in sorted(self.contributions.all(), key=lambda c: -c.round)}.values())

    @property
    def is_unchanged(self) -> bool:
        """Whether it stands there as it was rejected once; without a query before the first rejection."""
        if self.round == 1:
            return False
        return any(r.cause == Cause.REJECTED and r.digest == self.digest for r in self.revisions.all())

    @property
    def last_rejection(self) -> "Rejection | None":
        """The last time it was sent back; reads prefetched rejections."""
        return max(self.rejections.all(), key=lambda r: r.revision, default=None)


class Signable(models.Model):
    """Something people sign: one sign-off of its own, opened and closed with everything else of its stream.

    Closing and verifying know every kind that inherits from this; its app's `guards.py` has its `owner_rule`. A kind
    that can say from its row what its keys cover does so in `covered`.
    """

    sign_off = models.OneToOneField(SignOff, models.PROTECT, related_name="%(class)s")

    contributor_keys = 1  # how many keys whoever worked on it may turn
    verifier: Role = Role.REVIEWER  # what they are who turn the others

    class Meta:
        abstract = True

    @classmethod
    def subject_of(cls, pk: uuid.UUID) -> str:
        """What the sign-off of that row calls it: "item:" and the id in hex."""
        return f"{cls._meta.model_name}:{pk.hex}"

    @classmethod
    def with_covered(cls, pks: Collection[uuid.UUID]) -> "Iterable[Self]":
        """Those rows with all that `covered` reads."""
        return cls._base_manager.filter(pk__in=pks).select_related("sign_off")

    @property
    def called(self) -> str:
        """What people call it: "item 3"."""
        return str(self)

    @property
    def needed_keys(self) -> int:
        """How many keys it takes at least."""
        return 1

    @property
    def acts(self) -> list[tuple[uuid.UUID, str, str]]:
        """(person, name, browser) of everybody who turned a key that counts, or asked others for theirs."""
        return [(key.signer_id, key.name, key.browser) for key in self.sign_off.turned]

    @property
    def of_one_browser(self) -> list[str]:
        """Names of those who acted in one browser with somebody else."""
        return of_one_browser(self.acts)

    def acted_here(self, viewer: User) -> list[str]:
        """Who else acted in the browser that the viewer is at."""
        here = browser_digest(viewer.browser, self.sign_off.stream)
        return [name for person, name, browser in self.acts if here and browser == here and person != viewer.pk]

    @classmethod
    def awaited(cls, sign_offs: "models.QuerySet[SignOff]") -> "list[Self]":
        """Those of these sign-offs whose open keys somebody waits for now."""
        return list(cls._base_manager.filter(sign_off__in=sign_offs))

    @property
    def called_in_full(self) -> str:
        """What people call it where nothing says what it is part of: "item 3 of PAY-1"."""
        return self.called

    def covered(self) -> dict[str, Any] | None:
        """What turned keys cover as the rows are now; None where rows alone do not say."""
        return None

    def authors(self) -> set[uuid.UUID]:
        """Who wrote what its keys cover besides its own contributors: they turn none of the keys of others."""
        return set()


def signable_models() -> list[type[Signable]]:
    """Every kind of subject."""
    return [model for model in apps.get_models() if issubclass(model, Signable)]


class Contribution(models.Model):
    """Somebody worked on the subject, first in this round, and never verifies it."""

    sign_off = models.ForeignKey(SignOff, models.PROTECT, related_name="contributions", db_index=False)
    round = models.PositiveIntegerField()
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    at = models.DateTimeField(auto_now_add=True)

    shown = ("sign_off_id", "round", "person_id")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sign_off", "round", "person"], name="signoff_one_contribution")]

    def __str__(self) -> str:
        return f"{self.name} contributed"


class Revision(models.Model):
    """What was to be signed changed: to what, for which cause, by whom, and how many keys that invalidated.

    `concerns` is what the cause is about where that has a name, the title of a piece of evidence for instance; of a key
    that was withdrawn it is why.
    """

    sign_off = models.ForeignKey(SignOff, models.PROTECT, related_name="revisions", db_index=False)
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    cause = models.CharField(max_length=20, choices=Cause)
    concerns = models.CharField(max_length=LONGEST_CONCERN, blank=True)
    invalidated = models.PositiveSmallIntegerField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    at = models.DateTimeField(auto_now_add=True)

    shown = ("sign_off_id", "number", "digest", "cause", "invalidated", "by_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sign_off", "number"], name="signoff_one_revision"),
            models.CheckConstraint(condition=Q(cause__in=Cause.values), name="signoff_cause_known"),
        ]

    def __str__(self) -> str:
        return f"revision {self.number}: {self.get_cause_display()}"


class Assertion(models.Model):
    """What a passkey signed: our statement, its answer, and the public key that both are checked with, by anybody.

    statement: RFC 8785 text, whose SHA-256 is the challenge. answer: AuthenticationResponseJSON of WebAuthn.
    credential, public_key: hex; the key is COSE of RFC 9052, and an entry of the instance says whose it is.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    person_name = models.CharField(max_length=120)
    statement = models.TextField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answer = models.TextField()
    credential = models.TextField()
    public_key = models.TextField()

    shown = ("person_id", "credential", "public_key", "issued_at", "expires_at")

    def __str__(self) -> str:
        return f"what a passkey of {self.person_name} signed"


class Signature(models.Model):
    """One person turned one key: what it meant, over which digest, under which printed name, and who they proved to be.

    `means` is what this key was proved by, `series` the row of signings within one session that it belongs to.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sign_off = models.ForeignKey(SignOff, models.PROTECT, related_name="signatures", db_index=False)
    revision = models.PositiveIntegerField()
    slot = models.PositiveSmallIntegerField()
    signer = models.ForeignKey(User, models.PROTECT, related_name="signatures")
    name = models.CharField(max_length=LONGEST_FOR_ANOTHER)  # as printed: with for whom, where they stood in
    meaning = models.CharField(max_length=10, choices=Meaning)
    digest = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    intent = models.UUIDField(unique=True)
    browser = models.CharField(max_length=64, blank=True)  # rules.browser_digest
    on_behalf = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")  # for whom they stood in
    on_behalf_name = models.CharField(max_length=120, blank=True)
    means = models.CharField(max_length=10, choices=Means)
    series = models.ForeignKey(SigningSeries, models.PROTECT, related_name="+")
    assertion = models.ForeignKey(Assertion, models.PROTECT, null=True, related_name="+")

    shown = (
        "sign_off_id", "revision", "slot", "signer_id", "meaning", "digest", "signed_at", "on_behalf_id", "means",
        "series_id", "assertion_id",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sign_off", "revision", "slot"], name="signoff_one_signature_per_key"),
            models.UniqueConstraint(fields=["sign_off", "assertion"], name="signoff_one_key_per_assertion"),
            models.UniqueConstraint(fields=["sign_off", "revision", "signer"], name="signoff_one_key_per_person"),
            models.CheckConstraint(condition=Q(slot__gte=1, slot__lte=MOST_KEYS), name="signoff_key_numbered"),
            models.CheckConstraint(condition=Q(meaning__in=Meaning.values), name="signoff_meaning_known"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(digest=""), name="signoff_name_and_digest_printed"),
            models.CheckConstraint(
                condition=Q(on_behalf=None, on_behalf_name="") | Q(on_behalf__isnull=False) & ~Q(on_behalf_name=""),
                name="signoff_for_somebody_named",
            ),
            models.CheckConstraint(condition=Q(means__in=Means.values), name="signoff_means_known"),
            models.CheckConstraint(
                condition=Q(means=Means.PASSKEY, assertion__isnull=False)
                | ~Q(means=Means.PASSKEY) & Q(assertion__isnull=True),
                name="signoff_passkey_asserted",
            ),
        ]

    def __str__(self) -> str:
        return f"key {self.slot} by {self.name}"

    @property
    def people(self) -> set[uuid.UUID]:
        """Who turned it, and for whom: one person, as far as other keys of it go."""
        return {self.signer_id, *([self.on_behalf_id] if self.on_behalf_id else [])}

    @property
    def initials(self) -> str:
        """Two letters that stand for who turned it."""
        return initials(self.name)


class Rejection(models.Model):
    """Somebody sent the subject back, with a reason."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sign_off = models.ForeignKey(SignOff, models.PROTECT, related_name="rejections", db_index=False)
    revision = models.PositiveIntegerField()
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    reason = models.TextField()
    rejected_at = models.DateTimeField()

    shown = ("sign_off_id", "revision", "person_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sign_off", "revision"], name="signoff_one_rejection_per_revision")
        ]

    def __str__(self) -> str:
        return f"rejected by {self.name}"


class Withdrawal(models.Model):
    """Whoever turned a key took it back, for a reason, and proved once more who they are; the signature stays.

    `revision` is the one that the key counted for: the next one began with this, so that everybody signs again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sign_off = models.ForeignKey(SignOff, models.PROTECT, related_name="withdrawals", db_index=False)
    signature = models.OneToOneField(Signature, models.PROTECT, related_name="withdrawal")
    revision = models.PositiveIntegerField()
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    reason = models.TextField()
    withdrawn_at = models.DateTimeField()
    means = models.CharField(max_length=10, choices=Means)
    series = models.ForeignKey(SigningSeries, models.PROTECT, related_name="+")
    assertion = models.ForeignKey(Assertion, models.PROTECT, null=True, related_name="+")

    shown = (
        "sign_off_id", "signature_id", "revision", "person_id", "withdrawn_at", "means", "series_id", "assertion_id",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sign_off", "revision"], name="signoff_one_withdrawal_per_revision"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(reason=""), name="signoff_withdrawn_for_a_reason"),
            models.CheckConstraint(condition=Q(means__in=Means.values), name="signoff_withdrawal_means_known"),
            models.CheckConstraint(
                condition=Q(means=Means.PASSKEY, assertion__isnull=False)
                | ~Q(means=Means.PASSKEY) & Q(assertion__isnull=True),
                name="signoff_withdrawal_passkey_asserted",
            ),
        ]

    def __str__(self) -> str:
        return f"key withdrawn by {self.name}"
