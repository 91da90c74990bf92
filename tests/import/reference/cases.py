"""A file to import, with what must come of it; and random numbers for its tensors."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import containers
from containers import Tensor, float_tensor, tensor


@dataclass
class Case:
    """One checkpoint. `expected` has every weight that it must give, by the importer's names."""
    path: Path
    expected: dict = field(default_factory=dict)  # name: float32 [n][k]
    # Name: how far each weight may be off, [n][k]. Others must be equal bit by bit, but for the
    # sign of zero.
    bounds: dict = field(default_factory=dict)
    # Name: words that its error must have. The name "" stands for the file, which opens or not.
    refused: dict = field(default_factory=dict)
    # Names whose values the library has no form for: an error that names them will do as well.
    may_refuse: set = field(default_factory=set)
    arguments: list = field(default_factory=list)

    @property
    def name(self):
        return self.path.parent.name

    def save(self):
        """Writes `expected`, as raw little-endian float32, beside the file."""
        for name, values in self.expected.items():
            (self.path.parent / (name + ".f32")).write_bytes(values.astype("<f4").tobytes())


class Maker:
    """Folders for cases below one folder, and seeded random numbers."""

    def __init__(self, folder, seed):
        self.folder = Path(folder)
        self.random = np.random.default_rng(seed)

    def place(self, name):
        path = self.folder / name
        path.mkdir(parents=True)
        return path

    def checkpoint(self, name, tensors, config=None, **case):
        """A case of one safetensors file and the quantization_config beside it."""
        folder = self.place(name)
        path = folder / "model.safetensors"
        containers.write_safetensors(path, tensors)
        if config is not None:
            whole = {"model_type": "llama", "quantization_config": config}
            (folder / "config.json").write_text(json.dumps(whole))
        return Case(path, **case)

    def codes(self, below, *shape):
        return self.random.integers(0, below, shape).astype(np.uint32)

    def words(self, *shape):
        return containers.words(self.random.integers(0, 2 ** 32, shape, np.uint64))

    def bytes(self, *shape):
        return tensor("U8", self.random.integers(0, 256, shape))

    def scales(self, dtype, *shape):
        """Scales as encoders make them, but some negative, and some zero or subnormal."""
        values = np.exp(self.random.normal(-4, 2, shape)) * self.random.choice([1, 1, 1, -1], shape)
        values = np.where(self.random.random(shape) < 0.05, 0, values)
        tiny = {"F16": 2.0 ** -24, "BF16": 2.0 ** -133, "F32": 2.0 ** -149}[dtype]
        odd = self.random.random(shape) < 0.05
        return float_tensor(dtype, np.where(odd, tiny * self.random.integers(1, 9, shape), values))

    def halves(self, *shape):
        """Any f16 that is a number: raw bits, as uint16."""
        raw = self.random.integers(0, 2 ** 16, shape).astype(np.uint16)
        raw = np.where(raw >> 10 & 31 == 31, raw & 0x83FF, raw)
        return np.where(self.random.random(shape) < 0.05, raw & 0x8000, raw).astype(np.uint16)


def with_element(t, index, value):
    """A copy of a tensor with one element, as it is stored, changed."""
    array = t.array.copy()
    array[index] = value
    return Tensor(t.dtype, array)


def without(tensors, *names):
    return {name: t for name, t in tensors.items() if name not in names}


def replaced(tensors, **changes):
    """Tensors with others in their places: the keys are the ends of names, after the last dot."""
    ends = {name: changes[name.rpartition(".")[2]] for name in tensors
            if name.rpartition(".")[2] in changes}
    assert len(ends) == len(changes)
    return tensors | ends
