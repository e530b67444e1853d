"""What tests ask of a text that was read."""

from apps.checklists.markdown import read


def items(text):
    """Titles of all items, in order."""
    return [item.title for template in read(text).templates for item in template.items]


def first(text):
    """The first item."""
    return read(text).templates[0].items[0]


def texts(text):
    """(title, text) of every item."""
    return [(item.title, item.text) for template in read(text).templates for item in template.items]


def sections(text):
    """Title of every section with the titles of its items."""
    return [(section.title, [item.title for item in section.items]) for section in read(text).templates[0].sections]


def fill_ins(text):
    """(title, labels of its blanks) of every item."""
    return [(item.title, [field.label for field in item.fill_ins]) for item in read(text).templates[0].items]


def commands(text):
    """(title, texts of its commands) of every item."""
    return [(item.title, [one.text for one in item.code if one.is_command]) for item in read(text).templates[0].items]


def sheet(text):
    """(label, kind, options) of every field of the sign-off sheet."""
    return [(field.label, field.kind, field.options) for field in read(text).templates[0].sign_off_fields]


def types(text):
    """The type of every line that is not blank."""
    return [str(line.line_type) for line in read(text).lines]


def kinds(text):
    """(kind, lines) of every suggestion."""
    return [(one.kind, one.lines) for one in read(text).suggestions]
