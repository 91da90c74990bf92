"""Writes character_ranges.inc: the letters (L*) and numbers (N*) of Unicode, from Python's tables.

    python3 examples/llama/character_ranges.py > examples/llama/character_ranges.inc
"""

import unicodedata


def ranges(kind):
    """First and last of every run of characters whose category begins with `kind`."""
    runs = []
    for code in range(0x110000):
        if unicodedata.category(chr(code))[0] != kind:
            continue
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return runs


def write(name, runs):
    print(f"constexpr Range {name}[] = {{")
    line = "   "
    for first, last in runs:
        piece = f" {{0x{first:x}, 0x{last:x}}},"
        if len(line) + len(piece) > 100:
            print(line)
            line = "   "
        line += piece
    print(f"{line}\n}};")


print(f"// Made by character_ranges.py from the tables of Unicode {unicodedata.unidata_version}.")
write("kLetters", ranges("L"))
write("kNumbers", ranges("N"))
