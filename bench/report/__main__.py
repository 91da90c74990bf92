"""Turns measurements into docs/performance.md and plots.

    python3 bench/report FILE.json...                    writes docs/performance.md, docs/img/*.svg
    python3 bench/report --page P --images DIR FILE...   writes there
    python3 bench/report --merge OUT.json FILE...        only merges files into one

FILE is what `lutgemm bench --json`, compare_ggml --json or a Google Benchmark program with
--benchmark_out wrote, or several of them merged. Plots need matplotlib (Debian: python3-matplotlib);
without it the page has its tables only.
"""

import argparse
import json
import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True
import plots  # noqa: E402
import tables  # noqa: E402
from load import InputError, load, merge  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]


def parse(arguments):
    parser = argparse.ArgumentParser(prog="bench/report", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "performance.md")
    parser.add_argument("--images", type=Path, default=ROOT / "docs" / "img")
    parser.add_argument("--merge", metavar="OUT", type=Path)
    return parser.parse_args(arguments)


def write(path, text):
    """All of the file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def draw(measurements, options):
    """Plots, as the page names them; none, with a line on stderr, without matplotlib."""
    try:
        images = plots.draw_all(measurements, options.images)
    except plots.NoMatplotlib:
        print(f"bench/report: no plots: {sys.executable} has no matplotlib; install it (Debian: "
              "apt-get install python3-matplotlib, then run this with /usr/bin/python3)",
              file=sys.stderr)
        return []
    return [(os.path.relpath(path, options.page.parent), title) for path, title in images]


def main(arguments):
    options = parse(arguments)
    try:
        if options.merge:
            write(options.merge, json.dumps(merge(options.files), indent=1) + "\n")
            return 0
        measurements = load(options.files)
    except InputError as error:
        print(f"bench/report: {error}", file=sys.stderr)
        return 3
    images = draw(measurements, options)
    write(options.page, tables.page(measurements, images))
    print(f"{options.page}: {len(measurements.records)} measurements, {len(images)} plots")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
