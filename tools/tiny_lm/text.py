#!/usr/bin/python3
"""Prepares the text: the King James Bible from the package bible-kjv-text.

One verse a line without its reference, an empty line before every chapter but
the first. The held-out text is the 65536 bytes from the beginning of Acts; the
training text is all the rest. The calibration text is 256 stretches of 256
bytes of the training text, evenly spaced: what importance is collected on.
"""

import hashlib
import os
import pathlib
import re
import subprocess
import sys

HELDOUT_BYTES = 65536
HELDOUT_START = "Acts1:1"
CALIBRATION_STRETCHES = 256
STRETCH_BYTES = 256  # the model's context
HELDOUT_SHA256 = "8dc9188c9b63d355328bfafa874feb29e5dc2bc7d6509abdc60f9c7192af3950"
CALIBRATION_SHA256 = "8e4619191bb5a0e521af8d5e1278b0be7fc208caaa6df592ffaa09e43355d7a7"
TRAIN_SHA256 = "e518491d4540936f9f434ae1c326d41015b5bd3c4dd95e8da8ab8c0306914e23"


def calibration_of(train):
    step = len(train) // CALIBRATION_STRETCHES
    begins = range(0, step * CALIBRATION_STRETCHES, step)
    return b"".join(train[begin : begin + STRETCH_BYTES] for begin in begins)


def prepare(train_path, heldout_path, calibration_path):
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
    calibration = calibration_of(train)
    for name, data, expected in (
        ("held-out", heldout, HELDOUT_SHA256),
        ("training", train, TRAIN_SHA256),
        ("calibration", calibration, CALIBRATION_SHA256),
    ):
        found = hashlib.sha256(data).hexdigest()
        if found != expected:
            sys.exit(f"text: the {name} text has changed: sha256 {found}, not {expected}")
    train_path.write_bytes(train)
    heldout_path.write_bytes(heldout)
    calibration_path.write_bytes(calibration)
    print(f"text: {len(train)} bytes to train on, {len(heldout)} held out")


if __name__ == "__main__":
    prepare(*(pathlib.Path(path) for path in sys.argv[1:4]))
