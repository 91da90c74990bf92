"""Quantised weights of safetensors checkpoints as float32 [n][k], a reader of the tests' own.

Each function takes the tensors of a file by name and the name of a layer, and answers with weights
in the order of channels that the model has. Products are float64, each weight is rounded once.
"""

import json

import numpy as np

from containers import floats
from gguf_blocks import TWICE_E2M1, to_float32

# Columns that the fields of a word of AWQ hold, the least significant field first.
AWQ_COLUMNS = [0, 2, 4, 6, 1, 3, 5, 7]


def rows_of_words(array, width, count):
    """Codes of rows, each a stream of bits that words hold from their low ends."""
    bits = np.unpackbits(np.ascontiguousarray(array).view(np.uint8), axis=1, bitorder="little")
    fields = bits[:, :count * width].reshape(len(array), count, width)
    return (fields.astype(np.uint32) << np.arange(width, dtype=np.uint32)).sum(axis=2)


def padded_rows_of_words(array, width, count):
    """The same where no code crosses from a word into the next."""
    shifts = np.arange(32 // width, dtype=np.uint32) * width
    codes = array.view(np.uint32)[:, :, None] >> shifts & (1 << width) - 1
    return codes.reshape(len(array), -1)[:, :count]


# Widths of the planes that codes of so many bits are split into, the low end first.
PLANES = {2: [2], 3: [2, 1], 4: [4], 5: [4, 1], 6: [4, 2], 7: [4, 2, 1], 8: [8]}


def planar_rows_of_words(array, width, count):
    """Codes of rows, 32 of them in as many words as they have bits, plane after plane."""
    blocks = np.ascontiguousarray(array).reshape(-1, width)
    codes, bits, words = np.zeros((len(blocks), 32), np.uint32), 0, 0
    for plane in PLANES[width]:
        part = blocks[:, words:words + plane]
        codes |= rows_of_words(part, plane, 32) << np.uint32(bits)
        bits, words = bits + plane, words + plane
    return codes.reshape(len(array), -1)[:, :count]


def columns_of_words(array, width, count, rows=rows_of_words):
    return rows(np.ascontiguousarray(array.T), width, count).T


def signed(array):
    return array.astype(np.int64)


def gptq(tensors, name, width, form, size=0):
    """form: the config's checkpoint_format. "gptq" stores zeros less 1; "gptq_p" has planes.

    size: the config's group_size, which nothing needs where channels have an index of groups.
    """
    unpack = planar_rows_of_words if form == "gptq_p" else rows_of_words
    scales = floats(tensors[name + ".scales"])
    n = scales.shape[1]
    qweight = tensors[name + ".qweight"].array
    k = qweight.shape[0] * 32 // width
    codes = signed(columns_of_words(qweight, width, k, unpack))
    zeros = signed(unpack(tensors[name + ".qzeros"].array, width, n)) + (form == "gptq")
    index = tensors.get(name + ".g_idx")
    group = index.array if index else np.arange(k) // size
    return to_float32((scales[group] * (codes - zeros[group])).T)


def awq_codes(array):
    codes = np.empty((len(array), array.shape[1], 8), np.uint32)
    codes[:, :, AWQ_COLUMNS] = array.view(np.uint32)[:, :, None] >> np.arange(0, 32, 4) & 15
    return codes.reshape(len(array), -1)


def awq(tensors, name):
    scales = floats(tensors[name + ".scales"])
    codes = signed(awq_codes(tensors[name + ".qweight"].array))
    zeros = signed(awq_codes(tensors[name + ".qzeros"].array))
    group = np.arange(len(codes)) // -(-len(codes) // len(scales))
    return to_float32((scales[group] * (codes - zeros[group])).T)


def bitnet_codes(array):
    """A packed row holds an output of each of four bands."""
    return np.concatenate([array >> 2 * band & 3 for band in range(4)])


def bitnet(tensors, name, divide):
    scale = floats(tensors[name + ".weight_scale"])[0]
    digits = bitnet_codes(tensors[name + ".weight"].array) - 1.0
    return to_float32(digits / scale if divide else digits * scale)


def compressed_ints(tensors, name, width):
    """pack-quantized of compressed-tensors: codes less half their range, less signed zeros."""
    n, k = (int(x) for x in tensors[name + ".weight_shape"].array)
    packed = tensors[name + ".weight_packed"].array
    dense = packed.shape[1] == -(-k * width // 32)
    unpack = rows_of_words if dense else padded_rows_of_words
    codes = signed(unpack(packed, width, k)) - (1 << width - 1)
    scales = floats(tensors[name + ".weight_scale"])
    scales = np.broadcast_to(scales.reshape(-1, scales.shape[-1]), (n, scales.shape[-1]))
    zeros = compressed_zeros(tensors.get(name + ".weight_zero_point"), width, dense, scales.shape)
    index = tensors.get(name + ".weight_g_idx")
    ordered = index is not None and -1 not in index.array
    group = index.array if ordered else np.arange(k) // -(-k // scales.shape[1])
    return to_float32(scales[:, group] * (codes - zeros[:, group]))


def compressed_zeros(zero, width, dense, shape):
    if zero is None:
        return np.zeros(shape, np.int64)
    if zero.dtype == "I8":  # of a whole tensor
        return np.broadcast_to(signed(zero.array).reshape(1, 1), shape)
    words = np.ascontiguousarray(zero.array.T)
    unpack = rows_of_words if dense else padded_rows_of_words
    return (signed(unpack(words, width, shape[0])) - (1 << width - 1)).T


def low_nibbles_first(array):
    """Two codes of each byte of the last dimension."""
    return np.stack([array & 15, array >> 4], axis=-1).reshape(*array.shape[:-1], -1)


def nvfp4(tensors, name):
    """E2M1 times a scale of 16 weights, over the scale of the tensor."""
    codes = low_nibbles_first(tensors[name + ".weight_packed"].array)
    scales = np.repeat(floats(tensors[name + ".weight_scale"]), 16, axis=1)
    whole = floats(tensors[name + ".weight_global_scale"])[0]
    return to_float32(TWICE_E2M1[codes] / 2 * scales / whole)


def powers_of_two(array, times):
    return np.repeat(np.ldexp(1.0, array.astype(np.int32) - 127), times, axis=-1)


def mxfp4(tensors, name):
    codes = low_nibbles_first(tensors[name + ".weight_packed"].array)
    scales = powers_of_two(tensors[name + ".weight_scale"].array, 32)
    return to_float32(TWICE_E2M1[codes] / 2 * scales)


def experts_mxfp4(tensors, name):
    """gpt-oss: all experts in one tensor, [experts][n][k]."""
    blocks = tensors[name + "_blocks"].array
    codes = low_nibbles_first(blocks).reshape(*blocks.shape[:2], -1)
    scales = powers_of_two(tensors[name + "_scales"].array, 32)
    return to_float32(TWICE_E2M1[codes] / 2 * scales)


def bitsandbytes(tensors, name, kind):
    """nf4 or fp4. Returns weights and, of the same shape, the largest weight that a scale allows.

    Scales that are quantised themselves are made in f32 as the format's own reader makes them: a
    product, then a sum.
    """
    state = json.loads(tensors[f"{name}.quant_state.bitsandbytes__{kind}"].array.tobytes())
    packed = tensors[name].array.reshape(-1)
    codes = np.stack([packed >> 4, packed & 15], axis=1).reshape(-1)
    absmax = tensors[name + ".absmax"].array
    if "nested_blocksize" in state:
        level = np.repeat(tensors[name + ".nested_absmax"].array, state["nested_blocksize"])
        product = tensors[name + ".nested_quant_map"].array[absmax] * level[:len(absmax)]
        absmax = product + np.float32(state["nested_offset"])
    n, k = state["shape"]
    scales = np.repeat(absmax.astype(np.float64), state["blocksize"])[:n * k]
    values = tensors[name + ".quant_map"].array.astype(np.float64)[codes[:n * k]]
    return to_float32((values * scales).reshape(n, k)), np.abs(scales).reshape(n, k)
