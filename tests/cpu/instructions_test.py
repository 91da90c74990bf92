#!/usr/bin/env python3
"""Which processors the library's code asks for: no function runs where its instructions do not.

    instructions_test.py CXX FILE...
    instructions_test.py --self-test CXX

FILE is an archive or a shared library. Functions whose symbol lies in the namespace of a SIMD
target may use that target's instructions; everything else, static initialisers and functions that
a linker chooses among several copies included, only those of every x86-64 processor. The judge is
the assembler, told what it may accept. In shared libraries, where every reference is resolved,
nothing outside may name a function of a target either: constant data is the only way in, so that
the check of the processor cannot come too late. --self-test shows that each rule can be broken.
"""

import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

SKIPPED = 77

# What `as` accepts of each target, as Highway compiles it; "" is everything outside of targets.
SSE4 = "generic64+sse4.2+popcnt+aes+pclmul"
AVX2 = SSE4 + "+avx2+bmi+bmi2+fma+f16c"
AVX3 = AVX2 + "+avx512f+avx512cd+avx512vl+avx512dq+avx512bw"
AVX3_DL = AVX3 + ("+vpclmulqdq+vaes+gfni+avx512vbmi+avx512_vbmi2+avx512_vnni+avx512_bitalg"
                  "+avx512_vpopcntdq")
AVX3_ZEN4 = AVX3_DL + "+avx512_bf16"
ACCEPTED = {
    "": "generic64", "EMU128": "generic64", "SCALAR": "generic64", "SSE2": "generic64",
    "SSSE3": "generic64+ssse3", "SSE4": SSE4, "AVX2": AVX2, "AVX3": AVX3, "AVX3_DL": AVX3_DL,
    "AVX3_ZEN4": AVX3_ZEN4, "AVX3_SPR": AVX3_ZEN4 + "+avx512_fp16",
}
# Instructions that functions of Highway itself use behind a check of their own.
CHECKED_THERE = {("hwy", "xgetbv"), ("hwy", "rdtscp")}

HEADER = re.compile(r"^([0-9a-f]+) <(.+)>:$")
REFERENCE = re.compile(r"<([^<>+]+)(?:\+0x[0-9a-f]+)?>")
NUMBER = re.compile(r"-?0x[0-9a-f]+")
VECTOR = re.compile(r"%([xyz])mm(\d+)")
PREFIX = re.compile(r"^(?:(?:data16|notrack|bnd|cs|ds|es|ss|lock|rex[.A-Z]*) )+")
# Jumps and calls are the same everywhere; endbr64 and padding do nothing on any processor.
EVERYWHERE = re.compile(r"^(?:j[a-z]+|call[q]?|ret[q]?|nop[lw]?|endbr64|xchg +%ax,%ax)\b")


def target_of(symbol):
    """The target whose namespace the mangled symbol lies in, "" outside of all."""
    if symbol.startswith(("_GLOBAL_", "__static_init")):
        return ""  # an initialiser that is only named after something in there
    found = set()
    for match in re.finditer(r"(\d+)(?=N_[A-Z])", symbol):
        # Digits of a name in front may run into the length: the shortest that fits counts.
        for length in (match[1][-1:], match[1][-2:]):
            name = symbol[match.end():match.end() + int(length)]
            if re.fullmatch(r"N_[A-Z][A-Z0-9_]*", name):
                found.add(name[2:])
                break
    return "+".join(sorted(found))


def is_linked(file):
    return ".so" in Path(file).name


def function_symbols(file):
    """(address, symbol) of each function."""
    run = subprocess.run(["nm", str(file)], capture_output=True, text=True, check=True)
    found = re.findall(r"^([0-9a-f]+) [tTwWi] (\S+)$", run.stdout, re.MULTILINE)
    return [(int(address, 16), symbol) for address, symbol in found]


def names_at(file):
    """{address: symbols of functions there}; empty for archives, whose objects all start at 0."""
    names = defaultdict(list)
    for address, symbol in function_symbols(file) if is_linked(file) else []:
        names[address].append(symbol)
    return names


class Code:
    """What the functions of a file do: shapes of instructions, and functions that they name."""

    def __init__(self):
        self.shapes = defaultdict(dict)  # target -> shape of an instruction -> a function with it
        self.names = defaultdict(set)  # function -> symbols that its instructions name
        self.functions = defaultdict(int)  # target -> number of functions


def shape_of(instruction):
    """The instruction without its numbers, or None where there is nothing to judge."""
    text = PREFIX.sub("", instruction.split("#")[0].split("<")[0].strip())
    if not text or EVERYWHERE.match(text):
        return None
    # Older processors run this encoding as bsf, which is why compilers write it everywhere.
    text = re.sub(r"^(?:rep[z]? )?(?:tzcnt|bsf)\b", "bsf", text)
    text = VECTOR.sub(lambda m: f"%{m[1]}mm{16 if int(m[2]) > 15 else 0}", text)
    return NUMBER.sub("1", text)


def read_code(file):
    code = Code()
    names = names_at(file)
    command = ["objdump", "-d", "-w", "--no-show-raw-insn", str(file)]
    function, kept = "", [code.shapes[""]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            header = HEADER.match(line)
            if header:
                function = header[2]
                # Functions with the same code may share it: then it must suit each of them.
                targets = {target_of(name) for name in names.get(int(header[1], 16), [function])}
                kept = [code.shapes[target] for target in targets]
                for target in targets:
                    code.functions[target] += 1
                continue
            instruction = line.rstrip("\n").partition("\t")[2]
            if not instruction:
                continue
            shape = shape_of(instruction)
            if shape is not None:
                for shapes in kept:
                    shapes.setdefault(shape, function)
            if "<" in instruction:
                code.names[function].update(REFERENCE.findall(instruction))
    if process.returncode != 0:
        raise RuntimeError(f"objdump failed on {file}")
    return code


def refused(shapes, accepted, folder):
    """{shape: the assembler's reason} of those that `accepted` processors lack."""
    listed = list(shapes)
    source = folder / "shapes.s"
    source.write_text("\n".join(listed) + "\n", encoding="ascii")
    run = subprocess.run(
        ["as", "--64", f"-march={accepted}", "-o", str(folder / "shapes.o"), str(source)],
        capture_output=True, text=True, check=False)
    errors = re.findall(r"^[^:]+:(\d+): Error: (.*)$", run.stderr, re.MULTILINE)
    if run.returncode != 0 and not errors:
        raise RuntimeError(f"as: {run.stderr}")
    return {listed[int(line) - 1]: reason for line, reason in errors}


def demangled(symbol):
    run = subprocess.run(["c++filt", symbol], capture_output=True, text=True, check=True)
    return run.stdout.strip()


def wrong_instructions(code, folder):
    for target, shapes in code.shapes.items():
        if target not in ACCEPTED:
            function = demangled(next(iter(shapes.values()), target))
            yield f"{function}: no known target is named {target}; see ACCEPTED"
            continue
        for shape, reason in refused(shapes, ACCEPTED[target], folder).items():
            function = demangled(shapes[shape])
            if (function.split("::")[0].split(" ")[-1], shape.split()[0]) in CHECKED_THERE:
                continue
            yield f"{function}: {shape}: {reason} ({target or 'outside of targets'})"


def wrong_references(code, file):
    functions = {symbol for _, symbol in function_symbols(file)}
    for function, names in code.names.items():
        if target_of(function) != "":
            continue
        for name in sorted(names & functions):
            if target_of(name) != "":
                yield f"{demangled(function)}: names {demangled(name)}, which is a target's"


def problems(file, folder):
    code = read_code(file)
    if not code.functions[""]:
        yield f"{file}: no function was found"
    yield from wrong_instructions(code, folder)
    if is_linked(file):
        yield from wrong_references(code, file)
    counts = ", ".join(f"{count} {target or 'outside'}"
                       for target, count in sorted(code.functions.items()))
    print(f"{Path(file).name}: functions: {counts}")


TARGET_CODE = """
#include <immintrin.h>
namespace room::N_%s {
__attribute__((target("%s"))) void Add(const float* a, float* b) { %s }
extern const Function kAdd;
constinit const Function kAdd = Add;
}
"""
HEAD = "using Function = void (*)(const float*, float*);\n"
ADD_512 = "_mm512_storeu_ps(b, _mm512_add_ps(_mm512_loadu_ps(a), _mm512_loadu_ps(b)));"
ADD_256 = "_mm256_storeu_ps(b, _mm256_add_ps(_mm256_loadu_ps(a), _mm256_loadu_ps(b)));"
ADD_128 = "_mm_storeu_ps(b, _mm_blend_ps(_mm_loadu_ps(a), _mm_loadu_ps(b), 5));"
# Not the same code as that of another namespace, which a compiler would take for both.
MORE_CODE = TARGET_CODE.replace("Add", "More")
MULTIPLY_512, MULTIPLY_256 = ADD_512.replace("add", "mul"), ADD_256.replace("add", "mul")
CLEAN = (HEAD + TARGET_CODE % ("AVX3", "avx512f", ADD_512) + TARGET_CODE % ("AVX2", "avx2", ADD_256)
         + TARGET_CODE % ("SSE4", "sse4.1", ADD_128)
         + "const Function* Choose(int i) { return i ? &room::N_AVX2::kAdd : &room::N_SSE4::kAdd; }\n")
# What to append to CLEAN, and what the message must say; None: nothing is wrong.
SAMPLES = [
    ("", None),
    ("int Zeros(unsigned x) { return __builtin_ctz(x); }", None),
    ('__attribute__((target("avx2"))) float Twice(float x) { return x + x; }', "Twice"),
    ('__attribute__((target("avx512f"))) int* Fill(int* x) '
     "{ for (int i = 0; i < 64; ++i) x[i] = 7; return x; }", "Fill"),
    ('__attribute__((target("popcnt"))) int Bits(int x) { return __builtin_popcount(x); }', "popcnt"),
    ('__attribute__((target("bmi2"))) unsigned Left(unsigned x, int n) { return x << n; }', "shlx"),
    ('__attribute__((target("sse4.1"))) int Max(const float* a, float* b) '
     "{ " + ADD_128 + " return 1; }", "Max"),
    ('__attribute__((target("avx"))) static double Make() { volatile double x = 3; return x * x; }\n'
     "double made = Make();", "Make"),
    ('__attribute__((target("avx512f"), constructor)) void Early() '
     "{ volatile float x = 1; x = x + x; }", "Early"),
    ('template <class T> __attribute__((target("avx2"))) T Sum(T a, T b) { return a + b; }\n'
     "template float Sum<float>(float, float);", "Sum"),
    (MORE_CODE % ("AVX2", "avx512f", MULTIPLY_512), "AVX2"),
    (MORE_CODE % ("SSE4", "avx2", MULTIPLY_256), "SSE4"),
    (MORE_CODE % ("NEW1", "avx2", MULTIPLY_256), "no known target"),
    ("void Early(float* x) { room::N_AVX2::Add(x, x); }", "names room::N_AVX2::Add"),
    ("Function Address() { return room::N_AVX3::Add; }", "names room::N_AVX3::Add"),
]


def compiled(cxx, source, folder):
    file = folder / "sample.cc"
    file.write_text(source, encoding="ascii")
    library = folder / "libsample.so"
    subprocess.run([cxx, "-std=c++20", "-O2", "-fPIC", "-fvisibility=hidden", "-fno-inline", "-shared",
                    str(file), "-o", str(library)], check=True)
    return library


def self_test(cxx, folder):
    failures = 0
    for sample, expected in SAMPLES:
        source = CLEAN + sample + "\n"
        found = "\n".join(problems(compiled(cxx, source, folder), folder))
        right = found == "" if expected is None else expected in found
        if not right:
            failures += 1
            print(f"sample {sample!r}\n  expected {expected!r}, found {found!r}")
    print(f"{len(SAMPLES)} samples, {failures} judged wrongly")
    return 1 if failures else 0


def can_run():
    try:
        for tool in ("objdump", "as", "nm", "c++filt"):
            version = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True)
        target = subprocess.run(["objdump", "-i"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return version.stdout != "" and "elf64-x86-64" in target.stdout


def main(arguments):
    if not can_run():
        print("skipped: needs objdump, as, nm and c++filt for x86-64 (package binutils)")
        return SKIPPED
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if arguments[0] == "--self-test":
            return self_test(arguments[1], folder)
        found = [problem for file in arguments for problem in problems(file, folder)]
    print("\n".join(found))
    if found:
        print(f"{len(found)} kinds of instructions or references that some processors cannot run")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
