"""ggml's own tests of operations, test-backend-ops of a stock package, over the back end.

    ops_test.py LIBRARY [--engine debian|upstream] [--all] [--table]

Two questions: does the back end take every case of the operations and types that docs/ggml.md
names, and are its results those of ggml within ggml's own bounds? The first is asked of all
cases, the second of a sample, or with --all of every case, which takes minutes. --table only
prints how many cases of each type are taken. Exits with 77, which ctest shows as skipped, where
the package cannot be had here.
"""

import argparse
import collections
import csv
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
SKIPPED = 77
OPERATIONS = ("MUL_MAT", "MUL_MAT_ID", "GET_ROWS")
# Weights that are views or permuted stay with the host, as the page says.
LEFT_TO_HOST = re.compile(r"k_v=[1-9]|m_v=[1-9]|vs0=1|per=\[(?!0,1,2,3\])")
# Not in the sample: products of eight million tokens, which need gigabytes, and those of many or
# large matrices, whose making takes most of the time.
LEFT_OUT = r"n=8400000|m=6144|n_mats=(28|32|128|512|1024),"


def engine(name):
    """Gets the package; returns the folder of its programs."""
    got = subprocess.run([str(ROOT / "tools/llama_cpp.sh"), name], stdout=subprocess.PIPE, text=True)
    if got.returncode == SKIPPED:
        print(f"skipped: tools/llama_cpp.sh {name} reaches no archive that has llama.cpp")
    if got.returncode != 0:
        sys.exit(got.returncode)
    print(f"engine: {', '.join(got.stdout.split(chr(10))).rstrip(', ')}")
    return ROOT / "build/deps/llama_cpp" / name / "bin"


def start(programs, library, *arguments):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LUTGEMM_GGML")}
    environment["GGML_BACKEND_PATH"] = str(pathlib.Path(library).resolve())
    environment["LUTGEMM_GGML_OWN_MEMORY"] = "1"
    return subprocess.run([str(programs / "test-backend-ops"), *arguments, "-b", "LUTGEMM"],
                          env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace")


def page_types():
    """The types of weights that docs/ggml.md names, in ggml's lower case."""
    page = (ROOT / "docs/ggml.md").read_text(encoding="utf-8")
    row = re.search(r"^\| weights \|(.*)$", page, re.M)
    types = re.findall(r"\b(?:I?Q|TQ|MXFP|NVFP)\d\w*", row.group(1))
    return {re.sub(r"_(k)$", "_K", name.lower()) for name in types}


def cases(programs, library):
    """[(operation, type, parameters, taken)] of all cases that ggml has for the operations."""
    output = start(programs, library, "support", "--output", "csv", "-o", ",".join(OPERATIONS)).stdout
    begin = output.find('"backend_name"')
    if begin < 0:
        sys.exit(f"test-backend-ops printed no table:\n{output[-2000:]}")
    rows = csv.DictReader(line for line in output[begin:].splitlines() if line.startswith('"'))
    found = []
    for row in rows:
        if row["backend_name"] != "LUTGEMM":
            continue
        kind = re.search(r"type(?:_a)?=(\w+)", row["op_params"]).group(1)
        found.append((row["op_name"], kind, row["op_params"], row["supported"] == "1"))
    if not found:
        sys.exit(f"the back end was not loaded:\n{output[-2000:]}")
    return found


def print_table(found):
    counts = collections.defaultdict(collections.Counter)
    for operation, kind, _, taken in found:
        counts[kind][operation, taken] += 1
    used = [name for name in OPERATIONS if any(c[name, True] for c in counts.values())]
    print("taken / refused".ljust(16) + "".join(name.rjust(14) for name in used))
    for kind in sorted(counts, key=lambda k: (not any(counts[k][o, True] for o in used), k)):
        cells = (f"{counts[kind][o, True]} / {counts[kind][o, False]}" for o in used)
        print(kind.ljust(16) + "".join(cell.rjust(14) for cell in cells))


def refused(found):
    """Cases that the page promises and the back end refuses; and types that have no case."""
    types = page_types()
    promised = {op for op, _, _, taken in found if taken} | {"MUL_MAT", "MUL_MAT_ID"}
    wrong = [f"{op}({params})" for op, kind, params, taken in found
             if op in promised and kind in types and not taken and not LEFT_TO_HOST.search(params)]
    seen = {(op, kind) for op, kind, _, taken in found if taken}
    wrong += [f"{op} of {kind}: no case" for op in sorted(promised) for kind in sorted(types)
              if (op, kind) not in seen]
    return wrong


def run(programs, library, everything):
    """Runs the tests; returns whether all passed."""
    begin = time.monotonic()
    arguments = ["test", "-o", ",".join(OPERATIONS)]
    if not everything:
        arguments += ["-p", f"^(?!.*({LEFT_OUT}))"]
    result = start(programs, library, *arguments)
    passed = re.search(r"(\d+)/(\d+) tests passed", result.stdout)
    if result.returncode != 0 or passed is None or passed.group(1) != passed.group(2):
        lines = [line for line in result.stdout.splitlines()
                 if not line.endswith("OK\033[0m") and "not supported" not in line]
        print("\n".join(lines[-40:]))
        return False
    print(f"{passed.group(1)} tests passed in {time.monotonic() - begin:.0f} s")
    return int(passed.group(1)) > 100


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("library", help="liblutgemm-ggml.so")
    parser.add_argument("--engine", choices=("debian", "upstream"), default="debian")
    parser.add_argument("--all", action="store_true", help="every case, not a sample")
    parser.add_argument("--table", action="store_true", help="only what is taken")
    options = parser.parse_args()
    programs = engine(options.engine)
    found = cases(programs, options.library)
    print_table(found)
    wrong = refused(found)
    for line in wrong[:20]:
        print(f"refused, though docs/ggml.md names it: {line}")
    ran = options.table or run(programs, options.library, options.all)
    sys.exit(1 if wrong or not ran else 0)


if __name__ == "__main__":
    main()
