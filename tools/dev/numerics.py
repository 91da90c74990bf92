#!/usr/bin/env python3
"""How much of an output is error, by mode, block and weights: the tables of docs/gen/error.md.

    numerics.py [--tokens 128] [--outputs 96] [--seed 1]

Repeats the steps of src/ref/modes.cc with numpy (package python3-numpy) on K = 4096 random
activations and compares with float64. NMSE = sum of squared errors / sum of squared outputs.
Activations are Gaussian; with "outliers", 0.5 % of them are 20 times larger.
"""

import argparse

import numpy as np

K = 4096
F32 = np.float32
MULTIPLIERS = {"int1": (1,), "int2": (1, 2), "int3": (1, 2, 4), "int4": (1, 2, 4, 8),
               "ternary": (1, 1)}


class Weights:
    """codes[output][k] with value = scale[output][k] * (code - zero), one scale per `group` of K.
    int1 counts as half of -1 and +1: zero = 0.5."""

    def __init__(self, format_, codes, scale, group=K):
        self.group = group
        self.multipliers = MULTIPLIERS[format_]
        self.codes = codes
        self.scale = np.broadcast_to(scale, codes.shape)
        self.zero = {"int1": 0.5, "ternary": 1}.get(format_, (sum(self.multipliers) + 1) // 2)

    def values(self):
        return self.scale * (self.codes - self.zero)

    def bits(self):
        return (1 << self.codes) - 1 if self.multipliers == (1, 1) else self.codes

    def table_factor(self, length=4):
        """The factor that tools/command/verify/table_factor.h explains, for tables of `length` bits of a plane."""
        bits = self.bits()
        sums = 0
        for p, multiplier in enumerate(self.multipliers):
            digits = by_group(2 * (bits >> p & 1) - 1, self.group, length)
            # Planes of equal or opposite digits read the same entry, but for its sign.
            index = (digits[:, :, 1:] * digits[:, :, :1] + 1) // 2 @ 2 ** np.arange(length - 1)
            same = index[:, :, None] == np.arange(2 ** (length - 1))
            sums = sums + multiplier * digits[:, :, :1] * same
        return self.factor((sums ** 2).sum(axis=2) / 4, length)

    def ternary_factor(self, length):
        return self.factor(by_group(self.codes != 1, self.group, length).any(axis=2), length)

    def factor(self, variance, length):
        scale = by_group(self.scale, self.group, length)[:, :, 0]
        tables = (variance * length * scale ** 2).sum()
        return max(1, tables / (self.values() ** 2).sum())


def padded(values, length):
    """[rows][K] with zeros up to a multiple of length, as [rows][K / length][length]."""
    rest = -values.shape[1] % length
    return np.pad(values, ((0, 0), (0, rest))).reshape(len(values), -1, length)


def by_group(values, group, length):
    """The same where every group of K is padded by itself."""
    groups = padded(values, group).reshape(-1, group)
    return padded(groups, length).reshape(len(values), -1, length)


def scale_of(magnitude):
    """The float that undoes a block's scaling, and the one that scales. Zero below 1e-36."""
    zero = magnitude < F32(1e-36)
    safe = np.where(zero, F32(1), magnitude)
    return np.where(zero, F32(0), safe / F32(127)), np.where(zero, F32(0), F32(127) / safe)


def int8(act, weights, block):
    """Activations as int8 codes with one scale per block."""
    blocks = padded(act, block)
    scale, inverse = scale_of(np.abs(blocks).max(axis=2, keepdims=True))
    rounded = (np.rint(blocks * inverse) * scale.astype(float)).reshape(len(act), -1)[:, :K]
    return rounded @ weights.values().T


def int8_clipped(act, weights, block):
    """The same without outliers, magnitudes above five times their block's mean, which are exact:
    mode fast of method dot."""
    blocks = padded(act, block)
    magnitudes = np.abs(blocks)
    counts = padded(np.ones_like(act), block).sum(axis=2, keepdims=True)
    limit = 5 * magnitudes.sum(axis=2, keepdims=True) / counts
    largest = np.minimum(magnitudes.max(axis=2, keepdims=True), limit)
    scale, inverse = scale_of(largest.astype(F32))
    held = np.rint(np.clip(blocks, -limit, limit) * inverse) * scale.astype(float)
    rounded = np.where(magnitudes > limit, blocks, held).reshape(len(act), -1)[:, :K]
    return rounded @ weights.values().T


def block_scales(act, length, block):
    """Scales of table blocks, from the largest sum of `length` magnitudes: [token][block][1]."""
    sums = padded(np.abs(act), block).reshape(len(act), -1, block // length, length).sum(axis=3)
    return scale_of(sums.max(axis=2, keepdims=True))


def looked_up(entries, index, scale, weight_scale):
    """Sum over positions g of entries[token][g][index[output][g]], scaled on both sides."""
    per_block = entries.shape[1] // scale.shape[1]
    out = np.zeros((len(entries), len(index)))
    for g in range(index.shape[1]):
        out += entries[:, g, index[:, g]] * scale[:, g // per_block] * weight_scale[:, g]
    return out


def fixed_point(act, inverse, block, length):
    """Activations with six bits of fraction, [token][group][length]."""
    return np.rint(padded(act, block) * inverse * 64).reshape(len(act), -1, length)


def lut4(act, weights, block, length=4):
    """One lookup per plane and `length` activations, in tables rounded to int8. Blocks start anew
    in every group."""
    block = min(block, weights.group + -weights.group % length)

    def lookups(values):
        return by_group(values, weights.group, block).reshape(len(values), -1, length)

    act_blocks = lookups(act).reshape(len(act), -1)
    scale, inverse = block_scales(act_blocks, length, block)
    places = 2 ** np.arange(length)
    signs = 2 * (np.arange(2 ** length) // places[:, None] % 2) - 1
    # Tables hold sums that add the last activation, and their negatives. Halves are rounded up and
    # down in turn.
    sums = fixed_point(act_blocks, inverse, block, length) @ signs[:, 2 ** (length - 1):]
    odd = np.arange(sums.shape[1]) % (block // length) % 2
    half = np.floor((sums + (32 - odd)[:, None]) / 64)
    entries = np.concatenate([-half[:, :, ::-1], half], axis=2)
    bits, weight_scale = weights.bits(), lookups(weights.scale)[:, :, 0]
    total = 0
    for p, multiplier in enumerate(weights.multipliers):
        index = lookups(bits >> p & 1) @ places
        total = total + multiplier * looked_up(entries, index, scale, weight_scale)
    # The rest of code - zero = digits / 2 + rest goes through sums of activations, unrounded.
    rest = sum(weights.multipliers) / 2 - weights.zero
    return total / 2 + rest * (act.astype(float) @ weights.scale.T)


def lut5(act, weights, block):
    return lut4(act, weights, block, 5)


def ternary(act, weights, block, length):
    """One lookup per `length` activations, in tables rounded to int8."""
    scale, inverse = block_scales(act, length, block)
    places = 3 ** np.arange(length - 1, -1, -1)
    count = 3 ** length
    digits = np.arange(count)[:, None] // places % 3 - 1
    # Tables hold sums whose first digit is +1, and are negated for the rest.
    sign = np.where(np.arange(count) < count // 2, -1, 1)
    sums = fixed_point(act, inverse, block, length) @ digits.T
    entries = sign * np.floor((sign * sums + 32) / 64)
    index = padded(weights.codes - 1, length) @ places + count // 2
    return looked_up(entries, index, scale, weights.scale[:, ::length])


def ternary5(act, weights, block):
    return ternary(act, weights, block, 5)


def ternary3(act, weights, block):
    return ternary(act, weights, block, 3)


def random_weights(rng, outputs, format_):
    """Codes that are all equally likely, one scale."""
    codes = rng.integers(0, sum(MULTIPLIERS[format_]) + 1, (outputs, K))
    return Weights(format_, codes, 1.0)


def rounded_weights(rng, outputs, format_):
    """Gaussian weights, rounded as Quantize does without a search: ternary with one scale per
    row, all others in groups of 128."""
    weights = rng.standard_normal((outputs, K))
    if format_ == "ternary":
        scale = np.abs(weights).mean(axis=1, keepdims=True)
        return Weights(format_, np.clip(np.rint(weights / scale), -1, 1).astype(int) + 1, scale)
    if format_ == "int1":
        return Weights(format_, (weights >= 0).astype(int), 1.0)
    high = (sum(MULTIPLIERS[format_]) + 1) // 2 - 1
    groups = np.abs(weights).reshape(outputs, -1, 128).max(axis=2) / high
    scale = np.repeat(groups, 128, axis=1)
    return Weights(format_, np.rint(weights / scale).astype(int) + high + 1, scale, 128)


def gaussian(rng, tokens, outliers):
    act = rng.standard_normal((tokens, K)).astype(F32)
    if outliers:
        act *= np.where(rng.random(act.shape) < 0.005, F32(20), F32(1))
    return act


class Bench:
    def __init__(self, options):
        self.rng = np.random.default_rng(options.seed)
        self.outputs = options.outputs
        self.inputs = [gaussian(self.rng, options.tokens, o) for o in (False, True)]

    def errors(self, method, weights, block):
        """NMSE on Gaussian activations and on those with outliers."""
        for act in self.inputs:
            exact = act.astype(float) @ weights.values().T
            error = method(act, weights, block) - exact
            yield (error ** 2).sum() / (exact ** 2).sum()


def print_table(header, rows):
    print("| " + " | ".join(header) + " |\n|" + " --- |" * len(header))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")


def blocks_table(bench):
    """How the error depends on the block. Tables of three and five need codes of two planes or
    ternary ones."""
    binary = random_weights(bench.rng, bench.outputs, "int1")
    signs = Weights("ternary", 2 * binary.codes, 0.5)  # the same weights
    cases = [("int8", int8, binary, b) for b in (32, 64, 128, 256, 640, K)]
    cases += [("int8 less outliers", int8_clipped, binary, b) for b in (32, 128, 1024)]
    cases += [("tables of 4", lut4, binary, b) for b in (32, 64, 128, 256)]
    cases += [("tables of 3", ternary3, signs, b) for b in (60, 360)]
    cases += [("tables of 5", ternary5, signs, b) for b in (40, 65, 130, 640, 4100)]
    cases += [("tables of 5 by planes", lut5, signs, b) for b in (40, 130)]
    print_table(("activations as", "block", "Gaussian", "outliers"), (
        (name, "row" if block >= K else block,
         *(f"{e:.1e}" for e in bench.errors(method, weights, block)))
        for name, method, weights, block in cases))


def weights_table(bench):
    """How it depends on the weights: default blocks, next to int8 with the same block."""
    rows = []
    for name, make in (("equally likely codes", random_weights),
                       ("rounded Gaussian weights", rounded_weights)):
        for format_ in MULTIPLIERS:
            weights = make(bench.rng, bench.outputs, format_)
            cases = [("lut4", lut4, 256 if format_ == "int1" else 128)]
            if len(weights.multipliers) == 2:
                cases += [("lut5", lut5, 130)]
            if format_ == "ternary":
                cases += [("ternary5", ternary5, 640), ("ternary3", ternary3, 360)]
            for title, method, block in cases:
                fast = list(bench.errors(method, weights, block))
                block = min(block, weights.group)
                same = list(bench.errors(int8, weights, block))
                length = {lut4: 4, lut5: 5, ternary5: 5, ternary3: 3}[method]
                ternary_codes = method in (ternary5, ternary3)
                factor = (weights.ternary_factor if ternary_codes else weights.table_factor)(length)
                rows.append((name, format_, f"{title}, {block}", f"{factor:.2f}",
                             *(f"{f:.1e} ({f / s:.2f})" for f, s in zip(fast, same))))
    print_table(("weights", "format", "method, block", "factor", "Gaussian", "outliers"), rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--outputs", type=int, default=96)
    parser.add_argument("--seed", type=int, default=1)
    bench = Bench(parser.parse_args())
    print("NMSE by block, weights -1 and +1\n")
    blocks_table(bench)
    print("\nNMSE by weights (in brackets: as a multiple of int8 with the same block)\n")
    weights_table(bench)


if __name__ == "__main__":
    main()
