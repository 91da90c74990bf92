"""Reads and writes safetensors files of bf16 tensors with numpy alone."""

import json

import numpy as np

ALIGNMENT = 64  # the first tensor starts at a multiple of this many bytes


def to_bf16(values):
    """The bf16 bit patterns (uint16) nearest to float32 values, ties to even."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def from_bf16(bits):
    return (bits.astype(np.uint32) << 16).view(np.float32)


def write(path, tensors, metadata):
    """Writes {name: float32 array} as bf16, in the given order without gaps."""
    header, blobs, offset = {"__metadata__": metadata}, [], 0
    for name, values in tensors.items():
        blob = to_bf16(values).astype("<u2").tobytes()
        header[name] = {
            "dtype": "BF16",
            "shape": list(values.shape),
            "data_offsets": [offset, offset + len(blob)],
        }
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % ALIGNMENT)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + b"".join(blobs))


def read(path):
    """Returns ({name: float32 array}, metadata)."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] != "BF16":
            raise ValueError(f"{path}: {name} is {entry['dtype']}, not BF16")
        begin, end = entry["data_offsets"]
        bits = np.frombuffer(data[begin:end], dtype="<u2")
        tensors[name] = from_bf16(bits).reshape(entry["shape"])
    return tensors, metadata
