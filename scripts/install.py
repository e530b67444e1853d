"""Put the packages that a requirements file names into .venv; done in a moment when nothing changed.

    python3 scripts/install.py requirements.txt

Only the standard library: it runs before anything is installed.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from doctor import uv_works

VENV = Path(".venv")
PYTHON = VENV / "bin" / "python"


def main(requirements):
    """Install unless the note in .venv says that exactly this was installed."""
    digest = hashlib.sha256(Path(requirements).read_bytes()).hexdigest()
    note = VENV / (Path(requirements).stem + ".installed")
    if PYTHON.exists() and note.exists() and note.read_text() == digest:
        return 0
    print(f"Installing {requirements} into .venv, once; this takes about a minute.", flush=True)
    code = with_uv(requirements) if uv_works() else with_pip(requirements)
    if code == 0:
        note.write_text(digest)
    else:
        print("The installation did not finish. What is printed above says why; the same command tries again.")
    return code


def with_uv(requirements):
    """Install with uv; returns its exit code."""
    environment = dict(os.environ, UV_PYTHON_DOWNLOADS="never", VIRTUAL_ENV=str(VENV.absolute()))
    if not PYTHON.exists():
        made = subprocess.call(["uv", "venv", "--quiet", "--clear", "--python", sys.executable, VENV], env=environment)
        if made != 0:
            return made
    options = ["--quiet", "--compile-bytecode", "--require-hashes", "--python", str(PYTHON)]
    return subprocess.call(["uv", "pip", "install", *options, "-r", requirements], env=environment)


def with_pip(requirements):
    """Install with pip; returns its exit code."""
    if not PYTHON.exists():
        made = subprocess.call([sys.executable, "-m", "venv", "--clear", VENV])
        if made != 0:
            return made
    if subprocess.call([PYTHON, "-m", "pip", "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        subprocess.call([PYTHON, "-m", "ensurepip"], stdout=subprocess.DEVNULL)
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes"]
    return subprocess.call([PYTHON, "-m", "pip", "install", *options, "-r", requirements])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
