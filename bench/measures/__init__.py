"""Every figure, by subject."""

from dataclasses import dataclass
from functools import cached_property

from bench.browser import Chromium
from bench.served import Served
from bench.site import Ask, Site, Visitor
from bench.stage import Stage


@dataclass(eq=False)
class Bench:
    """What a measure works with."""

    site: Site
    stage: Stage

    @property
    def served(self) -> Served:
        """The running servers, for figures that exist over HTTP only."""
        assert isinstance(self.site, Served)
        return self.site

    @cached_property
    def chromium(self) -> Chromium:
        """A browser, started at the first use."""
        return Chromium()

    @cached_property
    def lead(self) -> Visitor:
        """The lead of the team, signed in."""
        return Visitor(self.stage.lead)

    @cached_property
    def reviewer(self) -> Visitor:
        """A reviewer, signed in."""
        return Visitor(self.stage.reviewer)

    @cached_property
    def admin(self) -> Visitor:
        """The lead of the teams with many deployments, signed in."""
        return Visitor(self.stage.admin)

    def ratio(self, ours: Ask, theirs: Ask, by: Visitor | None = None, times: int = 5) -> float:
        """CPU of one of our answers ÷ CPU of one of theirs, in turn."""
        visitor = by or self.lead
        return self.site.cpu(visitor, ours, times) / self.site.bare(visitor, theirs, times)
