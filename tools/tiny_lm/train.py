#!/usr/bin/python3
"""Trains one of the two models and writes its checkpoint.

train.py full|ternary TEXT OUT.safetensors [--steps N]

The checkpoint is also written every few minutes, so that a run that was stopped
leaves a usable, if unfinished, model.
"""

import argparse
import math
import os
import time

import numpy as np
import torch
from torch.nn import functional as F

import checkpoint
from model import Shape, TinyLm, ternary_weights

SEED = 1611
STEPS = 1600
BATCH = 8
PEAK_RATE = {"full": 2e-3, "ternary": 4e-3}
WARM_UP = 100
WEIGHT_DECAY = 0.1
BETAS = (0.9, 0.95)
GRADIENT_LIMIT = 1.0
SAVE_EVERY = 200


def rate(step, steps, peak):
    """Linear warm-up, then a cosine down to a fiftieth."""
    if step < WARM_UP:
        return peak * (step + 1) / WARM_UP
    progress = (step - WARM_UP) / (steps - WARM_UP)
    return peak * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))


def parameter_groups(model):
    matrices = [p for p in model.parameters() if p.dim() == 2]
    vectors = [p for p in model.parameters() if p.dim() == 1]
    return [
        {"params": matrices, "weight_decay": WEIGHT_DECAY},
        {"params": vectors, "weight_decay": 0.0},
    ]


def exported_weights(model):
    """Ternary tensors become exactly {-s, 0, +s} with s a bf16 number."""
    ternary = set(model.linear_names()) if model.ternary else set()
    tensors = {}
    for name, parameter in model.named_parameters():
        w = parameter.detach()
        tensors[name] = (ternary_weights(w) if name in ternary else w).cpu().numpy()
    # Matrices first: their sizes are multiples of 64 bytes, so all of them stay aligned.
    return dict(sorted(tensors.items(), key=lambda item: item[1].ndim, reverse=True))


def metadata(model):
    shape = model.shape
    values = {
        "format": "pt",
        "architecture": "llama",
        "tokenizer": "bytes",
        "vocab_size": shape.vocab,
        "hidden_size": shape.hidden,
        "intermediate_size": shape.intermediate,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.heads,
        "head_dim": shape.hidden // shape.heads,
        "max_position_embeddings": shape.context,
        "hidden_act": "silu",
        "rms_norm_eps": shape.rms_eps,
        "rope_theta": shape.rope_theta,
        "rope_convention": "rotate_half",
        "tie_word_embeddings": "false",
        "quantization": "none",
    }
    if model.ternary:
        values |= {
            "quantization": "bitnet-b1.58",
            "ternary_tensors": "model.layers.*_proj.weight,lm_head.weight",
            "ternary_scale": "largest magnitude of the tensor",
            "activations": "int8, absmax per token, scale 127/max(|x|,1e-5)",
        }
    return {key: str(value) for key, value in values.items()}


def save(model, path):
    checkpoint.write(f"{path}.part", exported_weights(model), metadata(model))
    os.replace(f"{path}.part", path)


def train(kind, text_path, out_path, steps):
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    text = torch.from_numpy(np.fromfile(text_path, dtype=np.uint8))
    shape = Shape()
    model = TinyLm(shape, ternary=kind == "ternary")
    optimiser = torch.optim.AdamW(parameter_groups(model), betas=BETAS, foreach=True)
    sampler = torch.Generator().manual_seed(SEED)
    span = torch.arange(shape.context + 1)
    started, recent = time.monotonic(), []
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate(step, steps, PEAK_RATE[kind])
        start = torch.randint(len(text) - shape.context, (BATCH, 1), generator=sampler)
        window = text[start + span].long()
        logits = model(window[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), window[:, 1:].flatten())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), GRADIENT_LIMIT)
        optimiser.step()
        recent.append(loss.item() / math.log(2))
        if (step + 1) % 100 == 0 or step + 1 == steps:
            print(
                f"{kind}: step {step + 1}/{steps}, {np.mean(recent):.3f} bits per byte,"
                f" {time.monotonic() - started:.0f} s",
                flush=True,
            )
            recent.clear()
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == steps:
            save(model, out_path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=("full", "ternary"))
    parser.add_argument("text")
    parser.add_argument("out")
    parser.add_argument("--steps", type=int, default=STEPS)
    args = parser.parse_args()
    train(args.kind, args.text, args.out, args.steps)


if __name__ == "__main__":
    main()
