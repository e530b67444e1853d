"""Which static files there are. One stylesheet of many files: collectstatic joins what css/keyturn.css imports."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage

STYLESHEET = "css/keyturn.css"
IMPORT = re.compile(r'@import "([^"]+)" layer\((\w+)\);')


class StaticFiles(StaticFilesConfig):
    """Django's static files, without what django-htmx brings for others: three files of four, most of the time."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "django_htmx/ext/*", "htmax-*", "htmx-4*"]


class StylesheetStorage(CompressedManifestStaticFilesStorage):
    """Whitenoise's storage, with the imports of the stylesheet written into it: each would be a request of its own."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Join the stylesheet before files are hashed and compressed."""
        if not dry_run and STYLESHEET in paths:
            Path(self.path(STYLESHEET)).write_text(_joined(paths), encoding="utf-8")
            paths = paths | {STYLESHEET: (self, STYLESHEET)}
        yield from super().post_process(paths, dry_run, **options)


def _joined(paths: dict[str, Any]) -> str:
    """The stylesheet with what it imports; `paths` names the storage and path that each file comes from."""

    def text(name: str) -> str:
        storage, path = paths[name]
        with storage.open(path) as file:
            return str(file.read().decode())

    return IMPORT.sub(lambda found: f"@layer {found[2]} {{\n{text(f'css/{found[1]}')}}}", text(STYLESHEET))
