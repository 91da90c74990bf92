"""Numbers of the instruction set, from docs/isa.md ("Numbers") alone. Values are Python floats,
which hold every sum of this page exactly or are rounded from exact fractions."""

import math
import struct
from fractions import Fraction

NAN = {"f16": 0x7E00, "f32": 0x7FC00000}
# Bits of the significand after its first, the least exponent of normal numbers, the largest.
SHAPE = {"f16": (10, -14, 15), "f32": (23, -126, 127)}


def rounded(exact, kind):
    """An exact fraction (not zero), rounded to nearest, ties to even; beyond the largest, infinity."""
    bits, least, largest = SHAPE[kind]
    magnitude = abs(exact)
    exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    if Fraction(2) ** exponent > magnitude:
        exponent -= 1
    unit = Fraction(2) ** (max(exponent, least) - bits)
    steps = round(magnitude / unit)  # Python's rounding of fractions: ties to even
    value = steps * unit
    if value >= Fraction(2) ** (largest + 1):
        return math.copysign(math.inf, exact)
    return math.copysign(float(value), exact)


def convert(value, kind):
    """A float that is some type's, rounded to another."""
    if value == 0 or math.isinf(value) or math.isnan(value):
        return value
    return rounded(Fraction(value), kind)


def added(a, b, kind):
    """a + b, rounded once."""
    if not math.isfinite(a) or not math.isfinite(b) or (a == 0 and b == 0):
        return a + b
    exact = Fraction(a) + Fraction(b)
    return rounded(exact, kind) if exact else 0.0


def times(a, b, kind):
    """a x b, rounded once."""
    if not math.isfinite(a) or not math.isfinite(b) or a == 0 or b == 0:
        return a * b
    return rounded(Fraction(a) * Fraction(b), kind)


def flushed(value, kind):
    """What the adder `flush` makes of an operand or a result."""
    if math.isnan(value):
        sign = struct.pack(">d", value)[0] >> 7
        return -math.inf if sign else math.inf
    return math.copysign(0.0, value) if abs(value) < 2.0 ** SHAPE[kind][1] else value


def flush_added(a, b, kind):
    a, b = flushed(a, kind), flushed(b, kind)
    if math.isinf(a) and math.isinf(b) and a != b:
        return math.inf
    return flushed(added(a, b, kind), kind)


def decode(bits, exponent_bits, fraction_bits, bias, has_infinity=True):
    """A code of a small float. NaN keeps its sign, which the adder `flush` looks at."""
    sign = -1.0 if bits >> (exponent_bits + fraction_bits) & 1 else 1.0
    exponent = bits >> fraction_bits & ((1 << exponent_bits) - 1)
    fraction = bits & ((1 << fraction_bits) - 1)
    last = exponent == (1 << exponent_bits) - 1
    if last and has_infinity:
        return sign * math.inf if fraction == 0 else math.copysign(math.nan, sign)
    if last and fraction == (1 << fraction_bits) - 1:
        return math.copysign(math.nan, sign)
    if exponent == 0:
        return sign * fraction * 2.0 ** (1 - bias - fraction_bits)
    return sign * (fraction + (1 << fraction_bits)) * 2.0 ** (exponent - bias - fraction_bits)


def f16(bits):
    return decode(bits, 5, 10, 15)


def f32(bits):
    return decode(bits, 8, 23, 127)


ACTS = {
    "f16": f16,
    "f8e4m3": lambda bits: decode(bits, 4, 3, 7, has_infinity=False),
    "f8e5m2": lambda bits: decode(bits, 5, 2, 15),
}


def encode(value, kind):
    """Bits of a float that is a number of the type, NaN canonical."""
    if math.isnan(value):
        return NAN[kind]
    if kind == "f32":
        return struct.unpack("<I", struct.pack("<f", value))[0]
    return struct.unpack("<H", struct.pack("<e", value))[0]


def wrapped(value, bits=32):
    """An integer modulo 2^bits, as two's complement."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value
