#!/usr/bin/env python3
"""Checks that source files stay short enough to read in one go.

    check_size.py [ROOT]

Over 400 lines is printed as a warning, over 600 is an error. Generated files
(folders named gen) are not counted.
"""

import sys
from pathlib import Path

WARN_LINES = 400
MAX_LINES = 600
FOLDERS = ("include", "src", "tools", "bench", "tests", "examples", "integrations",
           "codegen", "cmake")
SUFFIXES = {".c", ".cc", ".h", ".hpp", ".inc", ".py", ".sh", ".cmake"}


def long_files(root):
    """Yields (lines, path) for every file over WARN_LINES, longest first."""
    found = []
    for folder in FOLDERS:
        for file in (root / folder).rglob("*"):
            path = file.relative_to(root)
            if file.suffix not in SUFFIXES or "gen" in path.parts or not file.is_file():
                continue
            lines = len(file.read_text(encoding="utf-8").splitlines())
            if lines > WARN_LINES:
                found.append((lines, path.as_posix()))
    return sorted(found, reverse=True)


def main(arguments):
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parents[2]
    failed = False
    for lines, path in long_files(root):
        too_long = lines > MAX_LINES
        failed = failed or too_long
        limit = MAX_LINES if too_long else WARN_LINES
        print(f"{'error' if too_long else 'warning'}: {path}: {lines} lines, over {limit}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
