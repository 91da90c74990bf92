"""Writes quantised checkpoints of every convention, and the weights that they hold.

    make_files.py FOLDER [SEED]

makes a folder for each case: the checkpoint, its config.json, and NAME.f32 for every weight, raw
little-endian float32 [n][k] in the model's order of channels. What a case must be refused with is
in cases.json.
"""

import json
import sys

import numpy_or_skip  # noqa: F401  first: without NumPy the modules below cannot be read

import make_gguf
import make_hostile
import make_linear
import make_packed
from cases import Maker


def make_all(folder, seed):
    make = Maker(folder, seed)
    return [case for module in (make_gguf, make_linear, make_packed, make_hostile)
            for case in module.all_cases(make)]


def main():
    folder, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
    listed = {}
    cases = make_all(folder, seed)
    for case in cases:
        case.save()
        listed[case.name] = {"file": case.path.name, "arguments": case.arguments,
                             "weights": list(case.expected), "refused": case.refused,
                             "may_refuse": sorted(case.may_refuse)}
    (cases[0].path.parent.parent / "cases.json").write_text(json.dumps(listed, indent=1))


if __name__ == "__main__":
    main()
