"""Reads checklists in the formats people have them in, by making Markdown of each. Text in, text out; nothing else."""

from apps.checklists.markdown.text import NotText

from .conversion import brought, to_markdown
from .detection import SUFFIXES, detect
from .document import PLAIN, Brought, Converted, Format, Kind, NotRead
from .opening import opened
