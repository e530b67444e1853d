"""The only door to WeasyPrint: a document in, the bytes of one tagged PDF/A-3 file out.

WeasyPrint loads Pango with dlopen and prints a banner when it is missing, so it is
imported inside `_engine` and nowhere else: a web process never loads it, and a
machine without Pango still runs everything but the export.
"""

import ctypes
import ctypes.util
import gc
import importlib
import logging
import os
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import fontpkg
from django.template.loader import render_to_string

from apps.core.wording import begins_rtl, timestamp

from . import document as records
from .document import Document, Made, wording
from .document.facts import LedgerEntry

Progress = Callable[[str, int], None]

APT_LINE = "apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
LIBRARIES = (
    ("libgobject-2.0.so.0", "gobject-2.0"),
    ("libpango-1.0.so.0", "pango-1.0"),
    ("libpangoft2-1.0.so.0", "pangoft2-1.0"),
    ("libharfbuzz.so.0", "harfbuzz"),
    ("libfontconfig.so.1", "fontconfig"),
)
# Text between the characters that isolate it, which stand nowhere else: typed ones are spelt out.
ISOLATED = re.compile("\u2068([^\u2068\u2069]*)\u2069")
WHOLE_PARAGRAPH = re.compile('(<p(?: class="[a-z_ -]*")?)>\u2068([^\u2068\u2069]*)\u2069</p>')
VARIANT = "pdf/a-3a"
BASE_URL = "https://record.invalid/"  # answered by static_only alone; the name never exists
PAGE_STEP = "Step 5 - Creating layout - Page"
WRITE_STEP = "Step 6"
STYLESHEET = Path(__file__).resolve().parents[2] / "templates" / "records" / "pdf" / "record.css"
# WeasyPrint writes the mark of PDF/A only; the tags are those of PDF/UA as well.
UA_MARK = STYLESHEET.with_name("ua.xml")


def engine_problem() -> str:
    """Why this machine cannot print and what to do, empty when it can; asked anew each time.

    Looks for WeasyPrint's system libraries by name, without loading WeasyPrint.
    """
    missing = [name for name, short in LIBRARIES if not (_opens(name) or _opens(ctypes.util.find_library(short)))]
    return f"The PDF engine lacks {', '.join(missing)}. Install it with: {APT_LINE}" if missing else ""


def render(record: records.facts.Record, progress: Progress, contents: Mapping[str, bytes] | None = None) -> Made:
    """Lay out and write one record. `progress(step, pages)` is called at named steps and at each page made.

    contents: the bytes of each file that goes inside, by the id of the evidence.
    """
    progress("laying out", 0)
    missing = unprintable(records.printed(records.build(record)))
    document = records.build(record, missing_characters=missing)
    html, files = _page(document)
    files += records.enclosed(document, contents or {})
    with _many_small_boxes(), _page_reports(progress):
        return _print(html, files, record.ledger.head)


def unprintable(text: str) -> tuple[str, ...]:
    """Characters that neither the packaged fonts nor those of the machine can draw, as `U+1F680`."""
    missing = {ord(character) for character in set(text) if character > "\u024f" and not _draws_nothing(character)}
    packaged = (file for file in static_files().values() if file.suffix == ".ttf")
    for file in chain(packaged, _installed_fonts()):
        if not missing:
            break
        missing -= _characters(file)
    return tuple(f"U+{code:04X}" for code in sorted(missing))


def _page(document: Document) -> tuple[str, tuple[records.File, ...]]:
    """The page to lay out, and the files that travel inside it."""
    facts, files = document.facts, records.attachments(document)
    context = {
        **vars(document),
        "head": facts.ledger.head,
        "head_at": wording.moment(facts.ledger.head.at),
        "made_at": timestamp(facts.ledger.head.at, "seconds"),
        "requested_at": wording.moment(facts.requested_at),
        "running": f"{wording.cut(document.cover.title, 40)} to {wording.cut(facts.deployment.environment, 16)}",
        "heading": wording.line(document.cover.title),
        "to": wording.cut(facts.deployment.environment, 80),
        "files": files,
    }
    return _with_directions(render_to_string("records/pdf/record.html", context)), files


def _with_directions(html: str) -> str:
    """The page with elements instead of the characters that isolate: WeasyPrint lays out each line by itself."""
    head, main, body = html.partition("<main")
    attributes, end, body = body.partition(">")
    body = WHOLE_PARAGRAPH.sub(lambda found: f'{found[1]} dir="{_direction(found[2])}">{found[2]}</p>', body)
    body = ISOLATED.sub(lambda found: f'<bdi dir="{_direction(found[1])}">{found[1]}</bdi>', body)
    return ISOLATED.sub(r"\1", head) + main + attributes + end + body


def _direction(text: str) -> str:
    return "rtl" if begins_rtl(text) else "ltr"


def _print(html: str, files: tuple[records.File, ...], head: LedgerEntry) -> Made:
    engine = _engine()
    fetcher = static_only()
    laid_out = engine.HTML(string=html, base_url=BASE_URL, url_fetcher=fetcher).render(
        font_config=engine.text.fonts.FontConfiguration(), pdf_variant=VARIANT
    )
    if unread := static_files().keys() - fetcher.served:
        # WeasyPrint only logs what it could not load, and would print the record without its style.
        raise RuntimeError(f"the record was laid out without {', '.join(sorted(unread))}")
    laid_out.metadata.attachments = [
        engine.Attachment(
            string=file.data,
            name=file.name,
            description=file.description,
            relationship=file.relationship,
            created=head.at,  # both dates are given: the default is the clock's
            modified=head.at,
        )
        for file in files
    ]
    _mark_as_accessible(laid_out.metadata)
    data = laid_out.write_pdf(finisher=_finish, pdf_variant=VARIANT)
    json = next(each.data for each in files if each.name == "record.json")
    return Made(data, json, len(laid_out.pages), head.sequence, head.digest)


@cache
def _engine() -> Any:
    """WeasyPrint, loaded once per worker process. Raises OSError without Pango: ask `engine_problem` first."""
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")  # the fallback font subsetter would read the clock
    engine = importlib.import_module("weasyprint")
    gc.freeze()  # what is loaded by now stays: later collections need not walk over it
    return engine


def static_only() -> Any:
    """A URL fetcher that answers a fixed list and refuses everything else, whatever the content asks for."""
    engine = _engine()

    class StaticOnly(engine.urls.URLFetcher):  # type: ignore[name-defined]
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.served: set[str] = set()

        def fetch(self, url: str, headers: Any = None) -> Any:
            name = url.removeprefix(BASE_URL)
            if url == name or name not in static_files():
                raise ValueError(f"not part of a record: {url}")
            self.served.add(name)
            kind = "text/css" if name.endswith(".css") else "font/ttf"
            return engine.urls.URLFetcherResponse(url, static_files()[name].read_bytes(), {"Content-Type": kind})

    return StaticOnly(allow_redirects=False)


@cache
def static_files() -> dict[str, Path]:
    """The only files a record may load: its stylesheet and the packaged fonts."""
    return {
        "record.css": STYLESHEET,
        "fonts/SourceSans3-VF.ttf": Path(fontpkg.path("Source Sans 3")),
        "fonts/SourceSans3-Italic-VF.ttf": Path(fontpkg.path("Source Sans 3", style="italic")),
        "fonts/IBMPlexMono-Regular.ttf": Path(fontpkg.path("IBM Plex Mono")),
        "fonts/IBMPlexMono-SemiBold.ttf": Path(fontpkg.path("IBM Plex Mono", weight=600)),
    }


def _mark_as_accessible(metadata: Any) -> None:
    generate = metadata.generate_rdf_metadata

    def with_ua_mark(*arguments: Any) -> bytes:
        written: bytes = generate(*arguments)
        return written.replace(b"</rdf:RDF>", UA_MARK.read_bytes() + b"</rdf:RDF>")

    metadata.generate_rdf_metadata = with_ua_mark


def _finish(_document: Any, pdf: Any) -> None:
    """List each attachment once, where WeasyPrint 70 lists it twice, and compress each stream once.

    pydyf compresses whenever it is asked for a stream's bytes: for the file, and again for the file's identifier.
    """
    pdf.catalog["AF"][:] = list(dict.fromkeys(pdf.catalog["AF"]))
    for stream in pdf.objects:
        if getattr(stream, "compress", False):
            stream.compress = False
            data = stream.data.partition(b"\nstream\n")[2].removesuffix(b"\nendstream")
            stream.stream, stream.extra["Filter"] = [zlib.compress(data)], "/FlateDecode"


class _PageReports(logging.Handler):
    """Turns WeasyPrint's progress log, its only hook, into calls."""

    def __init__(self, progress: Progress) -> None:
        super().__init__(logging.INFO)
        self.progress = progress
        self.pages = 0

    def emit(self, log: logging.LogRecord) -> None:
        message = log.getMessage()
        if message.startswith(PAGE_STEP):
            # The second round lays out again what the table of contents moved; the count never goes back.
            self.pages = max(self.pages, int(message.removeprefix(PAGE_STEP).split()[0]))
            self.progress(f"page {self.pages}", self.pages)
        elif message.startswith(WRITE_STEP):
            self.progress("writing", self.pages)


@contextmanager
def _page_reports(progress: Progress) -> Iterator[None]:
    progress_log, error_log = logging.getLogger("weasyprint.progress"), logging.getLogger("weasyprint")
    handler, before = _PageReports(progress), (progress_log.level, progress_log.propagate, error_log.level)
    progress_log.addHandler(handler)
    progress_log.setLevel(logging.INFO)
    progress_log.propagate = False
    error_log.setLevel(logging.ERROR)  # a line for every character without a shape; the record names each once
    try:
        yield
    finally:
        progress_log.removeHandler(handler)
        progress_log.setLevel(before[0])
        progress_log.propagate = before[1]
        error_log.setLevel(before[2])


@contextmanager
def _many_small_boxes() -> Iterator[None]:
    """Layout makes many small objects that live: collecting them once, afterwards, saves a tenth of the CPU."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _opens(name: str | None) -> bool:
    try:
        return bool(name and ctypes.CDLL(name))
    except OSError:
        return False


def _draws_nothing(character: str) -> bool:
    return unicodedata.category(character) in ("Cf", "Cc", "Zs", "Zl", "Zp") or unicodedata.combining(character) > 0


def _installed_fonts() -> Iterator[Path]:
    """The font files that fontconfig knows, asked through WeasyPrint, which draws with the same ones."""
    ffi = importlib.import_module("weasyprint.text.ffi")
    library, pointer = ffi.fontconfig, ffi.ffi.new("FcChar8 **")
    config = ffi.ffi.gc(library.FcInitLoadConfigAndFonts(), library.FcConfigDestroy)
    found = library.FcConfigGetFonts(config, library.FcSetSystem)
    for place in range(found.nfont if found else 0):
        if library.FcPatternGetString(found.fonts[place], b"file", 0, pointer) == library.FcResultMatch:
            yield Path(os.fsdecode(ffi.ffi.string(pointer[0])))


@lru_cache(maxsize=64)
def _characters(file: Path) -> frozenset[int]:
    """The code points that a font file has a shape for; none where fontTools cannot read it."""
    fonts = importlib.import_module("fontTools.ttLib")
    try:
        if file.suffix.lower() in (".ttc", ".otc"):
            faces = fonts.TTCollection(file, lazy=True).fonts
        else:
            faces = [fonts.TTFont(file, lazy=True)]
        return frozenset(code for face in faces for code in face.getBestCmap() or ())
    except (fonts.TTLibError, OSError, KeyError):
        return frozenset()
