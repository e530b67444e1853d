"""One stylesheet of many files: a page asks for css/keyturn.css, which collectstatic joins from what it imports."""

import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

STYLESHEET = "css/keyturn.css"
IMPORT = re.compile(r'@import "([^"]+)" layer\((\w+)\);')


class StylesheetStorage(CompressedManifestStaticFilesStorage):
    """Whitenoise's storage, with the imports of the stylesheet written into it: each would be a request of its own."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Join the stylesheet before files are hashed and compressed."""
        if not dry_run and STYLESHEET in paths:
            joined = IMPORT.sub(self._layer, self._text(STYLESHEET))
            self.delete(STYLESHEET)
            self.save(STYLESHEET, ContentFile(joined.encode()))
            paths = paths | {STYLESHEET: (self, STYLESHEET)}
        yield from super().post_process(paths, dry_run, **options)

    def _layer(self, found: re.Match[str]) -> str:
        return f"@layer {found[2]} {{\n{self._text(f'css/{found[1]}')}}}"

    def _text(self, name: str) -> str:
        with self.open(name) as file:
            return file.read().decode()
