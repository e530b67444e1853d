"""What httpcore asks at every lock of every request."""

import sys
from importlib.util import find_spec


def search_sniffio_once() -> None:
    """Have `import sniffio` fail at once where it is not installed.

    httpcore tries that at each of its locks, and Python looks through all of its folders every time: a sixth of what
    a probe takes of a processor.
    """
    if "sniffio" not in sys.modules and find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment]
