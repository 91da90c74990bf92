"""How far a stock llama.cpp and the back end for ggml are from the values of the weights.

    accuracy.py [--engine debian|upstream] [--build DIR] [--types TYPE,...] [--chunks N]

Takes SmolLM2-135M-Instruct, quantises it to each type with llama-quantize, and makes 32-bit floats
of the result again: the same weights, by which stock multiplies without rounding activations.
llama-perplexity then gives the mean divergence (Kullback-Leibler) from the predictions of these
floats, and how often the likeliest token is the same: of stock, and of the back end in its two
modes. Everything is in build/compare_llama.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TYPES = ("Q4_0,Q4_1,Q5_0,Q5_1,Q8_0,Q2_K,Q3_K_M,Q4_K_M,Q5_K_M,Q6_K,IQ4_NL,IQ4_XS,"
         "TQ1_0,TQ2_0")


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


def predict(engine, model, base, options, mode=None, compare=True):
    """Writes the file of predictions `base`, or returns (divergence from it, % of same tokens)."""
    arguments = ["-m", model, "-f", ROOT / "data/tiny_lm/heldout.txt", "-c", 256, "-b", 256, "-t",
                 options.threads, "--chunks", options.chunks, "--kl-divergence-base", base]
    # The program may end before its log has written the last lines; on a busy machine it does.
    for _ in range(5):
        out = "".join(engine.run("llama-perplexity", *arguments, *(["--kl-divergence"] * compare),
                                 mode=mode))
        mean = re.search(r"Mean\s+KLD:\s+([-\d.e]+)", out)
        same = re.search(r"Same top p:\s+([\d.]+)", out)
        if not compare:
            return None
        if mean is not None and same is not None:
            break
    else:
        sys.exit(f"llama-perplexity printed no divergence:\n{out[-2000:]}")
    return float(mean.group(1)), float(same.group(1))


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
    base, single = folder / "smollm2.logits", folder / "smollm2-f32.gguf"
    print("| weights | stock | fast | exact | fast / stock | exact / stock "
          "| same token: stock | fast | exact |")
    print("| --- " * 9 + "|", flush=True)
    for kind in options.types.split(","):
        quantised = engine.quantize(floats, folder / f"smollm2-{kind}.gguf", kind)
        single.unlink(missing_ok=True)
        predict(engine, engine.quantize(quantised, single, "F32"), base, options, compare=False)
        found = [predict(engine, quantised, base, options, mode)
                 for mode in (None, "fast", "exact")]
        kl, same = zip(*found)
        print(f"| {kind} | " + " | ".join(f"{value:.5f}" for value in kl) +
              f" | {kl[1] / kl[0]:.2f} | {kl[2] / kl[0]:.2f} | " +
              " | ".join(f"{value:.1f} %" for value in same) + " |", flush=True)
    single.unlink()
    base.unlink()


if __name__ == "__main__":
    main()
