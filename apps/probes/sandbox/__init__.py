"""Where commands run: in bubblewrap, as a user who is not root, with limits, or not at all."""

from .running import DEADLINE, FILE_MB, OPEN_FILES, OUTPUT_BYTES, PATH, Ended, Unavailable, run
from .trial import hindrance
