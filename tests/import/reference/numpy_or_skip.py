"""Ends the program where there is no NumPy: with 77, which ctest shows as skipped, or with 1 where
LUTGEMM_REQUIRE_EMULATORS=1 says that nothing may be left out.

Where another interpreter is first in PATH, NumPy may be the system's alone: then the program starts
again with that one.
"""

import importlib.util
import os
import sys

SYSTEM = "/usr/bin/python3"
AGAIN = "LUTGEMM_SYSTEM_PYTHON"

if importlib.util.find_spec("numpy") is None:
    if os.path.exists(SYSTEM) and AGAIN not in os.environ:
        os.environ[AGAIN] = "1"
        os.execv(SYSTEM, [SYSTEM] + sys.argv)
    print("NumPy is not installed; tools/setup.sh --tests installs it", file=sys.stderr)
    sys.exit(1 if os.environ.get("LUTGEMM_REQUIRE_EMULATORS", "0") != "0" else 77)
