"""All evidence of a deployment as one ZIP archive, a piece at a time, with a list of what is in it.

Nothing is held in memory but the piece on its way: a board may have gigabytes of evidence.
"""

import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import RawIOBase
from typing import Any
from unicodedata import category

from apps.core.errors import Refusal
from apps.core.wording import exact
from apps.deployments.models import Attachment, Deployment
from apps.evidence.models import Evidence, Kind
from apps.evidence.selectors import pieces

LONGEST_NAME, LONGEST_IN_BYTES = 80, 230  # file systems take 255 bytes, and its place and ending stand beside it
READ = (
    "position", "revision", "removed_at", "removed_by_name", "item__number", "item__title", "evidence__kind",
    "evidence__title", "evidence__url", "evidence__sha256", "evidence__size", "evidence__added_by_name",
    "evidence__added_at", "evidence__blob__size", "evidence__blob__key", "evidence__blob__sha256",
)  # fmt: skip
NOT_IN_NAMES = dict.fromkeys(map(ord, '/\\:*?"<>|'), "_")
UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")  # what no one sees in a name, and what turns it round
JOINERS = "\u200c\u200d"  # by which letters of some scripts, and emoji, are written
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)  # a ZIP knows no year before
READ_ME = """All evidence of {code}, {deployment}, as it was at {at}.

manifest.json says of each file to which item it belongs, who added it when, and its SHA-256 as keys covered it.
SHA256SUMS has the same digests: `sha256sum -c SHA256SUMS` compares the files with them.
What was taken away from an item stands in taken-away/, what a newer revision replaced in earlier-revisions/; both were
covered by no key that counts since.
A link is a file with its address, a note one with its text. What stands in not-readable/ could not be given out.
"""


@dataclass(frozen=True)
class Member:
    """One file of the archive."""

    path: str
    attachment: Attachment
    revisions: int  # how many there are of the piece

    @property
    def evidence(self) -> Evidence:
        """What it holds."""
        return self.attachment.evidence

    def facts(self) -> dict[str, Any]:
        """What the manifest says of it."""
        evidence, item = self.evidence, self.attachment.item
        gone = "replaced" if self.attachment.revision < self.revisions else "taken_away"
        return {
            "file": self.path,
            "item": item.number,
            "item_title": item.title,
            "place": self.attachment.position,
            "revision": self.attachment.revision,
            "revisions": self.revisions,
            "kind": evidence.kind,
            "title": evidence.title,
            "sha256": evidence.sha256,
            "size": evidence.size,
            "added_by": evidence.added_by_name,
            "added_at": exact(evidence.added_at),
            f"{gone}_by": self.attachment.removed_by_name,
            f"{gone}_at": exact(self.attachment.removed_at) if self.attachment.removed_at else "",
        }


def evidence_archive(deployment: Deployment, at: datetime) -> Iterator[bytes]:
    """The archive in pieces; what is attached after it was begun is not in it."""
    attached = [*_attached(deployment)]
    latest = {(each.item_id, each.position): each.revision for each in attached}
    members = [Member(_path(each, of), each, of) for each in attached for of in [latest[each.item_id, each.position]]]
    manifest = {
        "deployment": deployment.code,
        "called": str(deployment),
        "at": exact(at),
        "files": [member.facts() for member in members],
    }
    texts = {
        "README.txt": READ_ME.format(code=deployment.code, deployment=deployment, at=exact(at)),
        "manifest.json": json.dumps(manifest, ensure_ascii=False, indent=1),
        "SHA256SUMS": "".join(f"{member.evidence.sha256}  {member.path}\n" for member in members),
    }
    out = _Sink()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name, at.timetuple()[:6]), text.encode())
            yield out.taken()
        for member in members:
            moment = max(member.evidence.added_at, EARLIEST)
            path, content = _readable(member)
            with archive.open(zipfile.ZipInfo(path, moment.timetuple()[:6]), "w") as entry:
                for piece in content:
                    entry.write(piece)
                    yield out.taken()
    yield out.taken()


def _attached(deployment: Deployment) -> Iterator[Attachment]:
    found = Attachment.objects.filter(item__deployment=deployment).order_by("item__number", "position", "revision")
    return found.select_related("item", "evidence__blob").only(*READ).iterator(chunk_size=500)


def _readable(member: Member) -> tuple[str, Iterable[bytes]]:
    """Where its bytes stand in the archive, and these; of a file that cannot be given out, why, beside the others."""
    evidence = member.evidence
    try:
        return member.path, pieces(evidence.blob) if evidence.blob else [(evidence.url or evidence.text).encode()]
    except Refusal as refusal:
        return f"not-readable/{member.path.replace('/', ' ')}.txt", [str(refusal).encode()]


def _path(attachment: Attachment, revisions: int) -> str:
    """Where it stands: unlike every other, and safe to unpack anywhere."""
    evidence = attachment.evidence
    name = _file_name(evidence.title)
    ending = "" if evidence.kind == Kind.FILE else ".txt"
    is_earlier = attachment.revision < revisions
    folder = "earlier-revisions" if is_earlier else "taken-away" if attachment.removed_at else "evidence"
    place = f"{attachment.position:03d}.{attachment.revision}" if revisions > 1 else f"{attachment.position:03d}"
    return f"{folder}/item-{attachment.item.number:03d}/{place} {name}{ending}"


def _file_name(title: str) -> str:
    """A title as a part of a file name."""
    seen = "".join(letter if category(letter) not in UNSEEN or letter in JOINERS else "_" for letter in title)
    cut = seen.translate(NOT_IN_NAMES).strip(". ")[:LONGEST_NAME].encode()[:LONGEST_IN_BYTES]
    return cut.decode(errors="ignore").strip(". ") or "evidence"


class _Sink(RawIOBase):
    """What a ZIP is written to: it keeps what nobody took yet, and cannot be gone back in."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """What was written since this was asked last."""
        data = b"".join(self._parts)
        self._parts.clear()
        return data
