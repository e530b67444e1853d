"""From the bytes of a file to its text, and what a file is that is none."""

import codecs

from apps.checklists.markdown.text import MAX_BYTES, TOO_LARGE, decode

from .document import NotRead

_SHEET = "of a sheet, copy the cells or save it as CSV"
_PASTE = "Open it, copy the text and paste it here"
_PICTURE = "Keyturn reads text: type the checklist, or bring what the picture was taken of."
_SIGNATURES = (
    (b"%PDF-", "a PDF", f"{_PASTE}; or bring the document that the PDF was made from."),
    (b"{\\rtf", "RTF", f"{_PASTE}, or save it as plain text or as a web page."),
    (b"\x89PNG", "a picture (PNG)", _PICTURE),
    (b"\xff\xd8\xff", "a picture (JPEG)", _PICTURE),
    (b"GIF8", "a picture (GIF)", _PICTURE),
    (b"\xd0\xcf\x11\xe0", "an old Office document (.doc, .xls or .ppt)", f"{_PASTE}; {_SHEET}."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it and bring the text that is in it."),
    (b"7z\xbc\xaf", "a 7-Zip archive", "Unpack it and bring the text that is in it."),
    (b"Rar!", "a RAR archive", "Unpack it and bring the text that is in it."),
    (b"BZh", "a bzip2 archive", "Unpack it and bring the text that is in it."),
    (b"\xfd7zXZ", "an xz archive", "Unpack it and bring the text that is in it."),
    (b"%!PS", "PostScript", f"{_PASTE}."),
    (b"SQLite format 3\0", "a database (SQLite)", "Export the table as CSV."),
    (b"\x7fELF", "a program", "Bring the text that describes the checklist."),
    (b"MZ", "a program", "Bring the text that describes the checklist."),
)  # fmt: skip
# By what stands unpacked in an archive of its kind: a name in it, or its type.
_PACKED = (
    (b"word/document.xml", "a Word document (.docx)", f"{_PASTE}: lists, boxes and tables come along."),
    (b"xl/workbook.xml", "an Excel workbook (.xlsx)", "Copy the cells and paste them here, or save the sheet as CSV."),
    (b"ppt/presentation.xml", "a PowerPoint presentation (.pptx)", f"{_PASTE}."),
    (b"vnd.oasis.opendocument", "an OpenDocument file", f"{_PASTE}; {_SHEET}."),
    (b"application/epub", "an EPUB", f"{_PASTE}."),
    (b"Index/Document.iwa", "a document of Pages or Numbers", f"{_PASTE}, or export it as plain text or CSV."),
)


def opened(data: bytes, file_name: str = "") -> str:
    """The text of a file; NotRead, which names the format and what to do, or NotText for what is no text."""
    if len(data) > MAX_BYTES:
        raise NotRead(TOO_LARGE)
    for signature, what, advice in _SIGNATURES:
        if data.startswith(signature) and (signature != b"MZ" or b"\0" in data[:512]):
            raise refused(what, advice)
    if data.startswith(b"PK\x03\x04"):
        raise refused(*_packed(data))
    if _is_wide(data[:400]):  # UTF-16 without its mark, as some exports write it
        data = codecs.BOM_UTF16_LE + data
    return decode(data)


def refused(what: str, advice: str) -> NotRead:
    """The sentences of a refusal."""
    return NotRead(f"This is {what}, which Keyturn does not read. {advice}")


def _packed(data: bytes) -> tuple[str, str]:
    """What an archive is by what stands in it unpacked; nothing of it is unpacked."""
    for name, what, advice in _PACKED:
        if name in data:
            return what, advice
    return "a ZIP archive", "Unpack it and bring the text that is in it."


def _is_wide(start: bytes) -> bool:
    """True for Latin text in UTF-16: every other byte is 0."""
    return len(start) > 3 and start[1::2].count(0) * 10 > len(start) * 4 and 0 not in start[::2]
