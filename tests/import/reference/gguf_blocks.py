"""Blocks of GGUF as float32 weights, a reader of the tests' own: NumPy, and no code of the library.

decode(name, data, n, k) takes the bytes of n rows of k weights. Products are made in float64, where
they are exact, and each weight is rounded once.
"""

from dataclasses import dataclass
from typing import Callable

import numpy as np

# Values of 4-bit codes: E2M1 doubled, so that they are integers, and the table of IQ4_NL.
TWICE_E2M1 = np.array([0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12], np.float64)
IQ4_TABLE = np.array([-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113],
                     np.float64)


def half(raw, offset):
    """The f16 at a byte of every block, as a float64 column."""
    return raw[:, offset:offset + 2].copy().view("<f2").astype(np.float64)


def halves(raw):
    """Nibbles of 16 bytes as 32 codes: all low ones, then all high ones."""
    return np.concatenate([raw & 15, raw >> 4], axis=1)


def bits(raw):
    """Every bit of the bytes, the least significant one of a byte first."""
    return np.unpackbits(raw, axis=1, bitorder="little")


def spread(scales, times):
    return np.repeat(scales, times, axis=1)


def q4_0(raw):
    return half(raw, 0) * (halves(raw[:, 2:]) - 8.0)


def q4_1(raw):
    return half(raw, 0) * halves(raw[:, 4:]) + half(raw, 2)


def q5_0(raw):
    return half(raw, 0) * (halves(raw[:, 6:]) + 16.0 * bits(raw[:, 2:6]) - 16.0)


def q5_1(raw):
    return half(raw, 0) * (halves(raw[:, 8:]) + 16.0 * bits(raw[:, 4:8])) + half(raw, 2)


def q8_0(raw):
    return half(raw, 0) * raw[:, 2:].view(np.int8)


def iq4_nl(raw):
    return half(raw, 0) * IQ4_TABLE[halves(raw[:, 2:])]


def mxfp4(raw):
    return np.ldexp(TWICE_E2M1[halves(raw[:, 1:])], raw[:, :1].astype(np.int32) - 128)


def ue4m3(code):
    """The scale of a sub-block of NVFP4, which has no sign: 0x7F stands for zero."""
    exponent, mantissa = (code >> 3 & 15).astype(np.int32), (code & 7).astype(np.float64)
    value = np.where(exponent == 0, mantissa / 512, np.ldexp(1 + mantissa / 8, exponent - 7))
    return np.where(code == 0x7F, 0.0, value)


def nvfp4(raw):
    codes = raw[:, 4:].reshape(len(raw), 4, 8)
    codes = np.concatenate([codes & 15, codes >> 4], axis=2).reshape(len(raw), 64)
    return spread(ue4m3(raw[:, :4]), 16) * TWICE_E2M1[codes] / 2


def q1_0(raw):
    return half(raw, 0) * (2.0 * bits(raw[:, 2:]) - 1)


def q2_0(raw):
    codes = raw[:, 2:, None] >> np.array([0, 2, 4, 6], np.uint8) & 3
    return half(raw, 0) * (codes.reshape(len(raw), 64) - 1.0)


def pairs_of_bits(raw):
    """64 bytes as 256 codes of 2 bits: 32 neighbours in equal places of 32 bytes."""
    shifts = np.array([0, 2, 4, 6], np.uint8)[:, None]
    return (raw.reshape(len(raw), 2, 1, 32) >> shifts & 3).reshape(len(raw), 256)


def q2_k(raw):
    scales = raw[:, :16]
    scale, minimum = half(raw, 80) * (scales & 15), half(raw, 82) * (scales >> 4)
    return spread(scale, 16) * pairs_of_bits(raw[:, 16:80]) - spread(minimum, 16)


def q3_k(raw):
    # Bit 4h + j of byte l is the third bit of weight 128h + 32j + l.
    high = bits(raw[:, :32]).reshape(len(raw), 32, 8).transpose(0, 2, 1).reshape(len(raw), 256)
    codes = pairs_of_bits(raw[:, 32:96]) + 4.0 * high - 4.0
    low4 = np.concatenate([raw[:, 96:104] & 15, raw[:, 96:104] >> 4], axis=1)
    high2 = raw[:, None, 104:108] >> np.array([0, 2, 4, 6], np.uint8)[:, None] & 3
    scales = low4 + 16.0 * high2.reshape(len(raw), 16) - 32.0
    return spread(half(raw, 108) * scales, 16) * codes


def six_bits(raw):
    """Eight scales and eight minima of 6 bits each, out of 12 bytes."""
    first, second, last = raw[:, :4], raw[:, 4:8], raw[:, 8:]
    scales = np.concatenate([first & 63, last & 15 | first >> 6 << 4], axis=1)
    minima = np.concatenate([second & 63, last >> 4 | second >> 6 << 4], axis=1)
    return scales, minima


def nibbles_by_64(raw):
    """128 bytes as 256 codes: 32 low nibbles, then the 32 high ones of the same bytes."""
    groups = raw.reshape(len(raw), 4, 32)
    return np.stack([groups & 15, groups >> 4], axis=2).reshape(len(raw), 256)


def with_minima(raw, codes):
    scales, minima = six_bits(raw[:, 4:16])
    return spread(half(raw, 0) * scales, 32) * codes - spread(half(raw, 2) * minima, 32)


def q4_k(raw):
    return with_minima(raw, nibbles_by_64(raw[:, 16:]))


def q5_k(raw):
    fifth = bits(raw[:, 16:48]).reshape(len(raw), 32, 8).transpose(0, 2, 1).reshape(len(raw), 256)
    return with_minima(raw, nibbles_by_64(raw[:, 48:]) + 16.0 * fifth)


def q6_k(raw):
    low = raw[:, :128].reshape(len(raw), 2, 64)
    low = np.concatenate([low & 15, low >> 4], axis=2).reshape(len(raw), 256)
    codes = low + 16.0 * pairs_of_bits(raw[:, 128:192]) - 32.0
    return spread(half(raw, 208) * raw[:, 192:208].view(np.int8), 16) * codes


def iq4_xs(raw):
    # Each 32 weights have a 6-bit scale, less 32: its low nibble is the low or high one of a byte
    # at 4, its two high bits are two bits of the u16 at 2, both counted from the low end. Codes are
    # those of IQ4_NL, 16 bytes for each 32 weights, from 8 on.
    low = np.stack([raw[:, 4:8] & 15, raw[:, 4:8] >> 4], axis=2).reshape(len(raw), 8)
    high = raw[:, 2:4].copy().view("<u2") >> np.arange(0, 16, 2, dtype=np.uint16) & 3
    codes = raw[:, 8:].reshape(len(raw), 8, 16)
    codes = np.concatenate([codes & 15, codes >> 4], axis=2).reshape(len(raw), 256)
    return spread(half(raw, 0) * (low + 16.0 * high - 32.0), 32) * IQ4_TABLE[codes]


def tq1_0(raw):
    def digits(part, count):
        powers = np.array([3 ** n for n in range(count)], np.uint32)[:, None]
        digit = (part[:, None, :] * powers % 256 * 3) >> 8
        return digit.reshape(len(part), -1)

    codes = [digits(raw[:, :32], 5), digits(raw[:, 32:48], 5), digits(raw[:, 48:52], 4)]
    return half(raw, 52) * (np.concatenate(codes, axis=1) - 1.0)


def tq2_0(raw):
    return half(raw, 64) * (pairs_of_bits(raw[:, :64]) - 1.0)


@dataclass(frozen=True)
class Type:
    id: int
    weights: int
    bytes: int
    decode: Callable
    scales: tuple  # offsets of the f16 scales of a block


TYPES = {
    "Q4_0": Type(2, 32, 18, q4_0, (0,)), "Q4_1": Type(3, 32, 20, q4_1, (0, 2)),
    "Q5_0": Type(6, 32, 22, q5_0, (0,)), "Q5_1": Type(7, 32, 24, q5_1, (0, 2)),
    "Q8_0": Type(8, 32, 34, q8_0, (0,)), "Q2_K": Type(10, 256, 84, q2_k, (80, 82)),
    "Q3_K": Type(11, 256, 110, q3_k, (108,)), "Q4_K": Type(12, 256, 144, q4_k, (0, 2)),
    "Q5_K": Type(13, 256, 176, q5_k, (0, 2)), "Q6_K": Type(14, 256, 210, q6_k, (208,)),
    "IQ4_NL": Type(20, 32, 18, iq4_nl, (0,)), "IQ4_XS": Type(23, 256, 136, iq4_xs, (0,)),
    "TQ1_0": Type(34, 256, 54, tq1_0, (52,)), "TQ2_0": Type(35, 256, 66, tq2_0, (64,)),
    "MXFP4": Type(39, 32, 17, mxfp4, ()), "NVFP4": Type(40, 64, 36, nvfp4, ()),
    "Q1_0": Type(41, 128, 18, q1_0, (0,)), "Q2_0": Type(42, 64, 18, q2_0, (0,)),
}


def to_float32(values):
    """Rounds once; what is too large becomes infinity, as it does in the library."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def decode(name, data, n, k):
    kind = TYPES[name]
    raw = np.frombuffer(data, np.uint8).reshape(n * k // kind.weights, kind.bytes)
    return to_float32(kind.decode(raw)).reshape(n, k)


def decode_i2_s(data, n, k, arm):
    """bitnet.cpp's type: codes of the whole tensor, then 32 bytes that begin with an f32 scale."""
    lanes = 16 if arm else 32
    raw = np.frombuffer(data, np.uint8)
    shifts = np.array([6, 4, 2, 0], np.uint8)[:, None]
    codes = raw[:n * k // 4].reshape(-1, 1, lanes) >> shifts & 3
    scale = raw[n * k // 4:n * k // 4 + 4].view("<f4")[0]
    return to_float32(np.float64(scale) * (codes.reshape(n, k) - 1.0))
