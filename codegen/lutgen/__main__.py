"""Makes the committed generated files from codegen/spec, or says which of them are stale.

    python3 codegen/lutgen --write
    python3 codegen/lutgen --check

Needs Python 3.11 (tomllib) and nothing else. Building the library needs neither.
Exit codes: 0 fine, 1 a stale file or a mistake in the spec, 2 wrong usage or too old a Python.
"""

import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parents[2]


def write(root, outputs):
    """Writes what differs, so that builds redo nothing for the rest. Returns the paths."""
    changed = []
    for path, text in outputs.items():
        file = root / path
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        changed.append(path)
    return changed


def stale(root, outputs):
    """Paths of committed files that differ from what the spec gives."""
    return [path for path, text in outputs.items()
            if not (root / path).exists() or (root / path).read_text(encoding="utf-8") != text]


def main(arguments):
    parser = argparse.ArgumentParser(prog="lutgen", description="Generates from codegen/spec.")
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", action="store_true", help="write the generated files")
    action.add_argument("--check", action="store_true", help="compare them with the spec")
    options = parser.parse_args(arguments)

    try:
        import check
        import emit
        import spec
    except ModuleNotFoundError as error:
        print(f"lutgen needs Python 3.11 or newer: no module {error.name}", file=sys.stderr)
        return 2

    loaded, mistakes = spec.load(ROOT / "codegen" / "spec")
    mistakes = mistakes or check.mistakes(loaded)
    if mistakes:
        print("\n".join(mistakes), file=sys.stderr)
        return 1
    try:
        outputs = emit.outputs(loaded, ROOT)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if options.write:
        for path in write(ROOT, outputs):
            print(f"wrote {path}")
        return 0
    wrong = stale(ROOT, outputs)
    for path in wrong:
        print(f"{path} is not what codegen/spec gives; run python3 codegen/lutgen --write",
              file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
