"""Test checkpoints of GPTQ, AWQ and BitNet: valid ones and what their readers must refuse."""

import json

import numpy as np

import containers
import conventions
from cases import Case, replaced, with_element, without
from containers import float_tensor, tensor, words

LAYER = "model.layers.0.self_attn.q_proj"
WEIGHT = LAYER + ".weight"
ALL_ONES = 0xFFFFFFFF


def gptq_config(width, group, **more):
    return {"quant_method": "gptq", "bits": width, "group_size": group, "desc_act": False,
            "sym": False} | more


def gptq_tensors(make, shape, width, group, dtype="F16"):
    """Of n x k weights; some groups have zeros whose stored bits are all ones."""
    n, k = shape
    groups = 1 if group == -1 else -(-k // group)
    zeros = make.words(groups, n * width // 32)
    if width == 8:
        zeros.array &= 0x7F7F7F7F
    else:
        zeros.array[0] = -1
    order = np.arange(k) // (k if group == -1 else group)
    return {LAYER + ".qweight": make.words(k * width // 32, n), LAYER + ".qzeros": zeros,
            LAYER + ".scales": make.scales(dtype, groups, n),
            LAYER + ".g_idx": tensor("I32", order), LAYER + ".bias": make.scales("F16", n)}


def gptq_case(make, name, tensors, width, config, **more):
    form = (config or {}).get("checkpoint_format", "gptq_v2" if name == "v2_told" else "gptq")
    size = (config or {}).get("group_size")
    expected = {WEIGHT: conventions.gptq(tensors, LAYER, width, form, size)}
    return make.checkpoint("gptq_" + name, tensors, config, expected=expected, **more)


def gptq_by_width(make, width):
    cases = []
    for label, k, group in (("tail", 96, 64), ("whole", 96, -1), ("groups", 256, 32)):
        tensors = gptq_tensors(make, (32, k), width, group)
        for form in ("gptq", "gptq_v2"):
            config = gptq_config(width, group, checkpoint_format=form)
            cases.append(gptq_case(make, f"{width}_{label}_{form}", tensors, width, config))
    tensors = gptq_tensors(make, (32, 96), width, 64)
    tensors[LAYER + ".g_idx"] = tensor("I32", make.random.permutation(np.arange(96) // 64))
    config = gptq_config(width, 64, desc_act=True)
    return cases + [gptq_case(make, f"{width}_act_order", tensors, width, config)]


def gptq_parts(make):
    """Other scales, no index, no config."""
    config = gptq_config(4, 32)
    cases = [gptq_case(make, "scales_" + dtype, gptq_tensors(make, (8, 64), 4, 32, dtype), 4,
                       config) for dtype in ("BF16", "F32")]
    # The last group of 96 is short, which only the config's group_size tells.
    for k in (64, 96, 256):
        tensors = without(gptq_tensors(make, (8, k), 4, 64), LAYER + ".g_idx")
        cases.append(gptq_case(make, f"no_index_{k}", tensors, 4, gptq_config(4, 64)))
    tensors = gptq_tensors(make, (8, 64), 4, 32)
    cases += [gptq_case(make, name, tensors, 4, None, arguments=["--convention", word])
              for name, word in (("told", "gptq"), ("v2_told", "gptq-v2"))]
    return cases + [old_config(make, tensors)]


def gptq_refusable(make):
    """Files that mean something, in ways that a reader need not follow."""
    cases = []

    def add(name, tensors, width, config):
        cases.append(gptq_case(make, name, tensors, width, config, may_refuse={WEIGHT}))

    tensors, config = gptq_tensors(make, (8, 64), 4, 32), gptq_config(4, 32)
    uneven = tensor("I32", make.random.integers(0, 2, 64))
    add("uneven", replaced(tensors, g_idx=uneven), 4, config)
    # The config has numbers that are none of these tensors', which say enough by themselves.
    for number, (key, value) in enumerate((
            ("bits", 5), ("bits", 0), ("bits", 2 ** 70), ("group_size", 0), ("group_size", -5),
            ("group_size", "a"), ("group_size", 2 ** 40))):
        add(f"false_{number}", tensors, 4, config | {key: value})
    # Codes in planes, which nothing but the config tells from others.
    for width in (3, 4, 5, 6, 7):
        add(f"{width}_planar", gptq_tensors(make, (32, 64), width, 32), width,
            gptq_config(width, 32, checkpoint_format="gptq_p"))
    # One layer has other bits than the config says of all; and a zero of 256, which no byte holds.
    eight = gptq_tensors(make, (8, 64), 8, 32)
    add("own_bits", eight, 8, gptq_config(4, 32, dynamic={r"+:.*q_proj": {"bits": 8}}))
    add("zero_256", replaced(eight, qzeros=words(np.full((2, 2), ALL_ONES))), 8, gptq_config(8, 32))
    return cases


def gptq(make):
    by_width = [case for width in (2, 3, 4, 8) for case in gptq_by_width(make, width)]
    return by_width + gptq_parts(make) + gptq_refusable(make)


def old_config(make, tensors):
    """The config has a file of its own."""
    case = make.checkpoint("gptq_old_config", tensors,
                           expected={WEIGHT: conventions.gptq(tensors, LAYER, 4, "gptq")})
    text = json.dumps({"bits": 4, "group_size": 32, "desc_act": False})
    (case.path.parent / "quantize_config.json").write_text(text)
    return case


def shards(make):
    """Companions lie in different files."""
    tensors, expected = {}, {}
    for layer in range(3):
        name = f"model.layers.{layer}.mlp.up_proj"
        for key, t in gptq_tensors(make, (16, 64), 4, 32).items():
            tensors[key.replace(LAYER, name)] = t
        expected[name + ".weight"] = conventions.gptq(tensors, name, 4, "gptq")
    folder = make.place("gptq_shards")
    config = {"quantization_config": gptq_config(4, 32)}
    (folder / "config.json").write_text(json.dumps(config))
    return Case(containers.write_shards(folder, tensors, 3), expected=expected)


def awq_tensors(make, n, k, group):
    return {LAYER + ".qweight": make.words(k, n // 8),
            LAYER + ".qzeros": make.words(k // group, n // 8),
            LAYER + ".scales": make.scales("F16", k // group, n)}


def awq_config(group, **more):
    return {"quant_method": "awq", "bits": 4, "group_size": group, "zero_point": True,
            "version": "gemm"} | more


def awq(make):
    cases = []
    for n, k, group in ((24, 128, 32), (8, 256, 128), (16, 64, 64)):
        tensors = awq_tensors(make, n, k, group)
        cases.append(make.checkpoint(f"awq_{n}_{k}", tensors, awq_config(group),
                                     expected={WEIGHT: conventions.awq(tensors, LAYER)}))
    cases.append(make.checkpoint("awq_told", tensors, arguments=["--convention", "awq"],
                                 expected={WEIGHT: conventions.awq(tensors, LAYER)}))
    for version in ("gemv", "gemv_fast", "marlin"):
        cases.append(make.checkpoint("awq_" + version, tensors, awq_config(64, version=version),
                                     refused={WEIGHT: [version]}))
    return cases


def bitnet_tensors(make, n, k, dtype="BF16"):
    bands = make.codes(3, 4, n // 4, k)
    packed = (bands << np.array([0, 2, 4, 6], np.uint32)[:, None, None]).sum(axis=0)
    return {WEIGHT: tensor("U8", packed), LAYER + ".weight_scale": float_tensor(dtype, [1.2168])}


def bitnet(make):
    multiply = {"quant_method": "bitnet", "linear_class": "autobitlinear",
                "quantization_mode": "offline"}
    divide = {"quant_method": "bitnet", "linear_class": "bitlinear", "quantization_mode": "offline"}
    told = ["--convention", "bitnet", "--bitnet-scale"]
    cases = []
    for name, n, k, config, arguments in (
            ("multiply", 12, 40, multiply, []), ("divide", 12, 40, divide, []),
            ("multiply_tail", 8, 22, multiply, []), ("multiply_told", 4, 16, None, told),
            ("divide_told", 4, 16, None, told), ("multiply_f32", 4, 64, multiply, []),
            ("divide_f32", 4, 64, divide, []), ("divide_over", 8, 16, multiply, told)):
        tensors = bitnet_tensors(make, n, k, "F32" if name.endswith("f32") else "BF16")
        word = name.partition("_")[0]
        values = conventions.bitnet(tensors, LAYER, word == "divide")
        cases.append(make.checkpoint("bitnet_" + name, tensors, config, expected={WEIGHT: values},
                                     arguments=arguments + [word] if arguments else []))
    # Codes of 3 are none, and a scale of zero divides nothing.
    tensors = bitnet_tensors(make, 8, 16)
    for name, bad, config in (
            ("code", tensors | {WEIGHT: with_element(tensors[WEIGHT], (1, 5), 0xC0)}, multiply),
            ("zero", replaced(tensors, weight_scale=float_tensor("BF16", [0])), divide),
            ("nan", replaced(tensors, weight_scale=float_tensor("BF16", [np.nan])), multiply),
            ("no_scale", without(tensors, LAYER + ".weight_scale"), multiply),
            ("many", replaced(tensors, weight_scale=float_tensor("BF16", [1, 2])), multiply)):
        cases.append(make.checkpoint("bitnet_bad_" + name, bad, config, refused={WEIGHT: [LAYER]}))
    return cases


def all_cases(make):
    return [*gptq(make), shards(make), *awq(make), *bitnet(make)]
