"""Fields of a draft: lists of entries, shell texts, lines, a probe."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.checklists.markdown.attributes import is_name
from apps.checklists.rules.limits import LONGEST_TEXT
from apps.core.forms import OneLine, Text

MOST_ENTRIES = 200


class RowsWidget(forms.Widget):
    """Entries of the same shape below each other, and an empty one. columns: (name, label, choices or None)."""

    template_name = "studio/_entries.html"
    is_group = True  # its label stands above several controls

    def __init__(self, columns: Iterable[tuple[str, str, Iterable[tuple[str, str]] | None]]) -> None:
        super().__init__()
        self.columns = [(name, label, list(choices) if choices else None) for name, label, choices in columns]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """The entries, each as cells."""
        context = super().get_context(name, value, attrs)
        entries = [entry for entry in value or [] if isinstance(entry, Mapping)]
        context["entries"] = [self._cells(name, entry, at) for at, entry in enumerate([*entries, {}])]
        return context

    def _cells(self, name: str, entry: Mapping[str, Any], at: int) -> list[dict[str, Any]]:
        return [
            {
                "name": f"{name}-{column}", "label": label, "column": column, "at": at + 1,
                "value": _joined(entry.get(column, "")), "choices": choices,
            }
            for column, label, choices in self.columns
        ]  # fmt: skip

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        """The entries that were typed; those with nothing but choices in them are left out."""
        lists = {column: data.getlist(f"{name}-{column}") for column, _, _ in self.columns}
        typed = {column for column, _, choices in self.columns if not choices}
        count = max((len(values) for values in lists.values()), default=0)
        entries = [{c: values[at] if at < len(values) else "" for c, values in lists.items()} for at in range(count)]
        return [entry for entry in entries if any(entry[column].strip() for column in typed)]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Whether the form lacks them."""
        return not any(f"{name}-{column}" in data for column, _, _ in self.columns)


def _joined(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


class Entries(forms.Field):
    """A list of entries, each read by `read`, whose ValueError says what is wrong."""

    def __init__(self, read: Callable[[Mapping[str, Any]], Any], columns: Any, **kwargs: Any) -> None:
        super().__init__(required=False, widget=RowsWidget(columns), **kwargs)
        self.read = read

    def clean(self, value: Any) -> list[Any]:
        """The entries as they are stored."""
        if len(value or []) > MOST_ENTRIES:
            raise ValidationError(f"At most {MOST_ENTRIES} of these fit.")
        try:
            return [self.read(entry) for entry in value or []]
        except ValueError as error:
            raise ValidationError(str(error)) from error


class Commands(forms.Field):
    """Shell texts, one to a field, and an empty one."""

    class Widget(RowsWidget):
        """One textarea for each."""

        template_name = "studio/_commands.html"

        def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
            """The texts."""
            return forms.Widget.get_context(self, name, value, attrs) | {"texts": [*(value or []), ""]}

        def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
            """Those that are not empty."""
            return [text for text in data.getlist(name) if text.strip()]

        def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
            """Whether the form lacks them."""
            return name not in data

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=self.Widget(()), **kwargs)

    def clean(self, value: Any) -> list[str]:
        """The texts as they are stored."""
        found = [Text(required=False, max_length=LONGEST_TEXT, strip=False).clean(text) for text in value or []]
        return [text.rstrip() for text in found]


class Lines(Text):
    """A list of texts, one a line."""

    def __init__(self, read: Callable[[str], Any], *, separator: str = "\n", **kwargs: Any) -> None:
        super().__init__(required=False, max_length=LONGEST_TEXT, **kwargs)
        self.read, self.separator = read, separator
        self.widget.attrs["rows"] = 2

    def clean(self, value: Any) -> list[Any]:
        """What `read` makes of each line; its ValueError says what is wrong."""
        try:
            return [self.read(line.strip()) for line in super().clean(value).split(self.separator) if line.strip()]
        except ValueError as error:
            raise ValidationError(str(error)) from error


class Probe(forms.MultiValueField):
    """A kind of probe and its settings, a `name: value` on each line. Which kinds there are is judged when it runs."""

    class Widget(forms.MultiWidget):
        """Kind and settings."""

        template_name = "studio/_probe.html"
        is_group, use_fieldset = True, False

        def __init__(self) -> None:
            settings = forms.Textarea({"rows": 3, "spellcheck": "false", "dir": "ltr", "class": "mono"})
            super().__init__({"kind": forms.TextInput({"list": "probe-kinds"}), "settings": settings})

        def decompress(self, value: Any) -> list[str]:
            """What is stored, as people type it."""
            stored = (value or {}).get("settings") or {}
            return [(value or {}).get("kind", ""), "\n".join(f"{name}: {text}" for name, text in stored.items())]

    def __init__(self, **kwargs: Any) -> None:
        fields = (OneLine(required=False, max_length=40), Text(required=False, max_length=4_000))
        super().__init__(fields, required=False, require_all_fields=False, widget=self.Widget(), **kwargs)

    def compress(self, values: Any) -> dict[str, Any] | None:
        """What is stored: {kind, settings} or None."""
        kind, settings = values or ("", "")
        if not kind:
            if settings.strip():
                raise ValidationError("Say which kind of probe these settings are for, as “http” or “tcp”.")
            return None
        pairs = [line.partition(":") for line in settings.splitlines() if line.strip()]
        if wrong := next((name for name, colon, _ in pairs if not (colon and is_name(name.strip()))), ""):
            raise ValidationError(f"“{wrong[:40]}” is no setting. Write one a line, as “url: https://…”.")
        return {"kind": kind, "settings": {name.strip(): value.strip() for name, _, value in pairs}}
