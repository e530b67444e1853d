"""What people type on an item page. Shape only: the commands decide."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from django import forms
from django.core.validators import MinLengthValidator, URLValidator
from django.http import QueryDict

from apps.checklists.rules import LONGEST_TEXT
from apps.checklists.rules.fill_ins import CAPACITY_INPUTS, FillIn, answer, capacity
from apps.checklists.rules.variables import YES_NO
from apps.core.forms import AgainstShown, Create, Edit, OneLine, Text
from apps.core.forms.ceremonies import INCOMPLETE, Ceremony
from apps.core.wording import DIRECTION_MARKS
from apps.deployments.commands.items import result_of, text_of
from apps.deployments.models import Item, blank_of
from apps.evidence.models import Kind
from apps.proposals.models import ProposalKind
from apps.signoff.rules import MOST_KEYS

TITLE, LONG, URL, COMMENT = 200, LONGEST_TEXT, 2_000, 5_000
REASON = 10
AS_SENT = {code: quote(chr(code)) for code in DIRECTION_MARKS}


class Blank(OneLine):
    """A blank of the checklist: needed before the first key, yet saved empty while somebody still works on it."""

    def validate(self, value: Any) -> None:
        """Nothing is missing yet; the permission to sign asks again."""


class BlankChoice(forms.ChoiceField):
    """A blank that is chosen; it may be left open as well."""

    def validate(self, value: Any) -> None:
        """What is sent is one of the choices."""
        if value:
            super().validate(value)


def one_of(label: str, options: Iterable[str], field: type = forms.ChoiceField, **kwargs: Any) -> Any:
    """A field to choose one of some texts, none of them at first."""
    return field(label=label, choices=[("", "Choose"), *((option, option) for option in options)], **kwargs)


class Reason(Text):
    """Why somebody does what others have to read about: not shorter than `least` characters."""

    def __init__(self, least: int = REASON, *, so_that: str = "", max_length: int = 2_000, **kwargs: Any) -> None:
        enough = MinLengthValidator(least, f"Write at least {least} characters{so_that}.")
        kwargs["help_text"] = f"At least {least} characters. {kwargs.get('help_text', '')}".strip()
        super().__init__(max_length=max_length, validators=[enough], **kwargs)
        self.widget.attrs["minlength"] = least


class WebAddressField(forms.URLField):
    """A web address; characters that turn the reading direction stand in it as browsers send them, to be seen."""

    default_error_messages = {"invalid": "Write the whole address, beginning with http:// or https://."}
    default_validators = [URLValidator(schemes=["http", "https"], message=default_error_messages["invalid"])]

    def to_python(self, value: Any) -> str:
        return str(super().to_python(str(value or "").translate(AS_SENT)) or "")


class SignItem(Ceremony):
    """The ceremony of an item: also which of its keys was offered, for a first key means something else."""

    slot = forms.IntegerField(
        widget=forms.HiddenInput,
        min_value=1,
        max_value=MOST_KEYS,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), INCOMPLETE),
    )


class RejectItem(AgainstShown):
    """Why an item goes back."""

    reason = Reason(
        label="What is wrong",
        so_that=", so that others know what to do",
        help_text="The keys fall out, the item opens again, and everybody reads your reason.",
    )


class WithdrawKey(Ceremony):
    """Why a key is taken back, and on which revision the page showed it."""

    reason = Reason(
        label="Why you withdraw it",
        so_that=", so that others know what to look at",
        help_text="Your signature stays on record with this reason; everybody reads it.",
        widget=forms.Textarea({"rows": 3, "dir": "auto"}),
    )
    revision = forms.IntegerField(
        widget=forms.HiddenInput,
        min_value=1,
        error_messages=dict.fromkeys(("required", "invalid", "min_value"), INCOMPLETE),
    )


class EditItem(Edit):
    """What an item says."""

    title = OneLine(max_length=TITLE, widget=forms.TextInput({"dir": "auto"}))
    text = Text(label="What to check", max_length=LONG, required=False, help_text="Markdown. Raw HTML stays text.")

    def __init__(self, data: QueryDict | None = None, *, item: Item) -> None:
        initial = {"title": item.title, "text": item.text}
        super().__init__(data, auto_id="edit-%s", initial=initial, now=text_of(item.title, item.text))


class FillInItem(Edit):
    """The result of an item and one field per blank in its text."""

    use_required_attribute = False

    result = Text(max_length=LONG, required=False, help_text="What you did and what came out. Signed with the item.")

    def __init__(self, data: QueryDict | None = None, *, item: Item) -> None:
        values = [fill["value"] for fill in item.fill_ins]
        super().__init__(data, auto_id="fill-%s", now=result_of(item.result, values))
        self.fields["result"].initial = item.result
        self.asked = {f"value_{place}": blank_of(fill) for place, fill in enumerate(item.fill_ins)}
        for (name, asked), value in zip(self.asked.items(), values, strict=True):
            self.fields |= _fields_of(name, asked, value)
        self.order_fields([name for name in self.fields if name.startswith("value_")])

    def clean(self) -> dict[str, Any]:
        """What the command takes."""
        cleaned = super().clean() or {}
        values = [self._answer(name, asked, cleaned) for name, asked in self.asked.items()]
        return {"result": cleaned.get("result"), "values": values, "shown": cleaned.get("shown")}

    def _answer(self, name: str, asked: FillIn, cleaned: Mapping[str, Any]) -> str:
        """What was typed for a blank as it is stored, empty where nothing was; says what is wrong with it."""
        parts = {sign: cleaned.get(f"{name}_{sign}", "") for sign in CAPACITY_INPUTS}
        try:
            if asked.kind == "capacity":
                return capacity(*parts.values()).value if any(parts.values()) else ""
            typed = str(cleaned.get(name) or "")
            return answer(asked, typed) if typed.strip() else ""
        except ValueError as error:
            wrong = next((sign for sign in parts if str(error).startswith((f"{sign} ", f"{sign}:"))), "Q")
            self.add_error(f"{name}_{wrong}" if asked.kind == "capacity" else name, str(error))
            return ""

    def _called(self, name: str) -> str:
        return self.asked[name].label if name in self.asked else super()._called(name)


def _fields_of(name: str, asked: FillIn, value: str) -> dict[str, forms.Field]:
    """The fields of a blank by their names: one for its answer, or one for each input of a capacity."""
    if asked.kind == "capacity":
        inputs = dict(part.split("=", 1) for part in value.split())
        return {
            f"{name}_{sign}": _blank(f"{asked.label}: {sign}, {meaning}", inputs.get(sign, ""), inputmode="decimal")
            for sign, meaning in CAPACITY_INPUTS.items()
        }
    if options := YES_NO if asked.kind == "yes_no" else asked.options:
        return {name: one_of(asked.label, options, BlankChoice, initial=value)}
    if asked.kind == "number":
        label = f"{asked.label}, in {asked.unit}" if asked.unit else asked.label
        return {name: _blank(label, value, inputmode="decimal")}
    if asked.kind == "date":
        return {name: _blank(asked.label, value, type="date")}
    return {name: _blank(asked.label, value, dir="auto")}


def _blank(label: str, value: str, **attributes: str) -> Blank:
    return Blank(label=label, initial=value, max_length=500, widget=forms.TextInput(attributes))


class Note(Create):
    """Proof in words."""

    kind = Kind.NOTE
    text = Text(label="Note", max_length=LONG, help_text="What you saw. At most 20,000 characters.")
    title = OneLine(max_length=TITLE, required=False, help_text="Its first line if empty.")

    def evidence(self) -> dict[str, Any]:
        """What the command takes."""
        text = self.cleaned_data["text"]
        first = OneLine(required=False).to_python(text.strip().splitlines()[0])
        return {"kind": self.kind, "title": self.cleaned_data["title"] or first[:TITLE] or "Note", "text": text}


class Link(Create):
    """Proof that lies elsewhere."""

    kind = Kind.LINK
    url = WebAddressField(
        label="Address",
        max_length=URL,
        assume_scheme="https",
        widget=forms.URLInput({"placeholder": "https://ci.example.com/builds/4469", "autocomplete": "off"}),
        help_text="Only the address is kept, not what it shows.",
    )
    title = OneLine(max_length=TITLE, required=False, help_text="The address if empty.")

    def evidence(self) -> dict[str, Any]:
        """What the command takes."""
        url = self.cleaned_data["url"]
        return {"kind": self.kind, "title": self.cleaned_data["title"] or url[:TITLE], "url": url}


class File(Create):
    """Proof in bytes. The name of the file is a title and nothing else."""

    kind = Kind.FILE
    file = forms.FileField(
        label="File",
        widget=forms.FileInput({"data-paste": ""}),
        error_messages={
            "required": "Choose a file first, or paste a screenshot.",
            "empty": "This file is empty, so it proves nothing. Choose another.",
        },
        help_text="At most 25 MB. You can also paste a screenshot anywhere on this page.",
    )
    title = OneLine(max_length=TITLE, required=False, help_text="The name of the file if empty.")

    def evidence(self) -> dict[str, Any]:
        """What the command takes."""
        file = self.cleaned_data["file"]
        title = self.cleaned_data["title"] or OneLine(required=False).to_python(file.name)[-TITLE:] or "File"
        media_type = OneLine(required=False).to_python(file.content_type)[:120]
        return {"kind": self.kind, "title": title, "data": file.read(), "media_type": media_type}


EVIDENCE: dict[str, type[Note | Link | File]] = {Kind.NOTE: Note, Kind.LINK: Link, Kind.FILE: File}


class Comment(Create):
    """What somebody says about an item."""

    text = Text(
        label="Comment",
        max_length=COMMENT,
        help_text="@ and a name of the team mentions somebody. No key falls out. It cannot be changed, only withdrawn.",
    )


class ProposeChange(forms.Form):
    """What of an item is proposed for its template."""

    kind = forms.ChoiceField(choices=ProposalKind, widget=forms.HiddenInput, error_messages={"required": INCOMPLETE})


class DetachProbe(AgainstShown):
    """Why a machine no longer looks."""

    reason = Reason(label="Why it goes", help_text="Its runs stay on record; what it said no longer blocks.")
