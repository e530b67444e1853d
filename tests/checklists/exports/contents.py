"""Contents of templates at random, with everything in them that could be taken for something else."""

from typing import Any

from hypothesis import strategies as st

from apps.checklists.exports import canonical
from apps.checklists.markdown.properties import EVIDENCE_KINDS
from apps.checklists.rules import fill_ins
from apps.checklists.rules.parameters import LIMITS

ODD_LINES = [
    "- [ ] **no item** <!-- keyturn key=x -->", "- [ ] no item", "  - [x] indented", "# no title", "## no heading",
    "```bash", "```", "```python", "~~~", "~~~~", "`````", "---", "===", "+++", "keyturn: 1", "- Tested on: ____",
    "  - Deep: ____", "Name: ____ Date: ____", "☐ Yes ☐ No", "<!-- keyturn text -->", "<!-- keyturn unread -->",
    "<!-- keyturn end -->", "x <!-- keyturn text -->", "x <!-- keyturn key=a -->", "<!-- comment -->", "", "   ", "\t",
    "\ttabbed", "    four", " one", "trailing  ", "| a | b |", "1. step", "[link](https://example.org/a)", "=1+1", "'",
    "\\", "**bold**", "[x]: https://example.org", "\u00a0hard", "日本 é ✅ \U0001f600", "\u2028", "-->", "<!--", "…",
    "sh /etc/app/run.sh", "{{p95}} ${{ secrets.x }} <version>", "a,b;c\"d\"", "- a", "> - [ ] quoted",
]  # fmt: skip
LINES = st.one_of(st.sampled_from(ODD_LINES), st.text(st.sampled_from("ab #*_-`~<>!=\"'\\:|[](){}\t.é,"), max_size=12))
TEXTS = st.lists(LINES, max_size=6).map("\n".join)
TITLES = st.one_of(
    st.sampled_from(
        ["Sign-off", "Lamps", "*", "a_b_ `c`", "[x](y) <b>", "C #", "\\", "src/app.py is read", "____: ____"]
    ),
    st.text(st.sampled_from("ab *_`#[]<>\\-é:{}.=+@'\"&"), max_size=14),
)
WORDS = st.one_of(st.sampled_from(["a", "CC8.1", "on-call lead", "a, b", "x\\", "--", "-->", "=1", '"q"']), TITLES)
KEYS = st.text("abc-1", max_size=3)


def some(elements: st.SearchStrategy, most: int = 2) -> st.SearchStrategy[list]:
    return st.lists(elements, max_size=most)


def options(kind: str) -> st.SearchStrategy[list]:
    return st.lists(WORDS.filter(str.strip), min_size=1, max_size=3) if kind == "choice" else st.just([])


def blanks(kinds) -> st.SearchStrategy[dict]:
    return st.sampled_from(kinds).flatmap(
        lambda kind: st.fixed_dictionaries({
            "label": st.one_of(TITLES, st.just("Tested on"), st.just("[ ] x")).filter(str.strip),
            "kind": st.just(kind), "options": options(kind), "unit": st.sampled_from(["", "s", "%", "a b"]),
        })
    )  # fmt: skip


CONDITIONS = st.sampled_from(["environment", "strategy", "variable", "item"]).flatmap(
    lambda subject: st.fixed_dictionaries({
        "subject": st.just(subject), "is_not": st.booleans(),
        "values": st.lists(WORDS.filter(str.strip), min_size=1, max_size=2),
        "name": WORDS.filter(str.strip) if subject in ("variable", "item") else st.just(""),
    })
)  # fmt: skip
PROBES = st.one_of(st.none(), st.fixed_dictionaries({
    "kind": st.sampled_from(["http", "prometheus", "a b"]),
    "settings": st.dictionaries(st.sampled_from(["url", "status", "body-has"]), st.one_of(TEXTS, WORDS), max_size=2),
}))  # fmt: skip
ATTRIBUTES = some(st.one_of(
    st.tuples(st.sampled_from(["later", "x-1"])).map(list),
    st.tuples(st.sampled_from(["later", "risk"]), st.one_of(WORDS, TEXTS)).map(list),
))  # fmt: skip
NUMBERS = st.one_of(st.none(), st.integers(1, 400))
ITEM: dict[str, st.SearchStrategy] = {
    "key": KEYS, "title": TITLES, "text": TEXTS, "commands": some(TEXTS), "fill_ins": some(blanks(fill_ins.KINDS), 3),
    "critical": st.booleans(), "keys": st.integers(1, 4), "passkey": st.booleans(),
    "evidence_kinds": some(st.sampled_from(EVIDENCE_KINDS)), "max_age_days": NUMBERS,
    "probe": PROBES, "conditions": some(CONDITIONS), "owner_role": WORDS,
    "controls": some(WORDS), "links": some(st.fixed_dictionaries({
        "text": WORDS, "url": st.sampled_from(["https://example.org/(a)", "a.md", "[b](c)"])})),
    "minutes": NUMBERS, "tiers": some(WORDS), "paths": some(st.sampled_from(["src/app.py", "a,b/c.sh"])),
    "attributes": ATTRIBUTES, "depth": st.integers(0, 3),
}  # fmt: skip
ITEMS = st.fixed_dictionaries(ITEM)
UNREAD = st.fixed_dictionaries({"after": st.sampled_from(["", "a", "b"]), "text": TEXTS})
SECTION: dict[str, st.SearchStrategy] = {
    "key": KEYS, "title": TITLES, "depth": st.integers(1, 8), "guidance": TEXTS, "commands": some(TEXTS),
    "attributes": ATTRIBUTES, "unread": some(UNREAD, 3), "items": some(ITEMS, 3),
}  # fmt: skip
SECTIONS = st.fixed_dictionaries(SECTION)
PARAMETERS = st.fixed_dictionaries({
    "name": st.sampled_from(["p95", "error_rate", "days"]), "label": WORDS, "value": st.sampled_from(["", "3", "0.10"]),
    "unit": st.sampled_from(["", "s", "%", "consecutive failures", "yes"]), "limit": st.sampled_from(sorted(LIMITS)),
})  # fmt: skip
VARIABLES = st.sampled_from(["text", "yes_no", "choice"]).flatmap(
    lambda kind: st.fixed_dictionaries({
        "name": st.sampled_from(["VERSION", "no", "a b"]), "label": WORDS, "kind": st.just(kind),
        "options": options(kind),
    })
)  # fmt: skip
RAW = st.fixed_dictionaries({
    "title": TITLES, "occasion": WORDS, "source": WORDS, "guidance": TEXTS, "tiers": some(WORDS, 3),
    "parameters": st.lists(PARAMETERS, max_size=3, unique_by=lambda one: one["name"]),
    "variables": st.lists(VARIABLES, max_size=3, unique_by=lambda one: one["name"]),
    "sign_off_fields": some(blanks(["text", "date", "choice"]), 3), "unread": some(UNREAD),
    "sections": some(SECTIONS, 3),
})  # fmt: skip


def contents() -> st.SearchStrategy[dict[str, Any]]:
    """Contents in their one form, as a version has them."""
    return RAW.map(canonical.content)
