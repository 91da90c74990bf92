"""Reads bench/results/<core>.json: what was measured on which core, with which command."""

import json
from dataclasses import dataclass
from pathlib import Path

# Formats of the main tables, few bits first; others follow in the order in which they were measured.
FORMATS = ("int1", "ternary", "int2", "int3", "int4")
SHAPE = (4096, 4096)  # what every run measures
RUN_KEYS = {"command", "machine", "date", "commit", "compiler", "threads", "working_set_mib",
            "read_gbps", "dot_peak_gmacs", "results"}
CORE_KEYS = {"core", "note", "machine", "runs", "model", "errors", "single_kernels"}


class InputError(Exception):
    """A file that is no such document; the text says which and why."""


@dataclass(frozen=True)
class Record:
    """One measured product: a result of a run, with the run. What was not kept is None."""

    run: dict
    result: dict

    def __getattr__(self, name):
        return self.result.get(name, self.run.get(name))

    @property
    def weights(self):
        """What is stored: format and group."""
        return f"{self.format}:{self.group}"

    @property
    def shape(self):
        return self.n, self.k

    @property
    def ours(self):
        return not self.format.startswith(("ggml_", "onednn_"))

    @property
    def by_default(self):
        """Whether a plan chose target and kernel, in a run of this library alone."""
        words = self.command.split()
        return self.ours and words[0] == "lutgemm" and not {"--kernel", "--target", "--baseline"} & {*words}


class Core:
    """All that was measured on one core."""

    def __init__(self, document, path):
        missing = CORE_KEYS - document.keys()
        for run in document.get("runs", []):
            missing |= RUN_KEYS - run.keys()
        if missing:
            raise InputError(f"{path}: {', '.join(sorted(missing))} is missing")
        self.name, self.file = document["core"], path.name
        self.document = document
        self.runs = document["runs"]
        self.records = [Record(run, result) for run in self.runs for result in run["results"]]

    def said(self, key):
        """What runs say of themselves, each thing once."""
        return ", ".join(dict.fromkeys(run[key] for run in self.runs))

    def select(self, **wanted):
        """Records whose attributes have the given values."""
        return [r for r in self.records if all(getattr(r, k) == v for k, v in wanted.items())]

    def first(self, **wanted):
        """The first of them, or None."""
        return next(iter(self.select(**wanted)), None)

    @property
    def working_sets(self):
        """MiB of weights that a cache holds, and that only memory does."""
        sets = {run["working_set_mib"] for run in self.runs if run["threads"] == 1}
        return min(sets), max(sets)


def read_json(path):
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path}: not JSON: {error}") from error
    if not isinstance(document, dict):
        raise InputError(f"{path}: not a document of measurements")
    return document


def load_cores(folder):
    """The cores of a folder, by the names of their files."""
    cores = [Core(read_json(path), path) for path in sorted(Path(folder).glob("*.json"))]
    if not cores:
        raise InputError(f"{folder}: no results")
    return cores


def text_of(document):
    """The document as JSON, a line for each result, so that changes can be read."""
    def lines(value, depth):
        indent = " " * depth
        if isinstance(value, dict) and any(isinstance(v, (dict, list)) and v for v in value.values()):
            body = [f"{indent} {json.dumps(key)}: {lines(item, depth + 1).lstrip()}"
                    for key, item in value.items()]
            return indent + "{\n" + ",\n".join(body) + "\n" + indent + "}"
        if isinstance(value, list) and any(isinstance(item, dict) for item in value):
            body = ",\n".join(lines(item, depth + 1) for item in value)
            return indent + "[\n" + body + "\n" + indent + "]"
        return indent + json.dumps(value)

    return lines(document, 0) + "\n"
