#!/usr/bin/env python3
"""Writes seed inputs for the fuzz targets: make_seeds.py OUT makes OUT/safetensors, OUT/gguf,
OUT/import, OUT/packed, OUT/profile, OUT/machine, OUT/asm, OUT/book and OUT/importance. Standard
library only."""
import json
import pathlib
import struct
import sys


def safetensors(header: str, data: bytes) -> bytes:
    return struct.pack("<Q", len(header)) + header.encode() + data


def split(file: bytes) -> bytes:
    """The same file as "header NUL data"; the targets take both."""
    length = struct.unpack("<Q", file[:8])[0]
    return file[8 : 8 + length].rstrip() + b"\0" + file[8 + length :]


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def gguf(keys: list[bytes], tensors: list[bytes], data: bytes) -> bytes:
    file = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys)) + b"".join(keys + tensors)
    return file + bytes(-len(file) % 32) + data


def tensor(name: str, dims: list[int], kind: int, offset: int) -> bytes:
    shape = struct.pack(f"<I{len(dims)}Q", len(dims), *dims)
    return text(name) + shape + struct.pack("<IQ", kind, offset)


def gguf_seeds() -> list[bytes]:
    keys = [
        text("general.alignment") + struct.pack("<II", 4, 32),
        text("general.name") + struct.pack("<I", 8) + text("tiny"),
        text("x.strings") + struct.pack("<IIQ", 9, 8, 2) + text("a") + text("bc"),
        text("x.floats") + struct.pack("<IIQ2f", 9, 6, 2, 0.5, 1.5),
        text("x.real") + struct.pack("<Id", 12, 0.25),
        text("x.flag") + struct.pack("<IB", 7, 1),
    ]
    minimal = gguf(keys[:1], [tensor("w", [32, 2], 2, 0)], bytes(range(36)))
    many = gguf(
        keys,
        [tensor("a", [3, 5], 0, 0), tensor("b", [64], 8, 64), tensor("c", [2, 3], 30, 160)],
        bytes(172),
    )
    return [minimal, many, gguf([], [], b"")]


def checkpoint(convention: int, tensors: list[tuple[str, str, list[int], bytes]]) -> bytes:
    """A checkpoint of safetensors as import_fuzz takes it, with its convention's number."""
    header, data = {}, b""
    for name, dtype, shape, content in tensors:
        header[name] = {"dtype": dtype, "shape": shape,
                        "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    return b"S" + bytes([convention]) + json.dumps(header).encode() + b"\0" + data


def checkpoint_seeds() -> list[bytes]:
    """One of each convention; of gptq with act order."""
    halves = struct.pack("<16e", *[0.5] * 16)
    order = struct.pack("<16I", *[k % 2 for k in range(16)])
    gptq = [("p.qweight", "I32", [2, 8], bytes(range(64))),
            ("p.qzeros", "I32", [2, 1], bytes(8)), ("p.scales", "F16", [2, 8], halves)]
    awq = [("p.qweight", "I32", [8, 1], bytes(range(32))),
           ("p.qzeros", "I32", [2, 1], bytes(8)), ("p.scales", "F16", [2, 8], halves)]
    packed = [("p.weight_packed", "I32", [2, 6], bytes(48)),
              ("p.weight_scale", "F16", [2, 2], halves[:8]),
              ("p.weight_shape", "I64", [2], struct.pack("<2q", 2, 48))]
    state = b'{"blocksize":4,"shape":[2,8]}'
    nf4 = [("w", "U8", [8, 1], bytes(range(8))), ("w.absmax", "F32", [4], bytes(16)),
           ("w.quant_map", "F32", [16], struct.pack("<16f", *[k / 8 - 1 for k in range(16)])),
           ("w.quant_state.bitsandbytes__nf4", "U8", [len(state)], state)]
    floats = [("p.weight_packed", "U8", [2, 16], bytes(range(32))),
              ("p.weight_scale", "F8_E4M3", [2, 2], b"abcd"),
              ("p.weight_global_scale", "F32", [1], struct.pack("<f", 3))]
    bitnet = [("p.weight", "U8", [2, 3], b"\x18\x86\x61\x18\x24\x42"),
              ("p.weight_scale", "F32", [1], struct.pack("<f", 0.5))]
    mxfp4 = [("w_blocks", "U8", [2, 1, 2, 16], bytes(64)), ("w_scales", "U8", [2, 1, 2], b"abcd")]
    return [checkpoint(2, gptq + [("p.g_idx", "I32", [16], order)]), checkpoint(3, gptq),
            checkpoint(4, awq), checkpoint(5, bitnet), checkpoint(6, packed),
            checkpoint(6, floats), checkpoint(7, mxfp4), checkpoint(8, nf4), checkpoint(0, awq)]


def import_seeds() -> list[bytes]:
    """Files with weights; blocks of 512 weights behind their type's number."""
    q4_k = gguf([], [tensor("w", [256, 2], 12, 0)], bytes(288))
    pairs = gguf([], [tensor("w", [128, 2], 36, 0)], b"\x55" * 64 + struct.pack("<f28x", 0.5))
    return checkpoint_seeds() + [q4_k, pairs, b"\2" + bytes(288), b"\x23" + bytes(132), b"\x27" + bytes(272)]


def safetensors_seeds() -> list[bytes]:
    header = {
        "__metadata__": {"format": "pt"},
        "a": {"dtype": "BF16", "shape": [3, 4], "data_offsets": [0, 24]},
        "s": {"dtype": "F32", "shape": [], "data_offsets": [24, 28]},
        "e": {"dtype": "I64", "shape": [0, 7], "data_offsets": [28, 28]},
    }
    minimal = {"a": {"dtype": "U8", "shape": [2, 2], "data_offsets": [0, 4]}}
    index = {"metadata": {"total_size": 8}, "weight_map": {"a": "m-1.safetensors"}}
    files = [
        safetensors(json.dumps(minimal), b"\1\2\3\4"),
        safetensors(json.dumps(header), bytes(28)),
    ]
    return files + [split(file) for file in files] + [json.dumps(index).encode()]


def packed_seeds() -> list[bytes]:
    golden = pathlib.Path(__file__).parent.parent / "golden"
    files = [(golden / f"packed_v{version}.safetensors").read_bytes() for version in (1, 2)]
    return files + [split(file) for file in files]


def profile_seeds() -> list[bytes]:
    """Kernels without the head, which profile_fuzz puts before them."""
    kernels = [
        "kernel PORTABLE planes int2 128 none fast 4096 1 2 lut4_gemv_fast_b2\n",
        "kernel PORTABLE trits ternary tensor none exact 4096 512 1 dot_gemm_trits\n",
        "kernel PORTABLE planes int3 row float fast 64 16 1 dot_gemm_planes_b3\n",
        "kernel PORTABLE codes int4 32/256 float fast 512 4 1 dot_gemm_codes\n",
    ]
    return [("".join(kernels[:n]) + f"end {n}\n").encode() for n in range(len(kernels) + 1)]


def machine_seeds() -> list[bytes]:
    machines = pathlib.Path(__file__).parents[2] / "data" / "machines"
    return [file.read_bytes() for file in sorted(machines.glob("*.json"))]


def asm_seeds() -> list[bytes]:
    """A program that uses every instruction, an integer product, and a program file."""
    program = """  li s1, 0
loop: cpin [s1], [s1], 128
  fence
  ld r0, [s1+0], 64
  zero r8, 2
  lutgen.m2k4.f16.lut8 r4, r0, r8, 0
  lmma.m2n8k4.lut8.i2.f32.f32 r12, r4, r1, r16
  fold.m2n8.i2.f32.f32.zero r20, r12, r24, r8
  st r12, [s1+128], 64
  cpout [s2], [s1], 0x40
  addi s3, s3, 1
  bne s3, s2, loop
  halt
"""
    exact = "lutgen.m1k4.i8.i8 r4, r0, r8, 0\nlmma.m1n64k4.i8i1i32i32 r12, r4, r1, r12\nhalt\n"
    halt = struct.pack("<QQ", 0x402CD05204000804, 0x0100000000000000)
    return [program.encode(), exact.encode(), b"LUTISA1\0" + halt]


def book_seeds() -> list[bytes]:
    return [b"# signs\n-1, 1\n", b"-8 -4 -2 -1 0 1 2 4; 8e0 # end\n", b"1e-30 -3e38 +0.5"]


def importance_seeds() -> list[bytes]:
    old = struct.pack("<ii", 1, 1) + b"w" + struct.pack("<ii2f", 2, 2, 1.5, 3.0)
    kind = text("general.type") + struct.pack("<I", 8) + text("imatrix")
    sums, counts = tensor("w.in_sum2", [2, 1], 0, 0), tensor("w.counts", [1, 1], 0, 32)
    data = struct.pack("<2f", 1.5, 3.0).ljust(32, b"\0") + struct.pack("<f", 2)
    rest = struct.pack("<ii", 7, 1) + b"t"
    return [old, old + rest, gguf([kind], [sums, counts], data)]


def main() -> None:
    out = pathlib.Path(sys.argv[1])
    seeds = {"safetensors": safetensors_seeds(), "gguf": gguf_seeds(),
             "import": import_seeds(), "packed": packed_seeds(),
             "profile": profile_seeds(), "machine": machine_seeds(), "asm": asm_seeds(),
             "book": book_seeds(), "importance": importance_seeds()}
    for name, files in seeds.items():
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        for i, file in enumerate(files):
            (folder / f"seed{i}").write_bytes(file)


if __name__ == "__main__":
    main()
