"""Least squares with coefficients that are not negative, in plain Python: the same on every machine."""

import math


def _solve(matrix, right):
    """Gaussian elimination with pivots; matrix and right are changed."""
    size = len(right)
    for k in range(size):
        pivot = max(range(k, size), key=lambda r: abs(matrix[r][k]))
        matrix[k], matrix[pivot] = matrix[pivot], matrix[k]
        right[k], right[pivot] = right[pivot], right[k]
        for r in range(k + 1, size):
            factor = matrix[r][k] / matrix[k][k]
            right[r] -= factor * right[k]
            for c in range(k, size):
                matrix[r][c] -= factor * matrix[k][c]
    x = [0.0] * size
    for k in reversed(range(size)):
        x[k] = (right[k] - sum(matrix[k][c] * x[c] for c in range(k + 1, size))) / matrix[k][k]
    return x


def _normal(rows, right):
    """The normal equations in columns of length 1, and these lengths."""
    columns = range(len(rows[0]))
    length = [math.sqrt(sum(row[j] * row[j] for row in rows)) or 1.0 for j in columns]
    gram = [[sum(row[i] * row[j] for row in rows) / (length[i] * length[j]) for j in columns]
            for i in columns]
    for j in columns:
        gram[j][j] += 1e-9  # columns that depend on each other
    moment = [sum(row[i] * y for row, y in zip(rows, right)) / length[i] for i in columns]
    return gram, moment, length


def nnls(rows, right):
    """x >= 0 of the least |rows x - right|: the active sets of Lawson and Hanson (1974)."""
    gram, moment, length = _normal(rows, right)
    count = len(moment)
    x, active = [0.0] * count, []
    for _ in range(10 * count):
        slope = [moment[i] - sum(gram[i][j] * x[j] for j in range(count)) for i in range(count)]
        rest = [(slope[i], i) for i in range(count) if i not in active and slope[i] > 1e-10]
        if not rest:
            break
        active = sorted(active + [max(rest)[1]])
        while True:
            part = _solve([[gram[i][j] for j in active] for i in active],
                          [moment[i] for i in active])
            if min(part, default=1.0) > 0.0:
                break
            step = min(x[i] / (x[i] - v) for i, v in zip(active, part) if v <= 0.0)
            for i, v in zip(active, part):
                x[i] += step * (v - x[i])
            active = [i for i in active if x[i] > 1e-12]
        x = [0.0] * count
        for i, v in zip(active, part):
            x[i] = v
    return [value / size for value, size in zip(x, length)]
