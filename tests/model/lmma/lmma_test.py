"""docs/isa.md, its conformance vectors and the machine agree: an interpreter that was written from
the page alone runs the vectors, and random programs beside `lutgemm sim`.

    lmma_test.py COMMAND [--programs N]    COMMAND is the lutgemm command; 60 random programs
"""

import argparse
import json
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT / "tools" / "dev")]
import lmma_vectors  # noqa: E402
import random_programs  # noqa: E402
from interpreter import Machine  # noqa: E402

OPTIONS = argparse.Namespace(command="", programs=60)
BYTES = ("global_read", "global_written", "scratchpad_read", "scratchpad_written",
         "register_read", "register_written")


def interpreted(vector):
    """What the interpreter makes of a vector: trap, changes of global memory, counters."""
    before = bytes.fromhex(vector["global"])
    machine = Machine(vector["machine"], before)
    trap = machine.run([int(word, 16) for word in vector["words"]])
    before += bytes(vector["machine"]["global_bytes"] - len(before))
    counters = {key: machine.counters[key]
                for key in ("steps", "lookups", "array_cycles", "table_adds")}
    counters["instructions"] = machine.executed
    counters["bytes"] = {key: machine.counters[key] for key in BYTES}
    return {"trap": trap and {"kind": trap[0], "word": trap[1]},
            "changed": lmma_vectors.changes(before, bytes(machine.memory)), "counters": counters}


class LmmaTest(unittest.TestCase):
    maxDiff = 2000

    def check(self, vector):
        with self.subTest(vector["name"]):
            found = interpreted(vector)
            for key in ("trap", "changed", "counters"):
                self.assertEqual(found[key], vector[key], vector["text"])

    def test_the_interpreter_agrees_with_the_vectors(self):
        document = json.loads(lmma_vectors.FILE.read_text(encoding="utf-8"))
        self.assertEqual(document["version"], 1)
        self.assertGreater(len(document["vectors"]), 150)
        for vector in document["vectors"]:
            self.check(vector)

    def test_the_vectors_are_what_the_machine_gives(self):
        self.assertEqual(lmma_vectors.main(["--command", OPTIONS.command]), 0)

    def test_every_trap_and_instruction_is_in_a_vector(self):
        vectors = json.loads(lmma_vectors.FILE.read_text(encoding="utf-8"))["vectors"]
        kinds = {vector["trap"]["kind"] for vector in vectors if vector["trap"]}
        self.assertEqual(kinds, {"end", "steps", "illegal", "register", "overlap", "type",
                                 "scratchpad", "global", "pending"})
        executed = {name for vector in vectors for name in vector["counters"]["instructions"]}
        self.assertEqual(executed, set(random_programs.ISA.fields))

    def test_random_programs(self):
        ended = 0
        for seed in range(OPTIONS.programs):
            vector = lmma_vectors.vector(OPTIONS.command, random_programs.program(seed))
            ended += vector["trap"] is None
            self.check(vector)
        self.assertGreater(ended, OPTIONS.programs // 8)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("--programs", type=int, default=60)
    OPTIONS = parser.parse_args()
    unittest.main(argv=sys.argv[:1])
