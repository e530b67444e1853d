"""Tables of notices: what somebody hears, and how far each chain was read for it."""

from .notices import Notice, NoticeQuerySet, Reading
