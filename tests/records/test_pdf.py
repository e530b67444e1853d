"""The PDF: deterministic, self-contained, tagged, with everything signed in print and as data."""

import hashlib
import io
import json
import re
import subprocess

import pikepdf
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib import TTCollection
from fontTools.ttLib.tables._g_l_y_f import Glyph

from apps.records import pdf
from apps.records.document import attachments, build
from tests.records import sample
from tests.records.sample import replace


def quietly(step, pages):
    """Nobody watches."""


@pytest.fixture(scope="module")
def printed():
    return pdf.render(sample.record(), quietly)


@pytest.fixture(scope="module")
def troubled():
    return pdf.render(sample.troubled(), quietly)


def text_of(printed):
    run = subprocess.run(["pdftotext", "-layout", "-", "-"], input=printed.pdf, capture_output=True, check=True)
    return run.stdout.decode()


def opened(printed):
    return pikepdf.open(io.BytesIO(printed.pdf))


def test_the_same_record_gives_the_same_bytes(printed):
    again = pdf.render(sample.record(), quietly)
    assert hashlib.sha256(again.pdf).hexdigest() == hashlib.sha256(printed.pdf).hexdigest()


def test_it_is_built_to_pdf_a_3a_and_says_it_is_tagged(printed):
    with opened(printed) as file:
        metadata = file.open_metadata()
        assert metadata.pdfa_status == "3A"
        assert metadata["pdfuaid:part"] == "1"
        assert file.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in file.Root
        assert "/OutputIntents" in file.Root
        assert str(file.Root.Lang) == "en"
        assert file.Root.ViewerPreferences.DisplayDocTitle
        assert "/Encrypt" not in file.trailer


def test_nothing_in_it_runs_or_leads_outside(troubled):
    with opened(troubled) as file:
        names = {str(key) for each in file.objects if isinstance(each, pikepdf.Dictionary) for key in each}
        assert not names & {"/JavaScript", "/JS", "/URI", "/Launch", "/OpenAction", "/AA"}


def test_every_font_travels_with_it(troubled):
    with opened(troubled) as file:
        fonts = [
            each
            for each in file.objects
            if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/FontDescriptor"
        ]
        assert fonts
        assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(each.keys()) for each in fonts)


def test_the_three_files_inside_are_the_ones_the_record_prints(printed):
    expected = {file.name: file for file in attachments(build(sample.record()))}
    text = text_of(printed)
    with opened(printed) as file:
        assert set(file.attachments) == set(expected) == {"ledger.json", "record.json", "manifest.sha256"}
        assert len(file.Root.AF) == 3
        for name, inside in file.attachments.items():
            data = inside.get_file().read_bytes()
            assert data == expected[name].data
            assert hashlib.sha256(data).hexdigest() in text


def test_every_signature_is_in_print_and_in_the_data(printed):
    text = " ".join(text_of(printed).split())
    with opened(printed) as file:
        data = json.loads(file.attachments["record.json"].get_file().read_bytes())
    items = [item for section in data["facts"]["sections"] for item in section["items"]]
    for signature in (signature for item in items for signature in item["signatures"]):
        time = signature["at"][:19].replace("T", " ")
        assert (
            f"{signature['slot']} {signature['meaning']} {time} UTC {signature['digest'][:12]} {signature['name']}"
            in text
        )


def test_every_page_carries_the_whole_head(printed):
    head = sample.record().ledger.head
    assert text_of(printed).count(f"PAY-3-R1 entry {head.sequence} {head.digest}") == printed.pages


def test_the_head_argument_can_be_read_off_the_page(printed):
    text = re.sub(r"\n\s*", "", text_of(printed))
    assert f'verify_ledger --head "{build(sample.record()).head_argument}"' in text


def test_evidence_is_listed_with_its_whole_digest(printed):
    text = text_of(printed)
    assert all(each.sha256 in text for each in sample.record().evidence)


def test_qpdf_finds_no_fault(troubled, tmp_path):
    path = tmp_path / "record.pdf"
    path.write_bytes(troubled.pdf)
    assert subprocess.run(["qpdf", "--check", path], capture_output=True, check=False).returncode == 0


def test_markup_in_a_text_is_printed_and_not_obeyed(troubled):
    assert "<script>alert(1)</script>" in text_of(troubled)
    with opened(troubled) as file:
        assert set(file.attachments) == {"ledger.json", "record.json", "manifest.sha256"}
        assert "/Image" not in {str(each.get("/Subtype")) for each in file.objects if isinstance(each, pikepdf.Stream)}


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://127.0.0.1:9/x",
        "https://record.invalid/../../etc/passwd",
        "https://record.invalid/record.css?x",
        "https://record.invalid.example/record.css",
        "data:text/plain,hello",
        "record.css",
    ],
)
def test_the_fetcher_answers_nothing_but_its_own_files(url):
    with pytest.raises(ValueError, match="not part of a record"):
        pdf.static_only().fetch(url)


def test_the_fetcher_answers_its_own_files():
    assert b"@page" in pdf.static_only().fetch("https://record.invalid/record.css").read()


def test_a_missing_stylesheet_fails_the_record_instead_of_its_style(monkeypatch):
    monkeypatch.setattr(pdf, "static_files", lambda: {"record.css": pdf.STYLESHEET, "fonts/never.ttf": pdf.STYLESHEET})
    with pytest.raises(RuntimeError, match=r"without fonts/never\.ttf"):
        pdf.render(sample.record(2, 1), quietly)


def test_progress_names_the_step_and_counts_pages_upward():
    seen = []
    printed = pdf.render(sample.record(6, 1), lambda step, pages: seen.append((step, pages)))
    assert seen[0] == ("laying out", 0)
    assert seen[-1] == ("writing", printed.pages)
    assert [pages for _, pages in seen] == sorted(pages for _, pages in seen)
    assert f"page {printed.pages}" in {step for step, _ in seen}


def test_characters_nobody_can_draw_are_named_in_print_and_data(troubled):
    with opened(troubled) as file:
        data = json.loads(file.attachments["record.json"].get_file().read_bytes())
    assert "U+1F680" in data["missing_characters"]
    assert "U+1F680" in text_of(troubled)
    assert pdf.unprintable("Amélie ☑ ≥ عمر") == ()


@pytest.fixture
def installed(monkeypatch):
    """Fonts of the machine, as a test puts them."""
    return lambda *files: monkeypatch.setattr(pdf, "_installed_fonts", lambda: iter(files))


def test_fonts_of_the_machine_are_opened_only_for_what_the_packaged_ones_lack(monkeypatch):
    monkeypatch.setattr(pdf, "_installed_fonts", lambda: map(pytest.fail, ["nothing is lacking"]))
    assert pdf.unprintable("Amélie ≥ 2 Жук") == ()


def test_white_space_marks_and_joiners_need_no_shape(installed):
    installed()
    assert pdf.unprintable("a\u2003b\u200d\u202e\u0301") == ()


def test_what_no_font_has_is_named_in_order_once(installed):
    installed()
    assert pdf.unprintable("漢 \U0001f680 漢") == ("U+6F22", "U+1F680")


def test_a_file_that_is_no_font_draws_nothing(installed, tmp_path):
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"\0\1\0\0 and nothing more")
    installed(pdf.STYLESHEET, broken, tmp_path / "gone.ttf")
    assert pdf.unprintable("漢") == ("U+6F22",)


def test_every_face_of_a_collection_counts(installed, tmp_path):
    collection = TTCollection()
    for character in "漢字":
        font = FontBuilder(1000)
        font.setupGlyphOrder([".notdef", "shape"])
        font.setupCharacterMap({ord(character): "shape"})
        font.setupGlyf({".notdef": Glyph(), "shape": Glyph()})
        font.setupHorizontalMetrics({".notdef": (0, 0), "shape": (0, 0)})
        font.setupHorizontalHeader()
        font.setupPost()
        collection.fonts.append(font.font)
    collection.save(tmp_path / "both.ttc")
    installed(tmp_path / "both.ttc")
    assert pdf.unprintable("漢字語") == ("U+8A9E",)


def test_fontconfig_names_files_that_can_be_read():
    assert all(file.is_file() for file in pdf._installed_fonts())


def test_a_machine_without_the_libraries_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(pdf, "LIBRARIES", (("libnot-there.so.0", "not-there"),))
    assert "apt-get install" in pdf.engine_problem()


def test_no_word_of_the_record_promises_too_much(printed, troubled):
    text = (text_of(printed) + text_of(troubled)).lower()
    assert not re.search(r"complian|certif|guarantee|tamper-proof(?<!not tamper-proof)", text)


def test_a_record_that_says_no_prints_no(tmp_path):
    text = text_of(pdf.render(replace(sample.refused(), label="PAY-3-R9"), quietly))
    assert "NO-GO" in text
    assert "not production-ready" in text
