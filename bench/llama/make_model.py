"""Writes a language model of random weights as a GGUF file of 16-bit floats, for measuring speed.

    make_model.py OUT [--size 0.4b|1b|moe|tiny]

Its architecture is that of Llama, its vocabulary has numbers and no words. Weights are as random
as they must be to be quantised like those of a model; what it says means nothing.
"""

import argparse
import struct

import numpy as np

HEAD = 64
# embedding, feed forward, layers, heads, heads of keys and values, vocabulary, experts, used
SIZES = {
    "tiny": (256, 512, 2, 4, 2, 512, 0, 0),
    "0.4b": (2048, 5632, 7, 32, 8, 32000, 0, 0),
    "1b": (2048, 8192, 16, 32, 8, 32000, 0, 0),
    "moe": (1024, 1536, 8, 16, 4, 32000, 16, 2),
}
U32, F32, STRING = 4, 6, 8  # GGUF's numbers of types of values
TENSOR_F32, TENSOR_F16 = 0, 1
ALIGNMENT = 32


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def key_value(key, kind, value):
    packed = {U32: lambda: struct.pack("<I", value), F32: lambda: struct.pack("<f", value),
              STRING: lambda: text(value)}[kind]()
    return text(key) + struct.pack("<I", kind) + packed


def keys(size):
    embedding, feed, layers, heads, kv_heads, vocabulary, experts, used = size
    numbers = {"vocab_size": vocabulary, "context_length": 4096, "embedding_length": embedding,
               "block_count": layers, "feed_forward_length": feed,
               "rope.dimension_count": HEAD, "attention.head_count": heads,
               "attention.head_count_kv": kv_heads}
    if experts:
        numbers.update({"expert_count": experts, "expert_used_count": used})
    entries = [key_value("general.architecture", STRING, "llama"),
               key_value("general.file_type", U32, 1),
               key_value("tokenizer.ggml.model", STRING, "none"),
               key_value("llama.attention.layer_norm_rms_epsilon", F32, 1e-5),
               key_value("llama.rope.freq_base", F32, 10000.0)]
    return entries + [key_value("llama." + name, U32, value) for name, value in numbers.items()]


def tensors(size):
    """[(name, shape)] with the shape in the order of NumPy: the K of a product is last."""
    embedding, feed, layers, heads, kv_heads, vocabulary, experts, _ = size
    found = [("token_embd", (vocabulary, embedding)), ("output_norm", (embedding,)),
             ("output", (vocabulary, embedding))]
    for layer in range(layers):
        shapes = {"attn_norm": (embedding,), "ffn_norm": (embedding,),
                  "attn_q": (heads * HEAD, embedding), "attn_k": (kv_heads * HEAD, embedding),
                  "attn_v": (kv_heads * HEAD, embedding), "attn_output": (embedding, heads * HEAD)}
        if experts:
            shapes["ffn_gate_inp"] = (experts, embedding)
        suffix, outer = ("_exps", (experts,)) if experts else ("", ())
        shapes["ffn_gate" + suffix] = outer + (feed, embedding)
        shapes["ffn_up" + suffix] = outer + (feed, embedding)
        shapes["ffn_down" + suffix] = outer + (embedding, feed)
        found += [(f"blk.{layer}.{name}", shape) for name, shape in shapes.items()]
    return [(name + ".weight", shape) for name, shape in found]


def is_float32(name, shape):
    return len(shape) == 1 or "ffn_gate_inp" in name


def align(bytes_):
    return -bytes_ % ALIGNMENT


def values(name, shape, random, pool):
    if len(shape) == 1:
        return np.ones(shape, np.float32)
    count = int(np.prod(shape))
    start = int(random.integers(pool.size))
    found = np.resize(np.roll(pool, start), count).reshape(shape)
    return found.astype(np.float32) if is_float32(name, shape) else found


def write(path, size):
    listed = tensors(size)
    infos, offset = [], 0
    for name, shape in listed:
        single = is_float32(name, shape)
        infos.append(text(name) + struct.pack("<I", len(shape)) +
                     b"".join(struct.pack("<Q", n) for n in reversed(shape)) +
                     struct.pack("<IQ", TENSOR_F32 if single else TENSOR_F16, offset))
        bytes_ = int(np.prod(shape)) * (4 if single else 2)
        offset += bytes_ + align(bytes_)
    entries = keys(size)
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(listed), len(entries)) + b"".join(entries + infos)
    random = np.random.default_rng(1)
    pool = (random.standard_normal(1 << 21) * 0.02).astype(np.float16)
    with open(path, "wb") as out:
        out.write(head + bytes(align(len(head))))
        for name, shape in listed:
            data = values(name, shape, random, pool).tobytes()
            out.write(data + bytes(align(len(data))))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out")
    parser.add_argument("--size", choices=sorted(SIZES), default="0.4b")
    options = parser.parse_args()
    write(options.out, SIZES[options.size])


if __name__ == "__main__":
    main()
