"""How far a stock llama.cpp and the back end for ggml are from the weights' own values.

    accuracy.py [--engine debian|upstream] [--build DIR] [--types TYPE,...] [--chunks N]

Takes SmolLM2-135M-Instruct, makes it a model of 16-bit floats, and quantises that to each type
with llama-quantize. llama-perplexity then gives the mean divergence (Kullback-Leibler) of each
model's predictions from those of the model of floats: of stock, and of the back end in its two
modes. Greedy text in mode exact is compared with stock's, and with that of the same weights as
32-bit floats in stock, which rounds no activations. Everything is in build/compare_llama.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TYPES = ("Q4_0,Q4_1,Q5_0,Q5_1,Q8_0,Q2_K,Q3_K_M,Q4_K_M,Q5_K_M,Q6_K,IQ4_NL,IQ4_XS,"
         "TQ1_0,TQ2_0,Q1_0,Q2_0")
PROMPT = "Once upon a time"


class Engine:
    """The programs of a stock llama.cpp, with and without the back end."""

    def __init__(self, name, library, prefix):
        got = subprocess.run([str(ROOT / "tools/llama_cpp.sh"), name], stdout=subprocess.PIPE,
                             text=True)
        if got.returncode != 0:
            sys.exit(got.returncode)
        print(f"engine: {', '.join(got.stdout.split(chr(10))).rstrip(', ')}", flush=True)
        self.programs = ROOT / "build/deps/llama_cpp" / name / "bin"
        self.library = str(pathlib.Path(library).resolve())
        self.prefix = prefix.split()

    def run(self, program, *arguments, mode=None):
        """Returns (standard output, standard error); mode None is stock."""
        hidden = ("GGML_BACKEND_PATH", "LUTGEMM_GGML_MODE")
        environment = {k: v for k, v in os.environ.items() if k not in hidden}
        if mode is not None:
            environment.update(GGML_BACKEND_PATH=self.library, LUTGEMM_GGML_MODE=mode)
        command = self.prefix + [str(self.programs / program)] + [str(a) for a in arguments]
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              errors="replace")
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}: {done.returncode}\n{done.stderr[-2000:]}")
        return done.stdout, done.stderr

    def quantize(self, source, target, kind):
        if not target.exists():
            part = target.with_suffix(".part")
            self.run("llama-quantize", "--allow-requantize", source, part, kind)
            part.rename(target)
        return target


def divergence(engine, model, base, options, mode=None):
    arguments = ["-m", model, "-f", ROOT / "data/tiny_lm/heldout.txt", "-c", 256, "-b", 256, "-t",
                 options.threads, "--chunks", options.chunks, "--kl-divergence-base", base]
    out = "".join(engine.run("llama-perplexity", *arguments, "--kl-divergence", mode=mode))
    found = re.search(r"Mean\s+KLD:\s+([-\d.e]+)", out)
    if found is None:
        sys.exit(f"llama-perplexity printed no mean divergence:\n{out[-2000:]}")
    return float(found.group(1))


def greedy(engine, model, options, mode=None):
    """64 tokens of text, each the likeliest."""
    out, _ = engine.run("llama-completion", "-m", model, "-no-cnv", "--temp", 0, "-n", 64, "-t",
                        options.threads, "--no-warmup", "--ignore-eos", "-p", PROMPT, mode=mode)
    return out.strip()


def same(one, other):
    if one == other:
        return "same"
    common = os.path.commonprefix([one, other])
    return f"same for {len(common)} characters"


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--engine", choices=("debian", "upstream"), default="debian")
    parser.add_argument("--build", default="build/release", help="[%(default)s]")
    parser.add_argument("--types", default=TYPES, help="[%(default)s]")
    parser.add_argument("--chunks", type=int, default=4, help="of 256 tokens [%(default)s]")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="[%(default)s]")
    parser.add_argument("--prefix", default="", help="a command that starts the programs")
    return parser.parse_args()


def main():
    options = parse()
    engine = Engine(options.engine, ROOT / options.build / "liblutgemm-ggml.so", options.prefix)
    model = subprocess.run([str(ROOT / "tools/smollm2.sh")], stdout=subprocess.PIPE, text=True,
                           check=True).stdout.strip()
    folder = ROOT / "build/compare_llama"
    folder.mkdir(parents=True, exist_ok=True)
    floats = engine.quantize(ROOT / model, folder / "smollm2-f16.gguf", "F16")
    base = folder / f"smollm2-f16-{options.engine}-{options.chunks}.logits"
    if not base.exists():
        part = base.with_suffix(".part")
        engine.run("llama-perplexity", "-m", floats, "-f", ROOT / "data/tiny_lm/heldout.txt", "-c",
                   256, "-b", 256, "-t", options.threads, "--chunks", options.chunks,
                   "--kl-divergence-base", part)
        part.rename(base)
    print("| weights | stock | fast | exact | fast / stock | exact / stock | text: stock | floats |")
    print("| --- " * 8 + "|", flush=True)
    for kind in options.types.split(","):
        quantised = engine.quantize(floats, folder / f"smollm2-{kind}.gguf", kind)
        kl = {mode: divergence(engine, quantised, base, options, mode)
              for mode in (None, "fast", "exact")}
        single = engine.quantize(quantised, folder / "smollm2-f32.gguf", "F32")
        exact = greedy(engine, quantised, options, "exact")
        texts = (same(exact, greedy(engine, quantised, options)),
                 same(exact, greedy(engine, single, options)))
        single.unlink()
        print(f"| {kind} | {kl[None]:.5f} | {kl['fast']:.5f} | {kl['exact']:.5f} | "
              f"{kl['fast'] / kl[None]:.3f} | {kl['exact'] / kl[None]:.3f} | {texts[0]} | "
              f"{texts[1]} |", flush=True)


if __name__ == "__main__":
    main()
