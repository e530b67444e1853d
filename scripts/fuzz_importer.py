"""Reads texts that nobody wrote, in every format: none may crash, take over a second, or change on its way back.

python -m scripts.fuzz_importer            # 1,000,000 texts, about an hour on two cores
python -m scripts.fuzz_importer 5000 7     # so many, from this seed; the same seed gives the same texts
python -m scripts.fuzz_importer 1000000 1 1/2    # the first half of them, thousand by thousand; 2/2 is the other
"""

import sys

from tests.imports.formats import fuzz

if __name__ == "__main__":
    sys.exit(fuzz.main(sys.argv[1:]))
