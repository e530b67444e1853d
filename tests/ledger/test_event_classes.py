"""What a class has to be before it can be an event."""

from dataclasses import field

import pytest

from apps.ledger import events


def test_an_event_without_a_sentence_cannot_be_read():
    with pytest.raises(NotImplementedError):
        events.Event().text()


@pytest.mark.parametrize("name", [events.ROWS, events.ACTOR_NAME, events.WORDS])
def test_a_field_where_an_entry_says_something_itself_is_refused(monkeypatch, name):
    monkeypatch.setattr(events, "REGISTRY", {})
    taken = type("Taken", (events.Event,), {"__annotations__": {name: list}})
    with pytest.raises(ValueError, match=f"“{name}” is what an entry itself says"):
        events.event("test.taken")(taken)
    assert events.REGISTRY == {}


def test_a_refused_name_leaves_the_event_that_has_it(monkeypatch):
    first = type("First", (events.Event,), {"__annotations__": {}})
    monkeypatch.setattr(events, "REGISTRY", {})
    events.event("test.first")(first)
    with pytest.raises(ValueError, match=r"two events are called test\.first"):
        events.event("test.first")(type("Second", (events.Event,), {"__annotations__": {}}))
    assert events.REGISTRY["test.first"].__name__ == "First"


def test_a_field_that_older_entries_lack_reads_as_its_default(monkeypatch):
    monkeypatch.setattr(events, "REGISTRY", {})

    @events.event("test.grown")
    class Grown(events.Event):
        """Something that has learned to say more."""

        names: list[str] = field(default_factory=lambda: ["nobody"])
        count: int = 3
        plain: str | None

        def text(self) -> str:
            return f"did it with {', '.join(self.names)}, {self.count} times, {self.plain}"

    assert events.sentence({"type": "test.grown", "data": {}}, {}) == "did it with nobody, 3 times, None"
    assert Grown.kind == "test.grown"
