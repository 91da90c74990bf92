"""The reference readers against vectors that are known: blocks whose byte o is 37 o + 11, with
scales of 1/4 and minima of 1/16, and packed words of a few codes.

    vectors_test.py
"""

import unittest

import numpy_or_skip  # noqa: F401  first: without NumPy the modules below cannot be read
import numpy as np

import conventions
import gguf_blocks

# Type: weights 0 to 7, 31 and the last; the sum of weights, and of weights times 1, 2, 3, ...
VECTORS = {
    "Q4_0": ("-.75 .5 1.75 -1 .25 1.5 -1.25 0", 0, 0, -5.25, -129.5),
    "Q4_1": ("3.8125 1.0625 2.3125 3.5625 .8125 2.0625 3.3125 .5625", 3.0625, 3.0625, 63.25,
             1028.75),
    "Q5_0": ("2.25 -.5 .75 -2 3.25 -3.5 1.75 -1", .25, .25, 3.75, 28),
    "Q5_1": ("4.8125 6.0625 7.3125 4.5625 5.8125 3.0625 .3125 5.5625", 1.3125, 1.3125, 128.25,
             2008.25),
    "Q8_0": ("21.25 30.5 -24.25 -15 -5.75 3.5 12.75 22", -12, -12, -44, -2020),
    "Q2_K": ("8.25 0 2.75 5.5 8.25 0 2.75 5.5", -.1875, 1.3125, 619.75, 75243),
    "Q3_K": ("20.25 -27 6.75 -13.5 20.25 -27 6.75 -13.5", 16, 10.5, 239.5, 44286.25),
    "Q4_K": ("82.0625 -3.1875 35.5625 74.3125 113.0625 27.8125 66.5625 105.3125", 43.3125, 14.3125,
             14138, 1952674),
    "Q5_K": ("206.0625 -3.1875 159.5625 74.3125 237.0625 27.8125 190.5625 105.3125", 43.3125,
             29.3125, 29582, 4066326),
    "Q6_K": ("-357.75 424 145.75 -132.5 -410.75 371 92.75 -185.5", -24, -15, 1153, 196105),
    "IQ4_NL": ("-8.75 6.25 28.25 -12.25 3.25 22.25 -16.25 .25", .25, .25, -64.25, -1729.75),
    "TQ1_0": ("-.25 -.25 -.25 0 0 .25 .25 -.25", 0, -.25, -.5, -32.75),
    "TQ2_0": (".5 -.25 0 .25 .5 -.25 0 .25", .25, -.25, 32.25, 4311.25),
    "MXFP4": ("0 6 -2 -12 4 -1 -8 3", 6, 6, 25, 638),
    "NVFP4": ("-6 2 -.5 -4 1.5 0 -3 1", -4, 224, 2459.5, 96367.25),
    "Q1_0": (".25 -.25 .25 -.25 .25 -.25 .25 -.25", .25, .25, 0, -133),
    "Q2_0": ("0 0 0 0 .25 .25 .5 0", 0, .25, 7.5, 203.25),
}


def block(name):
    kind = gguf_blocks.TYPES[name]
    raw = bytearray((37 * o + 11) % 256 for o in range(kind.bytes))
    # In a pair of scales, the second is the minimum's.
    for offset, scale in zip(kind.scales, (b"\x00\x34", b"\x00\x2c")):
        raw[offset:offset + 2] = scale
    if name == "MXFP4":
        raw[0] = 0x80
    if name == "NVFP4":
        raw[:4] = bytes([0x38, 0x40, 0x30, 0x7E])
    return bytes(raw)


def words(*values):
    return np.array(values, np.uint64).astype(np.uint32)


class BlocksTest(unittest.TestCase):
    def test_vectors(self):
        self.assertEqual(set(gguf_blocks.TYPES) - set(VECTORS), {"IQ4_XS"})
        for name, (first, at31, last, plain, weighted) in VECTORS.items():
            k = gguf_blocks.TYPES[name].weights
            w = gguf_blocks.decode(name, block(name), 1, k)[0].astype(np.float64)
            with self.subTest(name):
                self.assertEqual(list(w[:8]), [float(x) for x in first.split()])
                self.assertEqual((w[31], w[-1]), (at31, last))
                self.assertEqual(w.sum(), plain)
                self.assertEqual((w * np.arange(1, k + 1)).sum(), weighted)

    def test_iq4_xs_by_hand(self):
        # Scales 32 + t of 32 weights each, and codes t at even places of the low nibbles.
        raw = bytearray(136)
        raw[:2] = b"\x00\x34"
        raw[2:4] = (0xAAAA).to_bytes(2, "little")
        raw[4:8] = bytes([0x10, 0x32, 0x54, 0x76])
        raw[8:] = bytes(t if i % 2 == 0 else 0xF0 for t in range(8) for i in range(16))
        w = gguf_blocks.decode("IQ4_XS", bytes(raw), 1, 256).reshape(8, 32)
        for t in range(8):
            self.assertEqual(w[t, 0], t * 0.25 * gguf_blocks.IQ4_TABLE[t])
            self.assertEqual(w[t, 1], t * 0.25 * -127)
            self.assertEqual(w[t, 17], t * 0.25 * 113)

    def test_i2_s(self):
        tail = np.array([2.5], "<f4").tobytes() + bytes(28)
        x86 = bytes([0x24, 0x49, 0x92] * 10 + [0x24, 0x49])
        arm = bytes([0x18, 0x61, 0x86] * 5 + [0x18])
        for data, k, is_arm in ((x86, 128, False), (arm, 64, True)):
            w = gguf_blocks.decode_i2_s(data + tail, 1, k, is_arm)
            self.assertEqual(list(w[0]), [2.5 * (e % 3 - 1) for e in range(k)])


class WordsTest(unittest.TestCase):
    def test_gptq(self):
        tensors = {"qweight": words([0x76543210, 0xA9876543])}
        codes = conventions.columns_of_words(tensors["qweight"], 4, 8)
        self.assertEqual(codes.tolist(), [[(k + 3 * n) % 16 for n in range(2)] for k in range(8)])
        for word, more in ((0x75778767, 1), (0x86889878, 0)):
            zeros = conventions.rows_of_words(words([word]), 4, 8) + more
            self.assertEqual(zeros.tolist(), [[8, 7, 8, 9, 8, 8, 6, 8]])
        three = conventions.rows_of_words(words([0x88FAC688, 0xC688FAC6, 0xFAC688FA]), 3, 32)
        self.assertEqual(three.tolist(), [[i % 8 for i in range(32)]])

    def test_planes(self):
        # Codes 0 to 7 over and over: low bits 0 1 2 3 0 1 2 3, high ones 0 0 0 0 1 1 1 1.
        codes = conventions.planar_rows_of_words(words([0xE4E4E4E4, 0xE4E4E4E4, 0xF0F0F0F0]), 3, 32)
        self.assertEqual(codes.tolist(), [[i % 8 for i in range(32)]])
        for width in (2, 4, 8):
            same = np.random.default_rng(1).integers(0, 2 ** 32, (3, 2 * width)).astype(np.uint32)
            self.assertTrue((conventions.planar_rows_of_words(same, width, 64) ==
                             conventions.rows_of_words(same, width, 64)).all())

    def test_awq(self):
        self.assertEqual(conventions.awq_codes(words([0x75316420])).tolist(), [list(range(8))])

    def test_bitnet(self):
        packed = np.array([[0x18, 0x86], [0x61, 0x18]], np.uint8)
        codes = conventions.bitnet_codes(packed)
        self.assertEqual(codes.tolist(), [[(r + 2 * c) % 3 for c in range(2)] for r in range(8)])

    def test_compressed(self):
        codes = conventions.rows_of_words(words([0xFEA98710]), 4, 8).astype(int) - 8
        self.assertEqual(codes.tolist(), [[-8, -7, -1, 0, 1, 2, 6, 7]])
        padded = conventions.padded_rows_of_words(words([0x3FFFFFFF, 1]), 3, 11)
        self.assertEqual(padded.tolist(), [[7] * 10 + [1]])


if __name__ == "__main__":
    unittest.main()
