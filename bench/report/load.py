"""Reads the JSON of `lutgemm bench`, compare_ggml and the Google Benchmark programs, and files in
which several such documents were merged."""

import json
from pathlib import Path


class InputError(Exception):
    """A file that is no such document; the text says which and why."""


class Record:
    """One measured product: a result of a document, with what the document says about all."""

    def __init__(self, result, document):
        self.document = document
        self.format = result["format"]
        self.group = result["group"]
        self.bits = result["bits_per_weight"]
        self.m, self.n, self.k = result["m"], result["n"], result["k"]
        self.mode = result["mode"]
        self.threads = result["threads"]
        self.target = result["target"]
        # Documents of earlier versions call it a row.
        self.kernel = result["row"] if "row" in result else result["kernel"]
        self.layout = result["layout"]
        self.seconds = result["time_us"] * 1e-6
        self.gmacs = result["gmacs"]
        self.gbps = result["weight_gbps"]
        self.read_ratio = result["read_ratio"]
        self.dot_ratio = result["dot_ratio"]
        self.nmse = result["nmse"]
        self.working_set = document["settings"]["working_set_mib"]
        command = document["settings"]["command"].split()
        self.forced_kernel = "--kernel" in command or "--row" in command
        self.forced_target = "--target" in command

    @property
    def shape(self):
        return self.n, self.k

    @property
    def ours(self):
        return not self.format.startswith(("ggml_", "onednn_"))

    @property
    def by_default(self):
        """Whether the library chose target and kernel."""
        return self.ours and not self.forced_kernel and not self.forced_target

    @property
    def weights(self):
        """What is stored: format and group."""
        return f"{self.format}:{self.group}"


class Measurements:
    """All records, documents of single kernels, and the documents they come from."""

    def __init__(self):
        self.documents = []
        self.records = []
        self.single_kernels = []

    def add(self, document):
        if "benchmarks" in document:
            self.single_kernels.append(document)
            return
        self.documents.append(document)
        self.records += [Record(result, document) for result in document["results"]]

    @property
    def working_sets(self):
        """Sizes, in MiB, of the weights that default choices of one thread rotate through."""
        return sorted({r.working_set for r in self.records if r.by_default and r.threads == 1})

    def select(self, **wanted):
        """Records whose attributes have the given values; a set or list means any of them."""

        def fits(record, name, value):
            have = getattr(record, name)
            return have in value if isinstance(value, (set, list)) else have == value

        return [r for r in self.records if all(fits(r, *item) for item in wanted.items())]


def read_document(path):
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path}: not JSON: {error}") from error
    if not isinstance(document, dict):
        raise InputError(f"{path}: not a document of measurements")
    return document


def parts_of(document, path):
    """The documents in a merged file, or the one itself."""
    if "runs" in document:
        return document["runs"]
    if "benchmarks" in document or {"machine", "settings", "results"} <= document.keys():
        return [document]
    raise InputError(f"{path}: neither `lutgemm bench --json`, nor Google Benchmark's JSON, nor "
                     "several of them merged")


def load(paths):
    measurements = Measurements()
    for path in paths:
        for part in parts_of(read_document(path), path):
            try:
                measurements.add(part)
            except (KeyError, TypeError) as error:
                raise InputError(f"{path}: {error} is missing or wrong") from error
    if not measurements.records:
        raise InputError("no measured products in " + ", ".join(map(str, paths)))
    return measurements


def merge(paths):
    """One document with those of all files."""
    runs = []
    for path in paths:
        runs += parts_of(read_document(path), path)
    return {"runs": runs}
