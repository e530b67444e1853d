"""The forms of a page as a browser has them: what they would send, and what a person could type into them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

# What only takes a word of its own kind, by the name of the control.
NAMED = {"bindings": "https://host-{n}.example.com"}
WRITTEN = {
    "datetime-local": "2026-12-0{n}T10:30",
    "date": "2026-01-0{n}",
    "email": "written-{n}@example.com",
    "text": "Written by person {n}",
    "textarea": "Written at length by person {n}",
}


@dataclass
class Control:
    """A control with a name. `kind` is the type of an input, `textarea` or `select`."""

    name: str
    kind: str
    value: str = ""
    sends: bool = True
    options: list[str] = field(default_factory=list)

    def written(self, n: int) -> str | None:
        """What the `n`-th person types here; None where the control keeps what it has."""
        if self.kind == "select":
            others = [option for option in self.options if option not in ("", self.value)]
            return others[(n - 1) % len(others)] if len(others) > 1 else None
        form = NAMED.get(self.name) or WRITTEN.get(self.kind)
        return form.format(n=n) if form else None


@dataclass
class FormOfPage:
    """A form that posts."""

    action: str
    controls: list[Control] = field(default_factory=list)

    def sent(self, **body: str) -> dict[str, list[str]]:
        """What a browser sends; what the page leaves empty comes from `body`."""
        found: dict[str, list[str]] = {}
        for control in self.controls:
            if control.sends:
                found.setdefault(control.name, []).append(control.value)
        empty = {name for name, values in found.items() if not any(values)}
        return found | {
            name: value if isinstance(value, list) else [str(value)]
            for name, value in body.items()
            if name not in found or name in empty
        }

    def typed(self, n: int) -> dict[str, str]:
        """What the `n`-th person types, the first control of each name."""
        found = {control.name: control.written(n) for control in reversed(self.controls)}
        return {name: value for name, value in found.items() if value is not None}

    def shows(self, typed: dict[str, str]) -> bool:
        """Whether it is filled with what somebody typed."""
        return any(control.value == typed.get(control.name) for control in self.controls if control.sends)


class FormsOfPage(HTMLParser):
    """Reads the forms of a page that post."""

    def __init__(self, html: str, path: str) -> None:
        super().__init__()
        self.path, self.forms = path, list[FormOfPage]()
        self.form: FormOfPage | None = None
        self.control: Control | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        if tag == "form":
            self.form = FormOfPage(urljoin(self.path, has.get("action") or "")) if has.get("method") == "post" else None
            self.forms += [self.form] if self.form else []
        if self.form is None or (tag not in ("input", "textarea", "select") and tag != "option"):
            return
        if tag == "option" and self.control:
            self.control.options.append(has.get("value") or "")
            if "selected" in has or len(self.control.options) == 1:
                self.control.value = has.get("value") or ""
        elif has.get("name") and "disabled" not in has:
            kind = (has.get("type") or "text") if tag == "input" else tag
            ticked = kind not in ("checkbox", "radio") or "checked" in has
            value = has.get("value") or ("on" if kind == "checkbox" else "")
            self.control = Control(str(has["name"]), kind, value, sends=ticked and kind != "file")
            self.form.controls.append(self.control)

    def handle_data(self, data: str) -> None:
        if self.control and self.control.kind == "textarea":
            self.control.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("textarea", "select") and self.control:
            self.control.value = self.control.value.removeprefix("\n") if tag == "textarea" else self.control.value
            self.control = None
        elif tag == "form":
            self.form = None
