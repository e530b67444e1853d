"""An item of a new text goes on with the key of the old item that it is, and no two share one."""

from hypothesis import given
from hypothesis import strategies as st

from apps.checklists.rules import matching
from apps.checklists.rules.matching import Entry, Match, match

BACKUP = Entry("backup", "Take a backup of the database", "Into the vault.", "before")
LAMP = Entry("lamp", "All lamps are lit", "Look from the pier.", "before")


def test_the_same_key_is_the_same_item_whatever_else_changed():
    new = [Entry("lamp", "Something else"), Entry("backup", "All lamps are lit", "Look from the pier.", "before")]
    assert match([BACKUP, LAMP], new) == (Match(1, 0, "key"), Match(0, 1, "key"))


def test_equal_words_come_before_an_equal_title_and_the_same_section_before_another():
    old = [
        Entry("a", "Lamps", "Lit.", "before"),
        Entry("b", "Lamps", "Lit.", "after"),
        Entry("c", "Lamps", "Out.", "after"),
    ]
    new = [
        Entry("", "Lamps", "Lit.", "after"),
        Entry("", "Lamps", "Lit.", "elsewhere"),
        Entry("", "Lamps", "New.", "after"),
    ]
    assert match(old, new) == (Match(1, 0, "words"), Match(0, 1, "words"), Match(2, 2, "title"))


def test_equal_items_are_matched_in_their_order():
    old = [Entry(key, "Lamps") for key in "abc"]
    assert match(old, [Entry("", "Lamps")] * 2) == (Match(0, 0, "words"), Match(1, 1, "words"))


def test_the_most_similar_is_the_same_and_what_is_too_different_is_new():
    new = [
        Entry("", "Completely other words"),
        Entry("", "All lamps and mirrors are lit", "", "before"),
        Entry("", "Take a bakcup of the database", "", "before"),
        Entry("", "Save what is stored", "Into the vault.", "before"),
    ]
    assert match([BACKUP, LAMP], new) == (Match(1, 1, "similar"), Match(0, 2, "similar"))


def test_an_item_with_a_new_title_is_recognised_by_its_text_where_the_title_is_not_all_new():
    text = "Into the vault by the door, then count the tapes and write their number into the book."
    old = [Entry("a", "Backup taken", text)]
    assert match(old, [Entry("", "Backup was made", text)]) == (Match(0, 0, "similar"),)
    assert match(old, [Entry("", "Zzz", "")]) == ()
    assert match([Entry("a", "")], [Entry("", "x")]) == ()


def test_of_two_equally_similar_the_one_of_the_same_section_is_taken():
    old = [Entry("a", "Check the lamp oil", "", "x"), Entry("b", "Check the lamp oil!", "", "y")]
    assert match(old, [Entry("", "Check the lamp oils", "", "x")]) == (Match(0, 0, "similar"),)


WORDS = st.lists(st.sampled_from(["lamp", "oil", "rope", "check", "dry", "vault"]), max_size=4).map(" ".join)
ENTRIES = st.lists(
    st.builds(Entry, st.sampled_from(["", "a", "b", "c"]), WORDS, WORDS, st.sampled_from("xy")), max_size=8
)


@given(ENTRIES, ENTRIES)
def test_each_item_is_matched_at_most_once_and_always_alike(old, new):
    found = match(old, new)
    assert len({one.old for one in found}) == len({one.new for one in found}) == len(found)
    assert match(list(old), list(new)) == found
    assert [one.new for one in found] == sorted(one.new for one in found)


@given(ENTRIES)
def test_an_unchanged_list_is_matched_with_itself(entries):
    keyed = [Entry(f"k{at}", one.title, one.text, one.section) for at, one in enumerate(entries)]
    assert [(one.old, one.new) for one in match(keyed, keyed)] == [(at, at) for at in range(len(keyed))]


def test_ten_thousand_items_are_never_compared_all_with_all(monkeypatch):
    compared = []

    def likeness(one, other):
        compared.append((one, other))
        return 0.0

    monkeypatch.setattr(matching, "_likeness", likeness)
    old = [Entry(f"k{at}", f"Check the lamp on pier {at}", "By hand.") for at in range(1_000)]
    match(old, [Entry("", f"Check that lamp of pier {at}", "By eye.") for at in range(1_000)])
    assert 0 < len(compared) <= 1_000 * matching.COMPARED
