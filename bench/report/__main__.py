"""Makes the page of performance, its plots and README's table from bench/results/*.json.

    python3 bench/report                                writes docs/gen/performance.md, docs/img/*.svg
                                                        and the table in README.md
    python3 bench/report --check                        says which of them are not what the results make
    python3 bench/report --results DIR --root DIR       of other results, below another folder
    python3 bench/report --collect OUT.json FILE...     makes one file of results of the documents of a run:
                                                        what `lutgemm bench --json`, compare_ggml --json and
                                                        the Google Benchmark programs print

--core NAME and --commit NAME say what the file of results calls its core and its commit.
"""

import argparse
import os
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
import collect  # noqa: E402: no byte code is written
import page  # noqa: E402
import peers  # noqa: E402
import plots  # noqa: E402
from results import InputError, load_cores, text_of  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PAGE = Path("docs/gen/performance.md")
IMAGES = Path("docs/img")
README = Path("README.md")
# README's table stands between these lines.
SPEED = re.compile(r"(<!-- speed: made by bench/report -->\n).*?(<!-- end of speed -->)", re.S)


def parse(arguments):
    parser = argparse.ArgumentParser(prog="bench/report", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", type=Path)
    parser.add_argument("--results", type=Path, default=ROOT / "bench" / "results")
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--collect", metavar="OUT", type=Path)
    parser.add_argument("--core", default="")
    parser.add_argument("--commit", default="")
    options = parser.parse_args(arguments)
    if bool(options.files) != bool(options.collect):
        parser.error("documents of a run and --collect belong together")
    return options


def write(path, text):
    """All of the file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def outputs(cores, root):
    """Every file that the results make, with its text."""
    drawn = plots.draw_all(cores)
    images = [(os.path.relpath(IMAGES / name, PAGE.parent), title) for name, title, _ in drawn]
    found = {PAGE: page.page(cores, images), **{IMAGES / name: text for name, _, text in drawn}}
    if (root / README).exists():
        readme = (root / README).read_text(encoding="utf-8")
        found[README] = SPEED.sub(lambda m: m[1] + peers.readme_table(cores) + "\n" + m[2], readme)
    return found


def stale(root, made):
    return [path for path, text in made.items()
            if not (root / path).exists() or (root / path).read_text(encoding="utf-8") != text]


def main(arguments):
    options = parse(arguments)
    try:
        if options.collect:
            write(options.collect, text_of(collect.collect(options.files, options.core, options.commit)))
            return 0
        made = outputs(load_cores(options.results), options.root)
    except InputError as error:
        print(f"bench/report: {error}", file=sys.stderr)
        return 3
    changed = stale(options.root, made)
    for path in changed:
        if options.check:
            print(f"{path} is not what bench/results makes: run python3 bench/report", file=sys.stderr)
        else:
            write(options.root / path, made[path])
            print(path)
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
