"""Test checkpoints of compressed-tensors, of gpt-oss and of bitsandbytes."""

import json

import numpy as np

import conventions
from containers import Tensor, float_tensor, tensor

LAYER = "model.layers.1.mlp.down_proj"
WEIGHT = LAYER + ".weight"
EXPERTS = "model.layers.0.mlp.experts.gate_up_proj"


def config(form, **weights):
    scheme = {"num_bits": 4, "type": "int", "symmetric": True, "strategy": "group",
              "group_size": 32, "actorder": None} | weights
    groups = {"group_0": {"targets": ["Linear"], "weights": scheme, "input_activations": None}}
    return {"quant_method": "compressed-tensors", "format": form, "config_groups": groups,
            "ignore": ["lm_head"], "quantization_status": "compressed"}


def packed_width(k, width, dense):
    return -(-k * width // 32) if dense else -(-k // (32 // width))


def int_tensors(make, shape, width, group, dense=True):
    """Of n x k weights in groups (0: whole rows)."""
    n, k = shape
    return {LAYER + ".weight_packed": make.words(n, packed_width(k, width, dense)),
            LAYER + ".weight_scale": make.scales("BF16", n, k // group if group else 1),
            LAYER + ".weight_shape": tensor("I64", [n, k])}


def zero_points(make, tensors, width, dense=True):
    n, groups = tensors[LAYER + ".weight_scale"].shape
    return {LAYER + ".weight_zero_point": make.words(packed_width(n, width, dense), groups)}


def int_case(make, name, tensors, width, scheme, **more):
    expected = {WEIGHT: conventions.compressed_ints(tensors, LAYER, width)}
    form = config("pack-quantized", num_bits=width, **scheme)
    return make.checkpoint("ct_" + name, tensors, form, expected=expected, **more)


def rows_and_groups(make, width):
    """Scales of groups and of rows, whose K has a tail; with zero points and without."""
    cases = []
    rows = {"strategy": "channel", "group_size": None}
    for symmetric in (True, False):
        word = f"{width}_{'sym' if symmetric else 'asym'}"
        for label, k, group, scheme in (("group", 128, 32, {}), ("channel", 52, 0, rows)):
            tensors = int_tensors(make, (12, k), width, group)
            if not symmetric:
                tensors |= zero_points(make, tensors, width)
            cases.append(int_case(make, f"{word}_{label}", tensors, width,
                                  scheme | {"symmetric": symmetric}))
    return cases


def tensors_and_orders(make, width):
    """One scale of all weights; and groups of channels that are no neighbours."""
    whole = {"strategy": "tensor", "group_size": None}
    plain = int_tensors(make, (12, 64), width, 0)
    plain[LAYER + ".weight_scale"] = make.scales("F32", 1)
    zeros = plain | {LAYER + ".weight_zero_point": tensor("I8", [1 - 2 ** (width - 1)])}
    cases = [int_case(make, f"{width}_tensor", plain, width, whole),
             int_case(make, f"{width}_tensor_asym", zeros, width, whole | {"symmetric": False})]
    tensors = int_tensors(make, (12, 128), width, 32)
    tensors |= zero_points(make, tensors, width)
    order = make.random.permutation(np.arange(128) // 32)
    for label, index in (("order", order), ("unset_order", np.full(128, -1))):
        named = tensors | {LAYER + ".weight_g_idx": tensor("I32", index)}
        cases.append(int_case(make, f"{width}_{label}", named, width,
                              {"symmetric": False, "actorder": "group"}))
    return cases


def compressed_ints(make):
    cases = []
    for width in (2, 4, 8):
        cases += rows_and_groups(make, width) + tensors_and_orders(make, width)
    for width in (3, 5, 6, 7):  # of 7 bits the library has no format
        for dense in (True, False):
            tensors = int_tensors(make, (12, 160), width, 32, dense)
            tensors |= zero_points(make, tensors, width, dense)
            cases.append(int_case(make, f"{width}_{'dense' if dense else 'padded'}", tensors, width,
                                  {"symmetric": False}, may_refuse={WEIGHT}))
    return cases


def nvfp4_tensors(make, n, k, whole):
    scales = make.random.integers(0, 127, (n, k // 16))
    return {LAYER + ".weight_packed": make.bytes(n, k // 2),
            LAYER + ".weight_scale": tensor("F8_E4M3", scales),
            LAYER + ".weight_global_scale": tensor("F32", [whole])}


NVFP4 = config("nvfp4-pack-quantized", type="float", strategy="tensor_group", group_size=16)
MXFP4 = config("mxfp4-pack-quantized", type="float", group_size=32)


def nvfp4(make):
    cases = []
    for name, k, whole in (("exact", 64, 1024), ("tail", 48, 0.25), ("rounded", 64, 1337.77)):
        tensors = nvfp4_tensors(make, 6, k, whole)
        values = conventions.nvfp4(tensors, LAYER)
        # A factor of one over the global scale is rounded, and what it multiplies once more.
        exact = np.log2(whole) % 1 == 0
        bounds = {} if exact else {WEIGHT: 2 * np.spacing(np.abs(values))}
        cases.append(make.checkpoint("ct_nvfp4_" + name, tensors, NVFP4, expected={WEIGHT: values},
                                     bounds=bounds))
    tensors = nvfp4_tensors(make, 6, 64, 2)
    tensors[LAYER + ".weight_scale"].array[:] |= 128
    cases.append(make.checkpoint("ct_nvfp4_negative", tensors, NVFP4, may_refuse={WEIGHT},
                                 expected={WEIGHT: conventions.nvfp4(tensors, LAYER)}))
    return cases


def mxfp4_tensors(make, n, k):
    return {LAYER + ".weight_packed": make.bytes(n, k // 2),
            LAYER + ".weight_scale": tensor("U8", make.random.integers(0, 255, (n, k // 32)))}


def mxfp4(make):
    tensors = mxfp4_tensors(make, 6, 96)
    return [make.checkpoint("ct_mxfp4", tensors, MXFP4,
                            expected={WEIGHT: conventions.mxfp4(tensors, LAYER)})]


def experts_tensors(make, count, n, k):
    return {EXPERTS + "_blocks": make.bytes(count, n, k // 32, 16),
            EXPERTS + "_scales": tensor("U8", make.random.integers(0, 255, (count, n, k // 32))),
            EXPERTS + "_bias": make.scales("BF16", count, n)}


def gpt_oss(make):
    tensors = experts_tensors(make, 5, 6, 96)
    values = conventions.experts_mxfp4(tensors, EXPERTS)
    expected = {f"{EXPERTS}[{i}]": values[i] for i in range(5)}
    return [make.checkpoint("gpt_oss", tensors, {"quant_method": "mxfp4"}, expected=expected),
            make.checkpoint("gpt_oss_told", tensors, expected=expected,
                            arguments=["--convention", "mxfp4"])]


NF4 = [-1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
       -0.18477343022823334, -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725,
       0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
       0.7229568362236023, 1]
FP4 = [x / 12 for x in (0, 0.0625, 8, 12, 4, 6, 2, 3, 0, -0.0625, -8, -12, -4, -6, -2, -3)]
# Tables are held as integers of at most 127: how far these are from the table, of 1.
TABLE_ERROR = {"nf4": 0.0040, "fp4": 0.0053}


def bitsandbytes_tensors(make, kind, shape, block=64, nested=0):
    """nested: scales that share a scale of scales, or 0."""
    count = -(-shape[0] * shape[1] // block)
    state = {"quant_type": kind, "blocksize": block, "dtype": "bfloat16", "shape": list(shape)}
    tensors = {WEIGHT: make.bytes(shape[0] * shape[1] // 2, 1),
               WEIGHT + ".absmax": Tensor("F32", np.abs(make.scales("F32", count).array)),
               WEIGHT + ".quant_map": float_tensor("F32", NF4 if kind == "nf4" else FP4)}
    if nested:
        state |= {"nested_blocksize": nested, "nested_dtype": "float32", "nested_offset": 0.043}
        levels = np.sort(make.random.uniform(-1, 1, 256))
        most = make.random.random(-(-count // nested))
        tensors |= {WEIGHT + ".absmax": make.bytes(count),
                    WEIGHT + ".nested_absmax": tensor("F32", most),
                    WEIGHT + ".nested_quant_map": tensor("F32", levels)}
    text = np.frombuffer(json.dumps(state).encode(), np.uint8)
    return tensors | {f"{WEIGHT}.quant_state.bitsandbytes__{kind}": Tensor("U8", text)}


def bitsandbytes_config(kind):
    return {"quant_method": "bitsandbytes", "load_in_4bit": True, "load_in_8bit": False,
            "bnb_4bit_quant_type": kind, "bnb_4bit_quant_storage": "uint8"}


def bitsandbytes(make):
    cases = []
    for kind in ("nf4", "fp4"):
        for name, shape, block, nested in (("plain", (6, 128), 64, 0), ("nested", (6, 256), 64, 16),
                                           ("large", (3, 512), 256, 0), ("across", (4, 96), 64, 0)):
            tensors = bitsandbytes_tensors(make, kind, shape, block, nested)
            values, most = conventions.bitsandbytes(tensors, WEIGHT, kind)
            bounds = {WEIGHT: TABLE_ERROR[kind] * most + 1e-44}
            # Blocks across rows and the table of FP4, 1/192 to 1, are nothing that the library has.
            odd = name == "across" or kind == "fp4"
            cases.append(make.checkpoint(f"bnb_{kind}_{name}", tensors, bitsandbytes_config(kind),
                                         expected={WEIGHT: values}, bounds=bounds,
                                         may_refuse={WEIGHT} if odd else set()))
    return cases


def all_cases(make):
    return [*compressed_ints(make), *nvfp4(make), *mxfp4(make), *gpt_oss(make), *bitsandbytes(make)]
