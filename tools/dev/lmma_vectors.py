#!/usr/bin/env python3
"""The conformance vectors of docs/isa.md: programs, and what our machine does with them.

    tools/dev/lmma_vectors.py --command build/release/lutgemm           compares data/lmma/vectors.json
    tools/dev/lmma_vectors.py --command build/release/lutgemm --write   makes it anew

Exit codes: 0 fine, 1 the file is stale. Standard library only.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "model" / "lmma"))
import cases  # noqa: E402  (the folder is known only now)

FILE = ROOT / "data" / "lmma" / "vectors.json"
KIB = 1024
MAGIC = b"LUTISA1\0"


def run(command, arguments, codes=(0,)):
    done = subprocess.run([command, *arguments], capture_output=True, text=True, check=False)
    if done.returncode not in codes:
        raise RuntimeError(f"{arguments}: exit code {done.returncode}: {done.stderr}")
    return done.stdout


def assembled(command, folder, text):
    (folder / "a.s").write_text(text, encoding="utf-8")
    listing = json.loads(run(command, ["asm", str(folder / "a.s"), "--json"]))
    return [int(word["word"], 16) for word in listing["words"]]


def arguments_of(folder, machine):
    """Options of `lutgemm sim` for a machine, and the file that describes it."""
    description = {
        "array": {"m": 2, "n": 64, "k": 4},
        "memory": {"shared": {"kib": machine["scratchpad_bytes"] // KIB},
                   "registers": {"kib": machine["registers"] * 128 // KIB}},
    }
    (folder / "machine.json").write_text(json.dumps(description), encoding="utf-8")
    mode = ["--mode", machine["mode"]]
    if machine["mode"] == "rtl":
        mode += ["--adder", machine["adder"]]
        mode += ["--exponent-quirk"] * machine["exponent_quirk"]
    return ["--machine", str(folder / "machine.json"), "--max-steps", str(machine["max_steps"]),
            "--global-bytes", str(machine["global_bytes"]), *mode]


def changes(before, after):
    """Runs of bytes that differ, as pairs of address and hexadecimal; short gaps are joined."""
    runs = []
    for at in (i for i, (a, b) in enumerate(zip(before, after)) if a != b):
        if runs and at - runs[-1][1] < 8:
            runs[-1][1] = at + 1
        else:
            runs.append([at, at + 1])
    return [[begin, after[begin:end].hex()] for begin, end in runs]


def vector(command, case):
    """A case of cases.py with its words and what became of it."""
    machine = {**cases.MACHINE, **case.get("machine", {})}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        words = case["words"] if "words" in case else assembled(command, folder, case["text"])
        (folder / "p.bin").write_bytes(MAGIC + b"".join(w.to_bytes(8, "little") for w in words))
        (folder / "in.bin").write_bytes(case["global"])
        files = ["--dump", str(folder / "out.bin")]
        if case["global"]:  # files are not empty
            files += ["--global", str(folder / "in.bin")]
        report = json.loads(run(command, ["sim", str(folder / "p.bin"), "--json", *files,
                                          *arguments_of(folder, machine)], (0, 1)))
        after = (folder / "out.bin").read_bytes()
    before = case["global"] + bytes(machine["global_bytes"] - len(case["global"]))
    trap = report["trap"] and {"kind": report["trap"]["kind"], "word": report["trap"]["word"]}
    counters = {key: report[key] for key in cases.COUNTERS}
    return {"name": case["name"], "about": case["about"], "machine": machine,
            "text": case.get("text"), "words": [f"{w:#018x}" for w in words],
            "global": case["global"].rstrip(b"\0").hex(), "trap": trap,
            "changed": changes(before, after), "counters": counters}


def document(vectors):
    """JSON with one vector per line, so that a change shows which."""
    lines = ",\n".join(json.dumps(v) for v in vectors)
    return '{"version": 1, "vectors": [\n' + lines + "\n]}\n"


def main(arguments):
    parser = argparse.ArgumentParser(description="Conformance vectors of docs/isa.md.")
    parser.add_argument("--command", default=str(ROOT / "build/release/lutgemm"))
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(arguments)
    text = document([vector(options.command, case) for case in cases.all_cases()])
    if options.write:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text(text, encoding="utf-8")
        return 0
    if FILE.exists() and FILE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{FILE} is not what the machine gives; run tools/dev/lmma_vectors.py --write",
          file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
