"""Tensors, and the files that hold them: writers of safetensors and GGUF for tests."""

import json
import struct
from dataclasses import dataclass

import numpy as np


@dataclass
class Tensor:
    """dtype is safetensors' word. BF16 are held as uint16, floats of 8 bits as uint8."""
    dtype: str
    array: np.ndarray

    @property
    def shape(self):
        return self.array.shape


NUMPY = {"F32": "<f4", "F16": "<f2", "BF16": "<u2", "I8": "i1", "U8": "u1", "I32": "<i4",
         "I64": "<i8", "F8_E4M3": "u1"}


def tensor(dtype, values):
    return Tensor(dtype, np.asarray(values).astype(NUMPY[dtype]))


def words(values):
    """Packed words, which files call I32."""
    return Tensor("I32", np.asarray(values, np.uint32).view(np.int32))


def e4m3(codes):
    """Floats of sign, 4 bits of exponent and 3 of mantissa; the only ones that are not: NaN."""
    codes = np.asarray(codes, np.uint8)
    exponent, mantissa = (codes >> 3 & 15).astype(np.int32), (codes & 7).astype(np.float64)
    value = np.where(exponent == 0, mantissa / 512, np.ldexp(1 + mantissa / 8, exponent - 7))
    value = np.where(codes & 127 == 127, np.nan, value)
    return np.where(codes & 128 != 0, -value, value)


def floats(t):
    """The values of a float tensor as float64."""
    if t.dtype == "BF16":
        return (t.array.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    if t.dtype == "F8_E4M3":
        return e4m3(t.array)
    return t.array.astype(np.float64)


def float_tensor(dtype, values):
    """Rounds to a float type; to BF16 by cutting bits off."""
    if dtype == "BF16":
        single = np.asarray(values, np.float32)
        return Tensor("BF16", (single.view(np.uint32) >> 16).astype(np.uint16))
    with np.errstate(over="ignore"):
        return tensor(dtype, values)


def safetensors_bytes(tensors):
    header, blobs, at = {}, [], 0
    for name, t in tensors.items():
        blob = np.ascontiguousarray(t.array).tobytes()
        header[name] = {"dtype": t.dtype, "shape": list(t.shape),
                        "data_offsets": [at, at + len(blob)]}
        blobs.append(blob)
        at += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(blobs)


def write_safetensors(path, tensors):
    path.write_bytes(safetensors_bytes(tensors))


def write_shards(folder, tensors, count):
    """Tensors by turns in so many files, so that companions part; returns the index."""
    shards = [f"model-{i + 1:05}-of-{count:05}.safetensors" for i in range(count)]
    names = list(tensors)
    for i, shard in enumerate(shards):
        write_safetensors(folder / shard, {name: tensors[name] for name in names[i::count]})
    index = folder / "model.safetensors.index.json"
    where = {name: shards[i % count] for i, name in enumerate(names)}
    index.write_text(json.dumps({"metadata": {}, "weight_map": where}))
    return index


@dataclass
class GgufTensor:
    type: int
    dims: tuple  # innermost first
    data: bytes


def text(value):
    return struct.pack("<Q", len(value)) + value.encode()


def key(name, value):
    """A key with a string or, for a number, an unsigned one of 16 bits."""
    if isinstance(value, str):
        return text(name) + struct.pack("<I", 8) + text(value)
    return text(name) + struct.pack("<IH", 2, value)


def gguf_bytes(tensors, keys=None):
    keys = {"general.architecture": "llama"} | (keys or {})
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys))
    head += b"".join(key(name, value) for name, value in keys.items())
    data = b""
    for name, t in tensors.items():
        dims = struct.pack(f"<I{len(t.dims)}Q", len(t.dims), *t.dims)
        head += text(name) + dims + struct.pack("<IQ", t.type, len(data))
        data += t.data + bytes(-len(t.data) % 32)
    return head + bytes(-len(head) % 32) + data


def write_gguf(path, tensors, keys=None):
    path.write_bytes(gguf_bytes(tensors, keys))


def write_split_gguf(folder, tensors, count):
    """Tensors by turns in so many parts of one model; returns the first part."""
    names = list(tensors)
    paths = [folder / f"model-{i + 1:05}-of-{count:05}.gguf" for i in range(count)]
    for i, path in enumerate(paths):
        part = {name: tensors[name] for name in names[i::count]}
        write_gguf(path, part, {"split.no": i, "split.count": count})
    return paths[0]
