"""Test files of GGUF block types: every type, with bytes that no encoder makes; and bad ones."""

import numpy as np

import containers
import gguf_blocks
from cases import Case
from containers import GgufTensor

I2_S = 36
ROWS = 5
NORM = GgufTensor(0, (8,), bytes(32))  # a float tensor, which is not listed


def blocks(make, name, count):
    """Random bytes with scales that are numbers, [count][bytes of a block]."""
    kind = gguf_blocks.TYPES[name]
    raw = make.random.integers(0, 256, (count, kind.bytes)).astype(np.uint8)
    for offset in kind.scales:
        raw[:, offset:offset + 2] = make.halves(count)[:, None].view(np.uint8)
    if name == "MXFP4":
        raw[:, 0] %= 255
    if name == "NVFP4":
        raw[:, :4] &= 127
    return raw


def weights(name, raw, n, experts=()):
    """The tensor of so many rows of blocks, or of so many experts with n rows each."""
    kind = gguf_blocks.TYPES[name]
    k = len(raw) * kind.weights // (n * int(np.prod(experts, dtype=int)))
    return GgufTensor(kind.id, (k, n, *experts), raw.tobytes()), k


def decoded(name, t):
    k, n = t.dims[0], int(np.prod(t.dims[1:]))
    return gguf_blocks.decode(name, t.data, n, k)


def case(make, folder, tensors, **more):
    path = make.place(folder) / "model.gguf"
    containers.write_gguf(path, tensors)
    return Case(path, **more)


def every_type(make):
    tensors, expected = {"output_norm.weight": NORM}, {}
    for name in gguf_blocks.TYPES:
        for per_row in (1, 3):
            label = f"blk.{per_row}.{name.lower()}.weight"
            tensors[label], _ = weights(name, blocks(make, name, ROWS * per_row), ROWS)
            expected[label] = decoded(name, tensors[label])
    return case(make, "gguf_types", tensors, expected=expected)


def shared_scales(make):
    """Ternary blocks that all have one scale, none of them with a code that is not ternary."""
    tensors, expected = {}, {}
    for name in ("TQ1_0", "TQ2_0"):
        raw = blocks(make, name, 2 * ROWS)
        if name == "TQ2_0":
            raw[:, :64] &= ~(raw[:, :64] >> 1 & 0x55)
        offset = gguf_blocks.TYPES[name].scales[0]
        raw[:, offset:] = np.frombuffer(b"\x66\x2e", np.uint8)
        label = f"blk.0.{name.lower()}.weight"
        tensors[label], _ = weights(name, raw, ROWS)
        expected[label] = decoded(name, tensors[label])
    return case(make, "gguf_shared_scale", tensors, expected=expected)


def zero_scales(make):
    """A scale of zero whose minimum is not, and all of zero."""
    tensors, expected = {}, {}
    for name in ("Q4_1", "Q5_1", "Q2_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_XS"):
        raw = blocks(make, name, 2 * ROWS)
        first = gguf_blocks.TYPES[name].scales[0]
        raw[:, first:first + 2] = 0
        label = f"blk.0.{name.lower()}.weight"
        tensors[label], _ = weights(name, raw, ROWS)
        expected[label] = decoded(name, tensors[label])
    return case(make, "gguf_zero_scales", tensors, expected=expected)


def signed_nvfp4(make):
    """Scales of NVFP4 with the bit set that would be the sign."""
    raw = blocks(make, "NVFP4", 2 * ROWS)
    raw[:, :4] |= 128
    t, _ = weights("NVFP4", raw, ROWS)
    return case(make, "gguf_nvfp4_sign", {"a.weight": t}, may_refuse={"a.weight"},
                expected={"a.weight": decoded("NVFP4", t)})


def experts(make):
    tensors, expected = {}, {}
    for name, count in (("Q4_K", 2), ("MXFP4", 4), ("Q4_0", 3)):
        label = f"blk.0.ffn_{name.lower()}_exps.weight"
        tensors[label], k = weights(name, blocks(make, name, count * ROWS * 2), ROWS, (count,))
        values = decoded(name, tensors[label]).reshape(count, ROWS, k)
        expected |= {f"{label}[{i}]": values[i] for i in range(count)}
    return case(make, "gguf_experts", tensors, expected=expected)


def split(make):
    tensors, expected = {}, {}
    for i, name in enumerate(("Q8_0", "Q6_K", "Q4_K", "Q5_0", "IQ4_NL")):
        label = f"blk.{i}.attn_q.weight"
        tensors[label], _ = weights(name, blocks(make, name, ROWS), ROWS)
        expected[label] = decoded(name, tensors[label])
    folder = make.place("gguf_split")
    return Case(containers.write_split_gguf(folder, tensors, 2), expected=expected)


def i2_s_tensor(make, n, k, below=3):
    """Random bytes of codes; which code is which weight's, readers say."""
    fields = make.codes(below, n * k // 4, 4)
    packed = (fields << np.array([6, 4, 2, 0], np.uint32)).sum(axis=1).astype(np.uint8)
    scale = np.array([make.random.normal()], "<f4").tobytes()
    return GgufTensor(I2_S, (k, n), packed.tobytes() + scale + bytes(28))


def i2_s(make):
    cases = []
    for order, k in (("x86", 384), ("x86", 192), ("arm", 192), ("arm", 256)):
        t = i2_s_tensor(make, 4, k)
        values = gguf_blocks.decode_i2_s(t.data, 4, k, order == "arm")
        name = "blk.0.attn_q.weight"
        # So are embeddings, in a type of another kind, in the same file.
        plain, _ = weights("Q6_K", blocks(make, "Q6_K", 4), 4)
        path = make.place(f"gguf_i2_s_{order}_{k}") / "model.gguf"
        containers.write_gguf(path, {name: t, "token_embd.weight": plain},
                              {"general.architecture": "bitnet-b1.58"})
        expected = {name: values, "token_embd.weight": decoded("Q6_K", plain)}
        # Blocks of 128 weights that begin in one row and end in the next are nobody's.
        cases.append(Case(path, expected=expected, arguments=["--i2s", order],
                          may_refuse={name} if order == "x86" and k % 128 else set()))
    return cases


def hostile(make):
    cases = []
    for name, offset, bits in (("Q4_0", 0, 0x7E00), ("Q4_1", 2, 0x7C00), ("Q4_K", 2, 0xFC00),
                               ("Q6_K", 208, 0x7C01), ("TQ1_0", 52, 0x7E00), ("Q2_0", 0, 0xFE00)):
        raw = blocks(make, name, 2 * ROWS)
        raw[7, offset:offset + 2] = np.array([bits], "<u2").view(np.uint8)
        t, _ = weights(name, raw, ROWS)
        cases.append(case(make, f"gguf_bad_{name}", {"bad.weight": t},
                          refused={"bad.weight": ["bad.weight"]}))
    raw = blocks(make, "MXFP4", 2 * ROWS)
    raw[3, 0] = 255
    t, _ = weights("MXFP4", raw, ROWS)
    cases.append(case(make, "gguf_bad_MXFP4", {"bad.weight": t},
                      refused={"bad.weight": ["bad.weight"]}))
    # The order of I2_S unknown; then a code that it does not have, and too few bytes.
    t = i2_s_tensor(make, 4, 256)
    cases.append(case(make, "gguf_i2_s_unknown", {"bad.weight": t},
                      refused={"bad.weight": ["bad.weight"]}))
    three = GgufTensor(I2_S, t.dims, b"\xff" + t.data[1:])
    cases.append(case(make, "gguf_i2_s_code", {"bad.weight": three}, arguments=["--i2s", "x86"],
                      refused={"bad.weight": ["bad.weight"]}))
    nan = GgufTensor(I2_S, t.dims, t.data[:256] + b"\0\0\xc0\x7f" + bytes(28))
    cases.append(case(make, "gguf_i2_s_nan", {"bad.weight": nan}, arguments=["--i2s", "x86"],
                      refused={"bad.weight": ["bad.weight"]}))
    short, _ = weights("Q4_K", blocks(make, "Q4_K", ROWS), ROWS)
    cut = case(make, "gguf_truncated", {"cut.weight": short}, refused={"": ["cut.weight"]})
    cut.path.write_bytes(cut.path.read_bytes()[:-80])
    cases.append(cut)
    odd = GgufTensor(short.type, (255, ROWS), short.data)
    cases.append(case(make, "gguf_odd_k", {"odd.weight": odd}, refused={"": ["odd.weight"]}))
    return cases


def all_cases(make):
    return [every_type(make), shared_scales(make), zero_scales(make), signed_nvfp4(make),
            experts(make), split(make), *i2_s(make), *hostile(make)]
