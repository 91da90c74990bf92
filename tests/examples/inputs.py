"""Small files under the names that examples use, in a scratch folder."""

import json
import random
import struct

from extract import ROOT

# The program of the page, and one that needs no data.
PRODUCT = ("loop:\n  ld r0, [s1+0], 32\n  lmma.m2n64k4.i8.i2.i32.i32 r4, r0, r8, r4\n"
           "  addi s1, s1, 32\n  bne s1, s2, loop\n  halt\n")
PROGRAM = "  addi s1, s0, 3\nloop:\n  addi s1, s1, -1\n  bne s1, s0, loop\n  halt\n"


def gguf_string(text):
    return struct.pack("<Q", len(text)) + text.encode()


def write_gguf(path, name, rows, columns):
    """One F32 matrix of -1, 0 and 1."""
    values = random.Random(1).choices([-1.0, 0.0, 1.0], k=rows * columns)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 1)
    head += gguf_string("general.architecture") + struct.pack("<I", 8) + gguf_string("llama")
    head += gguf_string(name) + struct.pack("<IQQIQ", 2, columns, rows, 0, 0)
    head += bytes(-len(head) % 32)
    path.write_bytes(head + struct.pack(f"<{len(values)}f", *values))


def write_importance(path, name, columns):
    """The older kind of importance matrix, of one weight."""
    values = struct.pack(f"<{columns}f", *range(1, columns + 1))
    path.write_bytes(struct.pack("<ii", 1, len(name)) + name.encode() +
                     struct.pack("<ii", 2, columns) + values)


def write_safetensors(path, name, rows, columns):
    """One F32 matrix of Gaussian numbers."""
    size = 4 * rows * columns
    head = json.dumps({name: {"dtype": "F32", "shape": [rows, columns], "data_offsets": [0, size]}})
    head += " " * (-len(head) % 8)
    random_numbers = random.Random(1)
    values = [random_numbers.gauss(0, 1) for _ in range(rows * columns)]
    path.write_bytes(struct.pack("<Q", len(head)) + head.encode() +
                     struct.pack(f"<{rows * columns}f", *values))


def write_quantised_gguf(path, name, rows, columns):
    """One matrix of Q4_K, whose scales are finite."""
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 0)
    head += gguf_string(name) + struct.pack("<IQQIQ", 2, columns, rows, 12, 0)
    head += bytes(-len(head) % 32)
    blocks = b""
    for number in range(rows * columns // 256):
        codes = bytes(random.Random(number).choices(range(256), k=140))
        blocks += struct.pack("<2e", 0.01, 0.02) + codes
    path.write_bytes(head + blocks)


def write_gptq(path, name, rows, columns):
    """One matrix of GPTQ: 4 bits, one group, symmetric in version 1."""
    words = [random.Random(n).getrandbits(32) for n in range(columns // 8 * rows)]
    tensors = {"qweight": ("I32", [columns // 8, rows], struct.pack(f"<{len(words)}I", *words)),
               "qzeros": ("I32", [1, rows // 8], b"\x77" * (rows // 2)),
               "scales": ("F16", [1, rows], struct.pack(f"<{rows}e", *[0.01] * rows))}
    head, data = {}, b""
    for part, (dtype, shape, values) in tensors.items():
        head[f"{name}.{part}"] = {"dtype": dtype, "shape": shape,
                                  "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(head)
    text += " " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text.encode() + data)


def write_inputs(folder):
    """What examples read and no earlier example wrote."""
    model = ROOT / "data" / "tiny_lm" / "full.safetensors"
    (folder / "data").symlink_to(ROOT / "data")
    (folder / "docs").mkdir()
    (folder / "docs" / "img").mkdir()
    (folder / "tools").symlink_to(ROOT / "tools")
    (folder / "tests").symlink_to(ROOT / "tests")
    (folder / "bench").symlink_to(ROOT / "bench")
    (folder / "model.safetensors").write_bytes(model.read_bytes())
    size = struct.unpack("<Q", model.read_bytes()[:8])[0]
    names = [n for n in json.loads(model.read_bytes()[8:8 + size]) if n != "__metadata__"]
    index = {"metadata": {}, "weight_map": {name: "model.safetensors" for name in names}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    write_gguf(folder / "bitnet.gguf", "blk.0.ffn_up.weight", 64, 96)
    write_quantised_gguf(folder / "model.Q4_K_M.gguf", "blk.0.attn_q.weight", 64, 256)
    write_gptq(folder / "model-gptq.safetensors", "model.layers.0.self_attn.q_proj", 64, 128)
    write_importance(folder / "imatrix.dat", "blk.0.attn_q.weight", 176)
    (folder / "product.s").write_text(PRODUCT)
    (folder / "program.s").write_text(PROGRAM)
    (folder / "in.bin").write_bytes(bytes(64))
    write_safetensors(folder / "weights.safetensors", "w", 48, 64)
    write_safetensors(folder / "acts.safetensors", "x", 3, 64)
