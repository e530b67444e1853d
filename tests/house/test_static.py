"""What the browser is given is written to be read: short lines, short files, one declaration a line, each rule once."""

import re

import pytest
from django.contrib.staticfiles.storage import StaticFilesStorage

from project.stylesheet import IMPORT, STYLESHEET, StylesheetStorage
from tests.house.source import ROOT, name

STATIC = ROOT / "static"
SHEETS = sorted(STATIC.rglob("*.css"))
LONGEST_LINE, LONGEST_FILE = 120, 300
COMMENT = re.compile(r"/\*.*?\*/", re.S)
LAYERS = dict(IMPORT.findall((STATIC / STYLESHEET).read_text()))


def blocks(text):
    """Every block that declares something, as the headers it stands in, outermost first."""
    open_headers, header, found = [], "", []
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


@pytest.mark.parametrize("path", SHEETS, ids=name)
def test_no_line_and_no_file_is_too_long(path):
    lines = path.read_text().splitlines()
    assert len(lines) <= LONGEST_FILE
    assert [line for line in lines if len(line) > LONGEST_LINE] == []


@pytest.mark.parametrize("path", SHEETS, ids=name)
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


@pytest.mark.parametrize("layer", sorted(set(LAYERS.values())))
def test_a_selector_has_one_rule_in_its_layer(layer):
    css = (STATIC / STYLESHEET).parent
    rules = [block for part, its in LAYERS.items() if its == layer for block in blocks((css / part).read_text())]
    assert sorted({rule for rule in rules if rules.count(rule) > 1}) == []


def test_a_page_asks_for_one_stylesheet(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path
    source = StaticFilesStorage(location=STATIC)
    storage = StylesheetStorage(location=tmp_path, base_url="/static/")
    paths = {}
    for sheet in SHEETS:
        part = sheet.relative_to(STATIC).as_posix()
        storage.save(part, source.open(part))
        paths[part] = (source, part)
    assert not [result for *_, result in storage.post_process(paths) if isinstance(result, Exception)]
    served = COMMENT.sub("", (tmp_path / storage.stored_name(STYLESHEET)).read_text())
    assert "@import" not in served
    for part, layer in LAYERS.items():
        assert f"@layer {layer} {{\n{COMMENT.sub('', (STATIC / 'css' / part).read_text())}}}" in served
