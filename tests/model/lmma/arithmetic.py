"""What lutgen, lmma and fold compute, for interpreter.py: the part of docs/isa.md that is
arithmetic. Standard library only."""

import math
import struct
from fractions import Fraction

import numbers16 as num
from words import InstructionSet

ISA = InstructionSet()
REGISTER = 128


class Trap(Exception):
    """A kind of the page's table, raised before anything has changed."""


def registers_of(size):
    return -(-size // REGISTER)


def adds(k):
    if k <= 2:
        return 0 if k == 1 else 2
    return (1 << (k - 1)) + adds(k // 2) + adds(k - k // 2)


def table_scales_at(m, k, kind):
    return -(-(m << (k - 1)) * ISA.entries[kind][1] // 4) * 4


def table_bytes(m, k, kind):
    return table_scales_at(m, k, kind) + (4 * m if kind == "lut8" else 0)


class Arithmetic:
    """Instructions on operands in registers; interpreter.py has the registers and their checks."""

    # Tables.

    def do_lutgen(self, m, k, a, t, rd, ra, rc, index):
        if (index + 1) * k * ISA.act_bytes[a] > REGISTER:
            raise Trap("register")
        tables, acts, record = (rd, table_bytes(m, k, t)), (ra, m * REGISTER), (rc, 8 * m + 4)
        self.within(tables, acts, record)
        self.apart(tables, acts, record)
        self.apart(record, acts)
        kind = 1 if t in ("i8", "i16") else 2
        self.check_kind(rc, m, kind)
        for row in range(m):
            self.make_table(row, m, (k, a, t), (rd, ra + row, index))
            self.add_row_sum(rc, row, kind, self.activations(ra + row, a, k, index))
        self.put(rc, 8 * m, "I", kind)
        self.count(table_adds=m * adds(k), register_read=acts[1] + record[1],
                   register_written=tables[1] + record[1])

    def activations(self, register, a, k, index):
        size = ISA.act_bytes[a]
        codes = [self.get(register, (index * k + j) * size, "H" if size == 2 else "B")
                 for j in range(k)]
        if a in num.ACTS:
            return [num.ACTS[a](code) for code in codes]
        return [num.wrapped(code, 8 * size) for code in codes]

    def make_table(self, row, m, types, places):
        k, a, t = types
        rd, register, index = places
        acts = self.activations(register, a, k, index)
        scale = 0.0
        if t == "lut8":
            scale = self.scale_of(acts)
            at = table_scales_at(m, k, t) // 4 + row
            self.put_float(rd, at, "f32", scale)
        for e in range(1 << (k - 1)):
            entry = -acts[0]
            for i in range(1, k):
                entry = entry + acts[i] if e >> (i - 1) & 1 else entry - acts[i]
            self.put_entry(rd, (row << (k - 1)) + e, t, entry, scale)

    @staticmethod
    def scale_of(acts):
        magnitude = sum(abs(a) for a in acts)
        if not math.isfinite(magnitude) or magnitude == 0:
            return float(magnitude)
        return num.rounded(Fraction(magnitude) / 127, "f32")

    def put_entry(self, rd, at, t, entry, scale):
        if t == "lut8":
            usable = scale != 0 and math.isfinite(scale)
            self.put(rd, at, "b", round(Fraction(entry) / Fraction(scale)) if usable else 0)
        elif t in num.ACTS:
            self.put_float(rd, at, "f16", num.convert(entry, "f16"))
        else:
            self.put(rd, at * ISA.entries[t][1], "h" if t == "i8" else "i", entry)

    def add_row_sum(self, rc, row, kind, acts):
        if kind == 1:
            self.put(rc, 4 * row, "i", num.wrapped(self.get(rc, 4 * row, "i") + sum(acts)))
            return
        total = 0.0
        for act in acts:
            total += act
        self.put_float(rc, row, "f32", num.added(self.get_f32(rc, row), total, "f32"))

    # Lookups.

    def do_lmma(self, m, n, k, a, w, acc, out, rd, ra, rw, rc):
        planes = ISA.planes[w]
        result, sums = (rd, m * n * ISA.sum_bytes[out]), (rc, m * n * ISA.sum_bytes[acc])
        tables, weights = (ra, table_bytes(m, k, a)), (rw, -(-len(planes) * n * k // 8))
        self.within(result, tables, weights, sums)
        self.apart(result, tables, weights)
        if rd != rc or ISA.sum_bytes[out] != ISA.sum_bytes[acc]:
            self.apart(result, sums)
        keys = self.keys(rw, len(planes) * n, k)
        for row in range(m):
            for column in range(n):
                reads = [(p, (row << (k - 1)) + (keys[i * n + column] >> 1),
                          keys[i * n + column] & 1) for i, p in enumerate(planes)]
                at = row * n + column
                total = self.looked_up(a, acc, ra, reads, self.get_sum(rc, at, acc),
                                       (row, table_scales_at(m, k, a) // 4))
                self.put_sum(rd, at, out, total)
        self.count(lookups=len(planes) * m * n, array_cycles=len(planes),
                   register_read=tables[1] + weights[1] + sums[1], register_written=result[1])

    def keys(self, rw, count, k):
        bits = int.from_bytes(self.read(rw, 0, -(-count * k // 8)), "little")
        return [bits >> (j * k) & ((1 << k) - 1) for j in range(count)]

    def get_sum(self, register, at, kind):
        if kind == "i32":
            return self.get(register, 4 * at, "i")
        if kind == "f32":
            return self.get_f32(register, at)
        return num.f16(self.get(register, 2 * at, "H"))

    def put_sum(self, register, at, kind, value):
        if kind == "i32":
            self.put(register, 4 * at, "i", value)
        elif isinstance(value, int):
            exact = num.rounded(Fraction(value), kind) if value else 0.0
            self.put_float(register, at, kind, exact)
        else:
            self.put_float(register, at, kind, num.convert(value, kind))

    def looked_up(self, a, acc, ra, reads, c, place):
        """The sum of one output in the sums' type."""
        if a in num.ACTS:
            return self.float_sum(acc, ra, reads, c)
        form, size = {"lut8": ("b", 1), "i8": ("h", 2), "i16": ("i", 4)}[a]
        total = 0
        for count, entry, negate in reads:
            value = self.get(ra, entry * size, form)
            total += count * (num.wrapped(-value) if negate else value)
        if acc == "i32":
            return num.wrapped(c + total)
        row, scales = place
        return self.scaled_sum(c, self.get_f32(ra, scales + row), num.wrapped(total))

    @staticmethod
    def scaled_sum(c, scale, total):
        if not math.isfinite(scale) or not math.isfinite(c) or scale == 0 or total == 0:
            return num.added(c, scale * total, "f32")
        exact = Fraction(c) + Fraction(scale) * total
        return num.rounded(exact, "f32") if exact else 0.0

    def float_sum(self, acc, ra, reads, c):
        if self.config["mode"] == "exact":
            total = 0.0
            for count, entry, negate in reads:
                total += count * self.entry(ra, entry, negate)
            return num.added(c, total, acc)
        add = num.flush_added if self.config["adder"] == "flush" else num.added
        for count, entry, negate in reads:
            if self.config["exponent_quirk"]:
                term = self.quirk(self.get(ra, 2 * entry, "H"), negate, count.bit_length() - 1)
            else:
                term = count * self.entry(ra, entry, negate)
            c = add(c, term, acc)
        return c

    def entry(self, ra, entry, negate):
        return num.f16(self.get(ra, 2 * entry, "H") ^ (0x8000 if negate else 0))

    @staticmethod
    def quirk(bits, negate, shift):
        exponent = ((bits >> 10) + shift) & 31
        return num.f16((bits & 0x83FF | exponent << 10) ^ (0x8000 if negate else 0))

    # Outputs.

    def do_fold(self, m, n, zero, w, acc, out, rd, ra, rw, rc):
        result, sums = (rd, m * n * ISA.sum_bytes[out]), (ra, m * n * ISA.sum_bytes[acc])
        outputs, record = (rw, 12 * n), (rc, 8 * m + 4)
        self.within(result, sums, outputs, record)
        self.apart(result, sums, outputs, record)
        self.check_kind(rc, m, 1 if acc == "i32" else 2)
        gain = 2 if w == "i1" else 1
        for at in range(m * n):
            row, column = divmod(at, n)
            center = self.get(rw, 4 * column, "i")
            product = self.get_sum(ra, at, acc)
            if acc == "i32":
                total = self.get(rc, 4 * row, "i")
                value = (gain * product + center * total) >> 1
            else:
                total = self.get_f32(rc, row)
                value = self.float_product(gain, product, center, total)
            if out == "i32":
                self.put(rd, 4 * at, "i", num.wrapped(self.get(rd, 4 * at, "i") + value))
                continue
            factors = (self.get_f32(rc, m + row), self.get_f32(rw, n + column),
                       self.get_f32(rw, 2 * n + column))
            self.put_float(rd, at, "f32",
                           self.folded(self.get_f32(rd, at), value, total, factors, zero))
        self.count(register_read=result[1] + sums[1] + outputs[1] + record[1],
                   register_written=result[1])

    @staticmethod
    def as_f32(value):
        if isinstance(value, int):
            return num.rounded(Fraction(value), "f32") if value else 0.0
        return value

    def float_product(self, gain, product, center, total):
        half = num.times(gain / 2, product, "f32")
        middle = num.times(0.5, self.as_f32(center), "f32")
        return num.added(half, num.times(middle, total, "f32"), "f32")

    def folded(self, old, value, total, factors, zero):
        row_scale, scale, offset = factors
        factor = num.times(row_scale, scale, "f32")
        new = num.added(old, num.times(self.as_f32(value), factor, "f32"), "f32")
        if zero:
            factor = num.times(row_scale, offset, "f32")
            new = num.added(new, num.times(factor, self.as_f32(total), "f32"), "f32")
        return new
