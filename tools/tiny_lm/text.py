#!/usr/bin/python3
"""Prepares the text: the King James Bible from the package bible-kjv-text.

One verse a line without its reference, an empty line before every chapter but
the first. The held-out text is the 65536 bytes from the beginning of Acts; the
training text is all the rest.
"""

import hashlib
import os
import pathlib
import re
import subprocess
import sys

HELDOUT_BYTES = 65536
HELDOUT_START = "Acts1:1"
HELDOUT_SHA256 = "8dc9188c9b63d355328bfafa874feb29e5dc2bc7d6509abdc60f9c7192af3950"
TRAIN_SHA256 = "e518491d4540936f9f434ae1c326d41015b5bd3c4dd95e8da8ab8c0306914e23"


def prepare(train_path, heldout_path):
    verses = subprocess.run(
        ["bible", "-f", "Gen1:1-Rev22:21"],
        check=True,
        stdout=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
    ).stdout.decode("ascii")
    lines, heldout_start, length = [], None, 0
    for verse in verses.splitlines():
        reference, words = verse.split(" ", 1)
        if reference == HELDOUT_START:
            heldout_start = length + 1  # after the empty line
        line = re.sub(" +", " ", words).strip() + "\n"
        if reference.endswith(":1") and lines:
            line = "\n" + line
        lines.append(line)
        length += len(line)
    text = "".join(lines).encode("ascii")
    end = heldout_start + HELDOUT_BYTES
    heldout, train = text[heldout_start:end], text[:heldout_start] + text[end:]
    for name, data, expected in (
        ("held-out", heldout, HELDOUT_SHA256),
        ("training", train, TRAIN_SHA256),
    ):
        found = hashlib.sha256(data).hexdigest()
        if found != expected:
            sys.exit(f"text: the {name} text has changed: sha256 {found}, not {expected}")
    train_path.write_bytes(train)
    heldout_path.write_bytes(heldout)
    print(f"text: {len(train)} bytes to train on, {len(heldout)} held out")


if __name__ == "__main__":
    prepare(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
