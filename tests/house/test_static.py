"""What the browser is given is written to be read: short lines, short files, one declaration a line, each rule once."""

import re
import shutil

from django.contrib.staticfiles.storage import StaticFilesStorage

from project.stylesheet import IMPORT, SCRIPT, SCRIPT_IMPORT, STYLESHEET, StylesheetStorage
from tests.house.source import ROOT, for_each, name

STATIC = ROOT / "static"
SHEETS = sorted(STATIC.rglob("*.css"))
SCRIPTS = sorted(STATIC.rglob("*.js"))
LONGEST_LINE, LONGEST_FILE = 120, 330
COMMENT = re.compile(r"/\*.*?\*/", re.S)
LAYERS = dict(IMPORT.findall((STATIC / STYLESHEET).read_text()))


def blocks(text):
    """Every block that declares something, as the headers it stands in, outermost first."""
    open_headers: list[str] = []
    found: list[tuple[str, ...]] = []
    header = ""
    for line in COMMENT.sub("", text).splitlines():
        header = f"{header} {line.strip()}".strip()
        if line.endswith("{"):
            open_headers.append(header)
        elif line.endswith("}"):
            open_headers.pop()
        elif line.endswith(";") and open_headers and tuple(open_headers) not in found[-1:]:
            found.append(tuple(open_headers))
        elif not line.endswith(";"):
            continue
        header = ""
    return found


@for_each(SHEETS + SCRIPTS, name)
def test_no_line_and_no_file_is_too_long(path):
    lines = path.read_text().splitlines()
    assert len(lines) <= LONGEST_FILE
    assert [line for line in lines if len(line) > LONGEST_LINE] == []


@for_each(SHEETS, name)
def test_a_stylesheet_has_one_declaration_a_line(path):
    depth = 0
    for line in COMMENT.sub("", path.read_text()).splitlines():
        bare = re.sub(r"\"[^\"]*\"|\([^()]*\)", "", line)
        assert len(re.findall(r"[;{}]", bare)) <= 1, line
        depth -= bare.count("}")
        assert not line.strip() or line.startswith("  " * depth), line
        depth += bare.count("{")
    assert depth == 0


def test_every_stylesheet_is_part_of_the_one_that_pages_ask_for():
    css = (STATIC / STYLESHEET).parent
    assert {css / part for part in LAYERS} == set(SHEETS) - {STATIC / STYLESHEET}


@for_each(sorted(set(LAYERS.values())))
def test_a_selector_has_one_rule_in_its_layer(layer):
    css = (STATIC / STYLESHEET).parent
    rules = [block for part, its in LAYERS.items() if its == layer for block in blocks((css / part).read_text())]
    assert sorted({rule for rule in rules if rules.count(rule) > 1}) == []


@for_each(sorted(set(LAYERS.values())))
def test_a_class_is_styled_by_one_file_of_its_layer(layer):
    """Two parts of the product that call theirs alike would each wear what the other one has on."""
    css = (STATIC / STYLESHEET).parent
    homes = [
        (header, part)
        for part, its in LAYERS.items() if its == layer
        for header in set(re.findall(r"^(\.[\w-]+) \{", COMMENT.sub("", (css / part).read_text()), re.M))
    ]  # fmt: skip
    headers = [header for header, _ in homes]
    assert [home for home in homes if headers.count(home[0]) > 1] == []


def collect(source, target, wanted=STYLESHEET):
    """What collectstatic does with the stylesheets and scripts of `source`; the one that is `wanted`, as served."""
    storage = StylesheetStorage(location=target, base_url="/static/")
    paths = {}
    for sheet in SHEETS + SCRIPTS:
        part = sheet.relative_to(STATIC).as_posix()
        if not storage.exists(part):  # a file that is there and no older is left alone
            storage.save(part, source.open(part))
        paths[part] = (source, part)
    assert not [result for *_, result in storage.post_process(paths) if isinstance(result, Exception)]
    return (target / storage.stored_name(wanted)).read_text()


def test_a_page_asks_for_one_stylesheet(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path
    served = collect(StaticFilesStorage(location=STATIC), tmp_path)
    assert "@import" not in served
    for part, layer in LAYERS.items():
        assert f"@layer {layer} {{\n{(STATIC / 'css' / part).read_text()}}}" in served


def test_what_every_page_has_is_one_script(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path
    served = collect(StaticFilesStorage(location=STATIC), tmp_path, SCRIPT)
    parts = SCRIPT_IMPORT.findall((STATIC / SCRIPT).read_text())
    assert parts == ["form.js", "times.js"]
    assert "import " not in COMMENT.sub("", served)
    for part in parts:
        assert (STATIC / "js" / part).read_text() in served


def test_a_part_that_changed_changes_the_stylesheet_that_was_collected_before(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path / "served"
    shutil.copytree(STATIC, tmp_path / "source")
    source = StaticFilesStorage(location=tmp_path / "source")
    collect(source, tmp_path / "served")
    with (tmp_path / "source" / "css" / "tokens.css").open("a") as file:
        file.write(".new {\n  color: red;\n}\n")
    assert ".new {" in collect(source, tmp_path / "served")
