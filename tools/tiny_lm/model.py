"""The model: a byte-level Llama, in full precision or with ternary weights."""

import dataclasses
import math

import torch
from torch import nn
from torch.nn import functional as F


@dataclasses.dataclass(frozen=True)
class Shape:
    vocab: int = 256
    hidden: int = 176
    intermediate: int = 468
    layers: int = 5
    heads: int = 4
    context: int = 256
    rope_theta: float = 10000.0
    rms_eps: float = 1e-5


class _TernaryWeights(torch.autograd.Function):
    """{-s, 0, +s} with s = mean|w| of the tensor; the gradient passes through."""

    @staticmethod
    def forward(ctx, w):
        s = w.abs().mean().clamp(min=1e-5)
        return (w / s).round_().clamp_(-1, 1).mul_(s)

    @staticmethod
    def backward(ctx, grad):
        return grad


class _Int8Activations(torch.autograd.Function):
    """Rounds every token to 127 steps of its largest magnitude."""

    @staticmethod
    def forward(ctx, x):
        scale = 127 / x.abs().amax(-1, keepdim=True).clamp_(min=1e-5)
        return (x * scale).round_().clamp_(-128, 127).div_(scale)

    @staticmethod
    def backward(ctx, grad):
        return grad


class _RmsNorm(torch.autograd.Function):
    """y = w * x / sqrt(mean(x^2) + eps), written out so that it keeps one tensor."""

    @staticmethod
    def forward(ctx, x, w, eps):
        r = torch.rsqrt(x.square().mean(-1, keepdim=True).add_(eps))
        normed = x * r
        ctx.save_for_backward(normed, w, r)
        return normed * w

    @staticmethod
    def backward(ctx, grad):
        normed, w, r = ctx.saved_tensors
        grad_w = (grad * normed).flatten(0, -2).sum(0)
        g = grad * w
        mean = (g * normed).mean(-1, keepdim=True)
        return g.sub_(normed * mean).mul_(r), grad_w, None


def ternary_weights(w):
    return _TernaryWeights.apply(w)


class RmsNorm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x):
        return _RmsNorm.apply(x, self.weight, self.eps)


class Linear(nn.Module):
    """A linear layer without bias; a ternary one takes int8 activations."""

    def __init__(self, inputs, outputs, ternary, std):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) * std)
        self.ternary = ternary

    def forward(self, x):
        return F.linear(x, ternary_weights(self.weight) if self.ternary else self.weight)


def _rotate(x, cos, sin):
    left, right = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-right, left), dim=-1) * sin


class Attention(nn.Module):
    def __init__(self, shape, ternary, std):
        super().__init__()
        size, heads = shape.hidden, shape.heads
        self.heads, self.head_dim = heads, size // heads
        self.q_proj = Linear(size, size, ternary, std)
        self.k_proj = Linear(size, size, ternary, std)
        self.v_proj = Linear(size, size, ternary, std)
        self.o_proj = Linear(size, size, ternary, std / math.sqrt(2 * shape.layers))
        self.quantise = _Int8Activations.apply if ternary else (lambda x: x)

    def forward(self, x, cos, sin, mask):
        batch, length, size = x.shape
        x = self.quantise(x)

        def split(y):
            return y.view(batch, length, self.heads, self.head_dim).transpose(1, 2)

        q = _rotate(split(self.q_proj(x)), cos, sin) * self.head_dim**-0.5
        k = _rotate(split(self.k_proj(x)), cos, sin)
        scores = q @ k.transpose(-1, -2) + mask
        y = scores.softmax(-1) @ split(self.v_proj(x))
        return self.o_proj(self.quantise(y.transpose(1, 2).reshape(batch, length, size)))


class Mlp(nn.Module):
    def __init__(self, shape, ternary, std):
        super().__init__()
        self.gate_proj = Linear(shape.hidden, shape.intermediate, ternary, std)
        self.up_proj = Linear(shape.hidden, shape.intermediate, ternary, std)
        self.down_proj = Linear(
            shape.intermediate, shape.hidden, ternary, std / math.sqrt(2 * shape.layers)
        )
        self.quantise = _Int8Activations.apply if ternary else (lambda x: x)

    def forward(self, x):
        x = self.quantise(x)
        return self.down_proj(self.quantise(F.silu(self.gate_proj(x)) * self.up_proj(x)))


class Layer(nn.Module):
    def __init__(self, shape, ternary, std):
        super().__init__()
        self.input_layernorm = RmsNorm(shape.hidden, shape.rms_eps)
        self.self_attn = Attention(shape, ternary, std)
        self.post_attention_layernorm = RmsNorm(shape.hidden, shape.rms_eps)
        self.mlp = Mlp(shape, ternary, std)

    def forward(self, x, cos, sin, mask):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, mask)
        return x + self.mlp(self.post_attention_layernorm(x))


class _Decoder(nn.Module):
    def __init__(self, shape, ternary, std):
        super().__init__()
        self.embed_tokens = nn.Embedding(shape.vocab, shape.hidden)
        nn.init.normal_(self.embed_tokens.weight, std=std)
        self.layers = nn.ModuleList(Layer(shape, ternary, std) for _ in range(shape.layers))
        self.norm = RmsNorm(shape.hidden, shape.rms_eps)


class TinyLm(nn.Module):
    """Its parameters carry the names of a Llama checkpoint."""

    def __init__(self, shape, ternary, std=0.08):
        super().__init__()
        self.shape, self.ternary = shape, ternary
        self.model = _Decoder(shape, ternary, std)
        self.lm_head = Linear(shape.hidden, shape.vocab, ternary, std)
        self.quantise = _Int8Activations.apply if ternary else (lambda x: x)
        half = shape.hidden // shape.heads // 2
        inverse = shape.rope_theta ** -(torch.arange(half, dtype=torch.float64) / half)
        angle = torch.outer(torch.arange(shape.context, dtype=torch.float64), inverse)
        angle = torch.cat((angle, angle), dim=-1)
        self.register_buffer("cos", angle.cos().float(), persistent=False)
        self.register_buffer("sin", angle.sin().float(), persistent=False)
        mask = torch.full((shape.context, shape.context), -math.inf).triu(1)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, tokens):
        length = tokens.shape[-1]
        cos, sin, mask = self.cos[:length], self.sin[:length], self.mask[:length, :length]
        x = self.model.embed_tokens(tokens)
        for layer in self.model.layers:
            x = layer(x, cos, sin, mask)
        return self.lm_head(self.quantise(self.model.norm(x)))

    def linear_names(self):
        return [f"{name}.weight" for name, m in self.named_modules() if isinstance(m, Linear)]
