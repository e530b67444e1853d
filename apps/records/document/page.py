"""What the templates print: every word decided, nothing left to count or choose. What is several is a tuple."""

from collections import namedtuple
from types import SimpleNamespace

# A short name in the gutter and the text beside it.
NamedText = namedtuple("NamedText", "name text code", defaults=(False,))
# A line of a text, and whether it is code.
TextLine = namedtuple("TextLine", "text code", defaults=(False,))
# One signature on one line: what its key shows, fixed part in mono, and the printed name.
SignatureLine = namedtuple("SignatureLine", "initials classes fixed name is_long", defaults=(False,))
# An item, waiver or rollback step; `anchor` is set only where something links to it. `paragraphs` are text lines,
# `commands` tuples of lines, `lines` and `past` named texts.
PrintedEntry = namedtuple(
    "PrintedEntry",
    "number title classes anchor flag paragraphs commands lines past signatures",
    defaults=("", "", "", (), (), (), (), ()),
)
# A probe or a piece of evidence: number, fixed part, what matters, and its lines of code.
ProofRow = namedtuple(
    "ProofRow", "number fixed bad strong rest code lines paragraphs classes is_long", defaults=((), (), (), "", False)
)
# A section of the checklist with its items, which are printed entries; `leads` is whether what it says itself is so
# short that it stays with the first of them.
ItemSection = namedtuple("ItemSection", "number anchor title short summary paragraphs commands leads entries")
# A link inside the record, printed with its page.
Reference = namedtuple("Reference", "anchor text")
# A line of "Look here first": how many, what, and where; of the references that are not printed, `more` is the number.
Notable = namedtuple("Notable", "figure what references more", defaults=((), 0))
# One of the two keys on the cover.
BigKey = namedtuple("BigKey", "label initials is_turned name at")
# A figure of the cover.
Count = namedtuple("Count", "figure noun detail")
# The first page: the decision, who gave it, and the facts around it.
# `shout`: what is said before everything else.
Cover = namedtuple("Cover", "title is_long is_full verdict classes tail keys why columns counts head shout")
# One row of the sign-off sheet; with a signer or with paragraphs. `answers` are pairs of a label and whether it is it.
SheetRow = namedtuple("SheetRow", "name paragraphs signer initials answers", defaults=((), "", "", ()))
# Somebody who acted, and what they did.
PersonRow = namedtuple("PersonRow", "initials name role account did")
# A row of the ledger's summary.
Checkpoint = namedtuple("Checkpoint", "sequence at text digest is_head")


class Document(SimpleNamespace):
    """A whole record, ready to print, under the names that its templates use; `build` says which.

    `facts` is what the attached record.json states, every other value is printed or counted from it.
    """
