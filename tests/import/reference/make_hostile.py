"""Test checkpoints that must be refused, with the words that the error must have."""

import json

import numpy as np

import containers
from cases import Case, replaced, with_element, without
from containers import Tensor, float_tensor, tensor, words
import make_linear
import make_packed


def gptq(make):
    layer = make_linear.LAYER
    good = make_linear.gptq_tensors(make, (8, 64), 4, 32)
    t = {name.rpartition(".")[2]: value for name, value in good.items()}
    config = make_linear.gptq_config(4, 32)
    unordered = without(good, layer + ".g_idx")  # what groups channels are in, the config says

    def nan_scale(dtype, value):
        return float_tensor(dtype, np.full((2, 8), value))

    bad = {
        "no_scales": (without(good, layer + ".scales"), config, layer + ".scales"),
        "no_qzeros": (without(good, layer + ".qzeros"), config, layer + ".qzeros"),
        "nan": (replaced(good, scales=nan_scale("F16", np.nan)), config, layer),
        "infinite": (replaced(good, scales=nan_scale("F32", np.inf)), config, layer),
        "one_group": (replaced(good, scales=Tensor("F16", t["scales"].array[:1])), config, layer),
        "narrow_scales": (replaced(good, scales=Tensor("F16", t["scales"].array[:, :4])), config,
                          layer),
        "narrow_zeros": (replaced(good, qzeros=words(np.zeros((2, 0)))), config, layer),
        "flat_weight": (replaced(good, qweight=words(t["qweight"].array.reshape(-1))), config,
                        layer),
        "float_weight": (replaced(good, qweight=Tensor("F32", t["qweight"].array.view("<f4"))),
                         config, layer),
        "int_scales": (replaced(good, scales=tensor("I32", np.ones((2, 8)))), config, layer),
        "high_index": (replaced(good, g_idx=with_element(t["g_idx"], 7, 2)), config, layer),
        "huge_index": (replaced(good, g_idx=with_element(t["g_idx"], 63, 2 ** 31 - 1)), config,
                       layer),
        "low_index": (replaced(good, g_idx=with_element(t["g_idx"], 0, -1)), config, layer),
        "short_index": (replaced(good, g_idx=Tensor("I32", t["g_idx"].array[:60])), config, layer),
        "group_0": (unordered, config | {"group_size": 0}, "group_size"),
        "group_negative": (unordered, config | {"group_size": -5}, "group_size"),
        "group_small": (unordered, config | {"group_size": 16}, "group_size"),
        "group_huge": (unordered, config | {"group_size": 2 ** 40}, "group_size"),
        "marlin": (good, config | {"checkpoint_format": "marlin"}, "marlin"),
        "no_format": (good, config | {"checkpoint_format": "gptq_v9"}, "gptq_v9"),
        "narrow_words": (replaced(good, qweight=Tensor("I16", t["qweight"].array.view("<i2"))),
                         config | {"pack_dtype": "int16"}, layer),
    }
    return refusals(make, "gptq", bad, make_linear.WEIGHT)


def awq(make):
    layer = make_linear.LAYER
    good = make_linear.awq_tensors(make, 16, 64, 32)
    scales = good[layer + ".scales"]
    config = make_linear.awq_config(32)
    bad = {
        "no_scales": (without(good, layer + ".scales"), config, layer + ".scales"),
        "nan": (replaced(good, scales=with_element(scales, (1, 3), np.nan)), config, layer),
        "rows": (replaced(good, scales=Tensor("F16", scales.array[:1])), config, layer),
        "columns": (replaced(good, qzeros=words(np.zeros((2, 1)))), config, layer),
        "bits": (good, config | {"bits": 3}, "bits"),
    }
    return refusals(make, "awq", bad, make_linear.WEIGHT)


def compressed(make):
    layer = make_packed.LAYER
    good = make_packed.int_tensors(make, (12, 128), 4, 32)
    good |= make_packed.zero_points(make, good, 4)
    good[layer + ".weight_g_idx"] = tensor("I32", np.arange(128) // 32)
    scale, index = good[layer + ".weight_scale"], good[layer + ".weight_g_idx"]
    config = make_packed.config("pack-quantized", symmetric=False, actorder="group")

    def shape(n, k):
        return replaced(good, weight_shape=tensor("I64", [n, k]))

    bad = {
        "no_scale": (without(good, layer + ".weight_scale"), config, layer + ".weight_scale"),
        "no_zeros": (without(good, layer + ".weight_zero_point"), config,
                     layer + ".weight_zero_point"),
        "nan": (replaced(good, weight_scale=with_element(scale, (3, 1), 0x7FC0)), config, layer),
        "wide_shape": (shape(12, 136), config, layer),
        "tall_shape": (shape(13, 128), config, layer),
        "negative_shape": (shape(-12, 128), config, layer),
        "huge_shape": (shape(2 ** 62, 2 ** 62), config, layer),
        "empty_shape": (shape(12, 0), config, layer),
        "long_shape": (replaced(good, weight_shape=tensor("I64", [12, 128, 1])), config, layer),
        "few_scales": (replaced(good, weight_scale=Tensor("BF16", scale.array[:, :3])), config,
                       layer),
        "high_index": (replaced(good, weight_g_idx=with_element(index, 9, 4)), config, layer),
        "short_zeros": (replaced(good, weight_zero_point=words(np.zeros((1, 4)))), config, layer),
        "bits_9": (good, make_packed.config("pack-quantized", num_bits=9), layer),
        "format": (good, config | {"format": "marlin-24"}, "marlin-24"),
    }
    return refusals(make, "ct", bad, make_packed.WEIGHT) + small_floats(make)


def small_floats(make):
    layer = make_packed.LAYER
    four = make_packed.nvfp4_tensors(make, 6, 64, 2)
    scale, config = four[layer + ".weight_scale"], make_packed.NVFP4

    def whole(*values):
        return replaced(four, weight_global_scale=tensor("F32", values))

    bad = {
        "scale_nan": (replaced(four, weight_scale=with_element(scale, (1, 1), 127)), config, layer),
        "whole_zero": (whole(0), config, layer), "whole_nan": (whole(np.nan), config, layer),
        "whole_infinite": (whole(np.inf), config, layer), "whole_two": (whole(1, 2), config, layer),
        "no_whole": (without(four, layer + ".weight_global_scale"), config,
                     layer + ".weight_global_scale"),
        "few": (replaced(four, weight_scale=Tensor("F8_E4M3", scale.array[:, :2])), config, layer),
    }
    cases = refusals(make, "nvfp4", bad, make_packed.WEIGHT)
    eight = make_packed.mxfp4_tensors(make, 6, 96)
    scale, config = eight[layer + ".weight_scale"], make_packed.MXFP4
    bad = {
        "nan": (replaced(eight, weight_scale=with_element(scale, (5, 2), 255)), config, layer),
        "few": (replaced(eight, weight_scale=Tensor("U8", scale.array[:, :1])), config, layer),
    }
    return cases + refusals(make, "mxfp4", bad, make_packed.WEIGHT)


def gpt_oss(make):
    name, config = make_packed.EXPERTS, {"quant_method": "mxfp4"}
    good = make_packed.experts_tensors(make, 3, 4, 64)
    scales = good[name + "_scales"]
    bad = {
        "nan": (good | {name + "_scales": with_element(scales, (1, 2, 1), 255)}, name),
        "few": (good | {name + "_scales": Tensor("U8", scales.array[:2])}, name),
        "short": (good | {name + "_blocks": make.bytes(3, 4, 2, 15)}, name),
    }
    # How many experts there are, is not asked where there are no scales.
    alone = make.checkpoint("gpt_oss_bad_no_scales", without(good, name + "_scales"), config,
                            refused={name: [name + "_scales"]})
    return [alone] + [make.checkpoint("gpt_oss_bad_" + label, tensors, config,
                                      refused={name + "[1]": [word]})
                      for label, (tensors, word) in bad.items()]


def bitsandbytes(make):
    name, key = make_packed.WEIGHT, make_packed.WEIGHT + ".quant_state.bitsandbytes__nf4"
    config = make_packed.bitsandbytes_config("nf4")
    good = make_packed.bitsandbytes_tensors(make, "nf4", (6, 128), 64, 16)
    state = json.loads(good[key].array.tobytes())

    def told(**changes):
        text = json.dumps(state | changes).encode()
        return good | {key: Tensor("U8", np.frombuffer(text, np.uint8))}

    def part(suffix, length):
        t = good[name + suffix]
        return good | {name + suffix: Tensor(t.dtype, t.array[:length])}

    nan = with_element(good[name + ".nested_absmax"], 0, np.nan)
    bad = {
        "no_absmax": (without(good, name + ".absmax"), config, name + ".absmax"),
        "no_map": (without(good, name + ".nested_quant_map"), config, name + ".nested_quant_map"),
        "no_state": (without(good, key), config, name),
        "no_json": (good | {key: tensor("U8", [123, 34])}, config, name),
        "few_absmax": (part(".absmax", 11), config, name),
        "few_nested": (part(".nested_absmax", 0), config, name),
        "short_map": (part(".quant_map", 15), config, name),
        "short_nested_map": (part(".nested_quant_map", 255), config, name),
        "nan": (good | {name + ".nested_absmax": nan}, config, name),
        "block_0": (told(blocksize=0), config, name),
        "block_huge": (told(blocksize=2 ** 63), config, name),
        "nested_0": (told(nested_blocksize=0), config, name),
        "shape": (told(shape=[7, 128]), config, name),
        "shape_huge": (told(shape=[2 ** 40, 2 ** 40]), config, name),
        "shape_negative": (told(shape=[-6, -128]), config, name),
    }
    return refusals(make, "bnb", bad, name)


def refusals(make, prefix, bad, name):
    return [make.checkpoint(f"{prefix}_bad_{label}", tensors, config, refused={name: [word]})
            for label, (tensors, config, word) in bad.items()]


def files(make):
    """Files that do not open, and a config that is none."""
    tensors = make_linear.gptq_tensors(make, (8, 64), 4, 32)
    cut = make.checkpoint("cut", tensors, make_linear.gptq_config(4, 32),
                          refused={"": ["model.safetensors"]})
    cut.path.write_bytes(cut.path.read_bytes()[:-9])
    garbled = make.checkpoint("garbled_config", tensors, refused={"": ["config.json"]})
    (garbled.path.parent / "config.json").write_text('{"quantization_config": {"bits": 4,')
    folder = make.place("lost_shard")
    index = containers.write_shards(folder, tensors, 2)
    (folder / "model-00002-of-00002.safetensors").unlink()
    return [cut, garbled, Case(index, refused={"": ["model-00002-of-00002.safetensors"]})]


def all_cases(make):
    return [*gptq(make), *awq(make), *compressed(make), *gpt_oss(make), *bitsandbytes(make),
            *files(make)]
