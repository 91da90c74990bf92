"""Cases of steering, memories and traps, for cases.py."""

import struct


def case(name, about, text, image=b"", **machine):
    return {"name": name, "about": about, "text": text + "\n", "global": image,
            "machine": machine}


# Scalars are seen by how often a loop goes round: each stores a byte of r0 at a new place.
COUNT = "li s9, 1\nloop: st r0, [s8], 1\naddi s8, s8, 1\naddi s1, s1, {step}\nbne s1, s2, loop\n"
LOADED = "cpin [s0], [s0], 256\nfence\nld r0, [s0], 128\n"
SHOW = "li s30, 2048\ncpout [s30], [s0], 2048\nhalt"
BYTES = bytes(range(1, 251)) + b"\xff" * 6


def steering():
    yield case("scalars", "li and addi with sign; s0 stays 0; a loop counts up from -3 to 5",
               LOADED + "li s0, 9\nli s1, -3\naddi s2, s0, 5\n" + COUNT.format(step=1) + SHOW,
               BYTES)
    yield case("scalars beyond 32 bits", "addi goes on where the largest immediate ends",
               LOADED + "li s1, 2147483647\naddi s1, s1, 2147483647\naddi s2, s1, 6\n" +
               COUNT.format(step=2) + SHOW, BYTES)
    yield case("branch not taken", "a branch out of the program that is not taken is no trap",
               "bne s1, s1, -5\nbne s1, s1, 100\nhalt")
    for distance, name in ((-6, "before"), (-2147483648, "far before"), (2, "behind"),
                           (2147483647, "far behind")):
        yield case(f"branch {name} the program", "the branch traps where it stands",
                   f"li s1, 1\nbne s1, s0, {distance}\nhalt")
    yield case("no halt", "past the last word: its index is the number of words",
               "li s1, 1\naddi s1, s1, 1")
    yield case("label at the end", "a branch to the end of the program leaves it",
               "li s1, 1\nbne s1, s0, out\nhalt\nout:")
    yield case("steps", "three instructions are allowed; the fourth traps",
               "x: li s1, 1\nbne s1, s0, x\nhalt", max_steps=3)
    yield case("steps suffice", "exactly as many steps as there are instructions",
               "li s1, 1\nfence\nhalt", max_steps=3)


def memories():
    yield case("ld, st", "what ld leaves of its last register is zero; addresses may lie behind",
               LOADED + "ld r1, [s0], 128\nli s1, 300\nld r0, [s1-299], 130\n"
               "st r0, [s1+100], 256\nst r0, [s1+1000], 3\n" + SHOW, BYTES)
    yield case("zero", "whole registers, and no more",
               "cpin [s0], [s0], 1024\nfence\nld r0, [s0], 512\nzero r1, 2\n"
               "st r0, [s0+512], 512\n" + SHOW, BYTES * 2)
    yield case("copies", "both ways, at the memories' ends, and one source read twice",
               "li s1, 4032\nli s2, 64\nli s3, 128\ncpin [s1], [s0], 64\ncpin [s2], [s0], 64\n"
               "fence\ncpout [s1], [s1], 64\ncpout [s3], [s1], 64\nld r0, [s1], 64\nhalt", BYTES)
    yield case("halt waits", "copies are complete when a program has halted",
               "cpin [s0], [s0], 64\nfence\nli s1, 512\ncpout [s1], [s0], 64\nhalt", BYTES)
    yield case("a trap leaves copies complete", "what was started before it is done",
               "cpin [s0], [s0], 64\nfence\nli s1, 512\ncpout [s1], [s0], 64\nzero r63, 2\nhalt",
               BYTES)


TRAPS = {
    "ld past the scratchpad": "ld r0, [s0+4090], 7",
    "ld before the scratchpad": "ld r0, [s0-1], 1",
    "ld address wraps": "li s1, -8\nld r0, [s1+7], 1",
    "st past the scratchpad": "st r0, [s0+4096], 1",
    "ld past the registers": "ld r63, [s0], 129",
    "ld past registers and scratchpad": "ld r63, [s0+4096], 129",
    "zero past the registers": "zero r60, 5",
    "register number past the machine's": "ld r64, [s0], 1",
    "cpin past global memory": "li s1, 4095\ncpin [s0], [s1], 2",
    "cpin before global memory": "li s1, -1\ncpin [s0], [s1], 1",
    "cpout past the scratchpad and global memory": "cpout [s0], [s0], 4097",
    "cpout past global memory": "li s1, 4000\ncpout [s1], [s0], 97",
    "read what cpin writes": "cpin [s0], [s0], 64\nld r0, [s0+63], 1",
    "write what cpin writes": "cpin [s0], [s0], 64\nst r0, [s0+63], 1",
    "write what cpout reads": "cpout [s0], [s0], 64\nst r0, [s0+63], 1",
    "cpin into what cpout reads": "li s1, 128\ncpout [s1], [s0], 64\ncpin [s0], [s0], 1",
    "cpin twice into one place": "cpin [s0], [s0], 64\ncpin [s0], [s0], 1",
    "cpin of what cpout writes": "li s1, 128\ncpout [s0], [s0], 64\ncpin [s1], [s0], 1",
    "cpout twice into one place": "li s1, 128\ncpout [s0], [s0], 64\ncpout [s0], [s1], 1",
    "cpout into what cpin reads": "li s1, 128\ncpin [s0], [s0], 64\ncpout [s0], [s1], 1",
    "lmma: result past the registers": "lmma.m2n64k4.i8.i2.i32.i32 r61, r0, r8, r61",
    "lmma: weights past the registers": "lmma.m1n128k4.i8.i4.i32.i32 r4, r0, r63, r4",
    "lmma: result over tables": "lmma.m2n64k4.i8.i2.i32.i32 r4, r7, r16, r20",
    "lmma: result over weights": "lmma.m2n64k4.i8.i2.i32.i32 r4, r0, r5, r20",
    "lmma: result over half of the sums": "lmma.m2n64k4.i8.i2.i32.i32 r4, r0, r12, r5",
    "lmma: rd = rc of other widths": "lmma.m2n8k4.f16.i2.f32.f16 r4, r0, r12, r4",
    "lmma: register before overlap": "lmma.m1n128k4.i8.i4.i32.i32 r4, r4, r63, r8",
    "lutgen: activations past their register": "lutgen.m1k4.i8.i8 r0, r4, r8, 32",
    "lutgen: tables over activations": "lutgen.m2k4.i8.i8 r4, r4, r8, 0",
    "lutgen: tables over the record": "lutgen.m2k4.i8.i8 r4, r0, r4, 0",
    "lutgen: record over activations": "lutgen.m2k4.i8.i8 r4, r8, r9, 0",
    "lutgen: a record of 16 rows takes two registers": "lutgen.m16k1.i8.i8 r4, r20, r3, 0",
    "fold: result over sums": "fold.m2n8.i2.i32.i32 r4, r4, r8, r12",
    "fold: result over the outputs' record": "fold.m2n16.i2.i32.i32 r9, r4, r8, r12",
    "fold: result over the row record": "fold.m2n8.i2.i32.i32 r12, r4, r8, r12",
}
# The kind of a row record is that of the last lutgen, also when it has been in memory.
KINDS = {
    "i32 fold of lut8 tables of i8":
        "lutgen.m1k4.i8.lut8 r0, r4, r8, 0\nlmma.m1n8k4.lut8.i2.i32.i32 r12, r0, r16, r12\n"
        "fold.m1n8.i2.i32.i32 r20, r12, r24, r8",
    "the same through memory":
        "lutgen.m1k4.i8.lut8 r0, r4, r8, 0\nst r8, [s0], 12\nzero r8, 1\nld r9, [s0], 12\n"
        "fold.m1n8.i2.i32.f32 r20, r12, r24, r9",
    "f32 fold of i8 tables":
        "lutgen.m1k4.i8.i8 r0, r4, r8, 0\nfold.m1n8.i2.f32.f32 r20, r12, r24, r8",
    "f16 fold of i16 tables":
        "lutgen.m1k4.i16.i16 r0, r4, r8, 0\nfold.m1n8.i2.f16.f32 r20, r12, r24, r8",
    "lutgen of two kinds": "lutgen.m1k4.i8.i8 r0, r4, r8, 0\nlutgen.m1k4.f16.f16 r0, r4, r8, 0",
    "lutgen of two kinds, lut8 first":
        "lutgen.m1k4.i8.lut8 r0, r4, r8, 0\nlutgen.m1k4.i8.i8 r0, r4, r8, 1",
    "overlap before type": "lutgen.m1k4.i8.lut8 r0, r4, r8, 0\nlutgen.m1k4.i8.i8 r8, r4, r8, 1",
}
RESERVED = {
    "a word of zeros": 0,
    "an opcode that is not there": 0x55 << 56,
    "halt with a bit set": 0x01 << 56 | 1,
    "cpin of 0 bytes": 0x10 << 56 | 1 << 51,
    "m of 32": 0x40 << 56 | 5 << 53,
    "a type of activations that is not there": 0x30 << 56 | 6 << 42,
    "lmma of i8 with f32 sums": 0x40 << 56 | 4 << 42 | 1 << 35 | 1 << 32,
    "fold to i32 with offsets": 0x41 << 56 | 1 << 45 | 2 << 35 | 2 << 32,
}


def traps():
    for name, text in TRAPS.items():
        yield case(f"trap: {name}", "and nothing is changed or counted by it", text + "\nhalt",
                   BYTES)
    for name, text in KINDS.items():
        yield case(f"trap: {name}", "row sums of the other type are refused", text + "\nhalt",
                   BYTES)
    record = struct.pack("<IfI", 7, 1.0, 3)
    yield case("trap: a kind that is none", "kinds are 0, 1 and 2",
               "cpin [s0], [s0], 12\nfence\nld r8, [s0], 12\n"
               "fold.m1n8.i2.i32.i32 r20, r12, r24, r8\nhalt", record)
    for name, word in RESERVED.items():
        yield {"name": f"reserved: {name}", "about": "it traps when it is reached",
               "words": [word, 0x01 << 56], "global": b"", "machine": {}}
    yield {"name": "reserved behind halt", "about": "a word that is not reached is no error",
           "words": [0x01 << 56, 0], "global": b"", "machine": {}}


def steering_cases():
    return [*steering(), *memories(), *traps()]
