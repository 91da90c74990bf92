#!/usr/bin/python3
"""Evaluates checkpoints in float64 with numpy alone: the oracle for any engine.

reference.py FULL TERNARY HELDOUT [--json OUT]   bits per byte of both models
reference.py MODEL --sample TEXT [--bytes N]     continues a text
"""

import argparse
import hashlib
import json
import math
import pathlib
import sys

import numpy as np

import checkpoint

BATCH = 16  # windows evaluated at once
DETAILED_WINDOWS = 4  # windows whose own bits are recorded


class Model:
    """Llama: RMSNorm, RoPE (rotate_half), causal attention, SwiGLU, no biases."""

    def __init__(self, path, dtype=np.float64):
        self.dtype = dtype
        stored, meta = checkpoint.read(path)
        self.heads = int(meta["num_attention_heads"])
        self.layers = int(meta["num_hidden_layers"])
        self.context = int(meta["max_position_embeddings"])
        self.eps = float(meta["rms_norm_eps"])
        self.ternary = meta["quantization"] == "bitnet-b1.58"
        self.weights, self.scales = {}, {}
        for name, values in stored.items():
            w = values.astype(dtype)
            if self.ternary and (name.endswith("_proj.weight") or name == "lm_head.weight"):
                scale = np.abs(w).max()
                w = w / scale
                if not np.isin(w, (-1, 0, 1)).all():
                    raise ValueError(f"{path}: {name} is not ternary")
                self.scales[name] = scale
            self.weights[name] = w
        half = int(meta["head_dim"]) // 2
        inverse = float(meta["rope_theta"]) ** -(np.arange(half) / half)
        angle = np.outer(np.arange(self.context), inverse)
        self.cos, self.sin = np.cos(angle).astype(dtype), np.sin(angle).astype(dtype)

    def norm(self, x, name):
        mean_square = (x * x).mean(-1, keepdims=True)
        return x / np.sqrt(mean_square + self.eps) * self.weights[f"{name}.weight"]

    def linear(self, x, name):
        name = f"{name}.weight"
        if not self.ternary:
            return x @ self.weights[name].T
        largest = np.maximum(np.abs(x).max(-1, keepdims=True), 1e-5)
        codes = np.clip(np.rint(x * (127 / largest)), -128, 127)
        return (codes @ self.weights[name].T) * (largest / 127) * self.scales[name]

    def rotate(self, x):
        left, right = np.split(x, 2, axis=-1)
        cos, sin = self.cos[: x.shape[-2]], self.sin[: x.shape[-2]]
        return np.concatenate((left * cos - right * sin, right * cos + left * sin), axis=-1)

    def attention(self, x, prefix):
        batch, length, size = x.shape

        def split(y):
            return y.reshape(batch, length, self.heads, -1).transpose(0, 2, 1, 3)

        q = self.rotate(split(self.linear(x, f"{prefix}.q_proj")))
        k = self.rotate(split(self.linear(x, f"{prefix}.k_proj")))
        v = split(self.linear(x, f"{prefix}.v_proj"))
        scores = q @ k.transpose(0, 1, 3, 2) / math.sqrt(size // self.heads)
        scores = np.where(np.tri(length, dtype=bool), scores, -np.inf)
        p = np.exp(scores - scores.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        y = (p @ v).transpose(0, 2, 1, 3).reshape(batch, length, size)
        return self.linear(y, f"{prefix}.o_proj")

    def mlp(self, x, prefix):
        gate = self.linear(x, f"{prefix}.gate_proj")
        up = self.linear(x, f"{prefix}.up_proj")
        return self.linear(gate / (1 + np.exp(-gate)) * up, f"{prefix}.down_proj")

    def logits(self, tokens):
        """tokens [windows, length] -> [windows, length, vocab]"""
        x = self.weights["model.embed_tokens.weight"][tokens]
        for i in range(self.layers):
            layer = f"model.layers.{i}"
            x = x + self.attention(self.norm(x, f"{layer}.input_layernorm"), f"{layer}.self_attn")
            x = x + self.mlp(self.norm(x, f"{layer}.post_attention_layernorm"), f"{layer}.mlp")
        return self.linear(self.norm(x, "model.norm"), "lm_head")


def window_bits(model, data):
    """Bits spent on each whole window of `context` bytes, its first byte given."""
    windows = data[: len(data) // model.context * model.context].reshape(-1, model.context)
    bits = []
    for begin in range(0, len(windows), BATCH):
        batch = windows[begin : begin + BATCH]
        logits = model.logits(batch)[:, :-1]
        logits = logits - logits.max(-1, keepdims=True)
        chosen = np.take_along_axis(logits, batch[:, 1:, None].astype(np.int64), -1)[..., 0]
        nats = np.log(np.exp(logits).sum(-1)) - chosen
        bits.extend(nats.sum(-1, dtype=np.float64) / math.log(2))
    return np.array(bits)


def bits_per_byte(model, bits):
    return float(bits.sum() / (len(bits) * (model.context - 1)))


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def evaluate(args):
    data = np.fromfile(args.files[2], dtype=np.uint8)
    report = {}
    for kind, path in zip(("full", "ternary"), args.files):
        model = Model(path, np.dtype(args.dtype))
        bits = window_bits(model, data)
        report[kind] = bits_per_byte(model, bits)
        report[f"{kind}_first_windows_bits"] = [float(b) for b in bits[:DETAILED_WINDOWS]]
        print(f"{kind}: {report[kind]:.6f} bits per byte")
    report["context"] = model.context
    report["windows"] = len(bits)
    report["predicted_bytes"] = len(bits) * (model.context - 1)
    report["protocol"] = (
        f"non-overlapping windows of {model.context} bytes; positions start at 0 in each;"
        " every byte but a window's first is predicted from the earlier ones of its window;"
        " bits per byte = total nats / ln 2 / predicted bytes"
    )
    report["arithmetic"] = (
        f"{args.dtype}; ternary layers: codes = rint(x * (127 / max(max|x|, 1e-5))) per token,"
        " y = (codes . t) * (max(max|x|, 1e-5) / 127) * s with w = s * t, t in {-1, 0, 1}"
    )
    report["sha256"] = {pathlib.Path(path).name: sha256(path) for path in args.files}
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps(report, indent=2) + "\n")


def sample(args):
    model = Model(args.files[0])
    random = np.random.default_rng(args.seed)
    text = bytearray(args.sample.encode())
    for _ in range(args.bytes):
        tokens = np.frombuffer(bytes(text[-model.context :]), dtype=np.uint8)
        logits = model.logits(tokens[None])[0, -1] / args.temperature
        p = np.exp(logits - logits.max())
        text.append(random.choice(len(p), p=p / p.sum()))
    sys.stdout.write(text.decode("ascii", "replace") + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", help="FULL TERNARY HELDOUT, or one MODEL to sample")
    parser.add_argument("--json", help="where to write the report")
    parser.add_argument("--dtype", choices=("float64", "float32"), default="float64")
    parser.add_argument("--sample", metavar="TEXT", help="continue this text")
    parser.add_argument("--bytes", type=int, default=300)
    parser.add_argument("--temperature", type=float, default=0.7)
    parser.add_argument("--seed", type=int, default=1611)
    args = parser.parse_args()
    if len(args.files) != (1 if args.sample else 3):
        parser.error("give FULL TERNARY HELDOUT, or one MODEL with --sample TEXT")
    sample(args) if args.sample else evaluate(args)


if __name__ == "__main__":
    main()
