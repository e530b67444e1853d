"""The two-person rule once more: what the chains show of it (`judge`), and what is stored against it (`rows`)."""

from .judge import Judge
from .rows import assertion_faults, content_faults, orphans
