"""Look whether this machine has what Keyturn needs; as root on Debian or Ubuntu, install what is missing.

    python3 scripts/doctor.py run    what `make run` needs
    python3 scripts/doctor.py test   what `make test` needs on top

Only the standard library, and nothing newer than Python 3.8: it runs before anything is installed.
"""

import ctypes
import glob
import importlib.util
import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
# What WeasyPrint loads; the last one keeps records byte for byte the same.
LIBRARIES = {
    "libgobject-2.0.so.0": "libpango-1.0-0",
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libharfbuzz.so.0": "libpango-1.0-0",
    "libfontconfig.so.1": "libpangoft2-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
PROGRAMS = {
    "initdb": "postgresql",
    "redis-server": "redis-server",
    "chromium": "chromium",
    "pdftotext": "poppler-utils",
    "qpdf": "qpdf",
    # Keyturn runs without it and then refuses to run commands; what they would try, the tests try in Debian's Python.
    "bwrap": "bubblewrap",
    "/usr/bin/python3": "python3",
}
OUTSIDE_PATH = {"initdb": "/usr/lib/postgresql/*/bin/initdb"}
INSTALL = "apt-get install -y --no-install-recommends "


def main(purpose):
    """Exit code 0 when `purpose` can go on, 1 with one line to run when it cannot."""
    if sys.version_info < OLDEST:
        have = "{}.{}".format(*sys.version_info[:2])
        print(f"Keyturn needs Python 3.11 or newer, and {sys.executable} is {have}.")
        print(f"Name a newer one: make {purpose} PYTHON=/path/to/python3.12")
        return 1
    needed = without_venv() + without_libraries() + (without_programs() if purpose == "test" else [])
    if needed and may_install():
        install(needed)
        needed = without_venv() + without_libraries() + (without_programs() if purpose == "test" else [])
    if not needed:
        return 0
    return advise(needed, purpose)


def without_venv():
    """Packages that are missing for making a virtual environment."""
    if uv_works() or os.path.exists(".venv/bin/python") or importlib.util.find_spec("ensurepip"):
        return []
    return ["python3-venv"]


def without_libraries():
    """Packages that are missing for printing PDF records."""
    if sys.platform != "linux":
        return []
    return sorted({package for name, package in LIBRARIES.items() if not loads(name)})


def without_programs():
    """Packages that are missing for the tests."""
    return sorted({package for name, package in PROGRAMS.items() if not found(name)})


def loads(library):
    """Whether the system library can be loaded."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def found(program):
    """Whether the program is on PATH, or where Debian keeps it."""
    return bool(shutil.which(program) or glob.glob(OUTSIDE_PATH.get(program, "")))


def uv_works():
    """Whether there is a uv that runs; some version managers leave dead stand-ins on PATH."""
    try:
        return subprocess.call(["uv", "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def may_install():
    """Whether this is root on a system with apt."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages):
    """Install system packages; what could not be installed is reported by the next look."""
    print("Installing system packages: " + " ".join(packages), flush=True)
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for command in ("apt-get update -qq", INSTALL + "-qq " + " ".join(packages)):
        subprocess.call(command.split(), env=quiet, stdout=subprocess.DEVNULL)


def advise(packages, purpose):
    """Say the one line to run. Only records need the libraries, so without them `run` goes on."""
    only_records = purpose == "run" and set(packages) <= set(LIBRARIES.values())
    print("Records cannot be printed yet, everything else works." if only_records else "Something is missing.")
    if shutil.which("apt-get"):
        print("Run this once: sudo " + INSTALL + " ".join(packages))
    else:
        print("On Debian and Ubuntu these packages have it: " + " ".join(packages))
    return 0 if only_records else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
