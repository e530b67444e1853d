"""Which static files there are. collectstatic joins what css/keyturn.css imports, and so js/keyturn.js: one of each."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage

STYLESHEET = "css/keyturn.css"
IMPORT = re.compile(r'@import "([^"]+)" layer\((\w+)\);')
SCRIPT = "js/keyturn.js"
SCRIPT_IMPORT = re.compile(r'^import "\./([^"]+)";$', re.M)


class StaticFiles(StaticFilesConfig):
    """Django's static files, without what django-htmx brings for others: three files of four, most of the time."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "django_htmx/ext/*", "htmax-*", "htmx-4*"]


class StylesheetStorage(CompressedManifestStaticFilesStorage):
    """Whitenoise's storage, with the imports of both written into them: each would be a request of its own."""

    support_js_module_import_aggregation = True  # what two scripts share is found by its hashed name

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Join the stylesheet and the script before files are hashed and compressed."""
        for name, join in ((STYLESHEET, _joined), (SCRIPT, _joined_script)):
            if not dry_run and name in paths:
                Path(self.path(name)).write_text(join(paths), encoding="utf-8")
                paths = paths | {name: (self, name)}
        yield from super().post_process(paths, dry_run, **options)


def _joined(paths: dict[str, Any]) -> str:
    """The stylesheet with what it imports; `paths` names the storage and path that each file comes from."""
    sheet = _text(paths, STYLESHEET)
    return IMPORT.sub(lambda found: f"@layer {found[2]} {{\n{_text(paths, f'css/{found[1]}')}}}", sheet)


def _joined_script(paths: dict[str, Any]) -> str:
    """The script with what it imports: each file is a function of its own that is called at once."""
    return SCRIPT_IMPORT.sub(lambda found: _text(paths, f"js/{found[1]}"), _text(paths, SCRIPT))


def _text(paths: dict[str, Any], name: str) -> str:
    storage, path = paths[name]
    with storage.open(path) as file:
        return str(file.read().decode())
