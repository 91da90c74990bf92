"""Measures a stock llama.cpp with and without the back end for ggml; bench/compare_llama.sh runs it.

Every model runs by turns: stock with its own repacking of weights, stock without it, and the back
end. The figure of a cell is the median of its rounds in tokens a second, and stock is the better
of the two.
"""

import argparse
import json
import os
import pathlib
import platform
import shlex
import statistics
import subprocess
import sys
import time

WAYS = ("repacked", "plain", "lutgemm")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="+", metavar="NAME=FILE")
    parser.add_argument("--bench", required=True, help="the program llama-bench")
    parser.add_argument("--engine", required=True, help="what llama-bench is of")
    parser.add_argument("--library", required=True, help="liblutgemm-ggml.so")
    parser.add_argument("--prompts", default="2,4,8,64,512", help="tokens at once [%(default)s]")
    parser.add_argument("--generate", default="64", help="tokens one by one [%(default)s]")
    parser.add_argument("--threads", default="1,2", help="[%(default)s]")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each [%(default)s]")
    parser.add_argument("--prefix", default="", help="a command that starts llama-bench")
    parser.add_argument("--out", required=True, help="FILE.json; FILE.md is written beside it")
    return parser.parse_args()


def run(options, model, way, threads):
    """One run of llama-bench: {test: tokens a second}."""
    environment = {k: v for k, v in os.environ.items() if k != "GGML_BACKEND_PATH"}
    if way == "lutgemm":
        environment["GGML_BACKEND_PATH"] = str(pathlib.Path(options.library).resolve())
    command = shlex.split(options.prefix) + [
        options.bench, "-m", model, "-t", threads, "-p", options.prompts, "-n", options.generate,
        "-r", "1", "-o", "json", "--repack", "0" if way == "plain" else "1"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, errors="replace")
    if done.returncode != 0:
        print(f"{shlex.join(command)}: {done.returncode}\n{done.stderr[-1000:]}", file=sys.stderr)
        return {}
    if way == "lutgemm" and "loaded LUTGEMM" not in done.stderr:
        sys.exit(f"the back end was not loaded:\n{done.stderr[-1000:]}")
    return {f"pp{row['n_prompt']}" if row["n_prompt"] else f"tg{row['n_gen']}": row["avg_ts"]
            for row in json.loads(done.stdout)}


def measure(options):
    """[{model, threads, test, repacked, plain, lutgemm, ratio}], medians in tokens a second."""
    cells = {}
    for turn in range(options.rounds):
        for named in options.models:
            name, model = named.split("=", 1)
            for threads in options.threads.split(","):
                for way in WAYS:
                    for test, speed in run(options, model, way, threads).items():
                        cells.setdefault((name, threads, test), {}).setdefault(way, []).append(speed)
                print(f"round {turn + 1}: {name}, {threads} threads", file=sys.stderr, flush=True)
    rows = []
    for (name, threads, test), speeds in cells.items():
        row = {"model": name, "threads": int(threads), "test": test}
        row.update({way: statistics.median(speeds[way]) for way in WAYS if way in speeds})
        stock = max(row.get("repacked", 0), row.get("plain", 0))
        if stock and "lutgemm" in row:
            row["ratio"] = row["lutgemm"] / stock
        rows.append(row)
    return rows


def markdown(document):
    lines = [f"{document['engine']}; {document['processor']}; {document['date']}; medians of "
             f"{document['rounds']}; tokens a second of stock, of the back end, and their ratio.", "",
             "| weights | threads | test | stock | here | ratio |", "| --- | --- | --- | --- | --- | --- |"]
    for row in document["results"]:
        stock = max(row.get("repacked", 0), row.get("plain", 0))
        ratio = f"{row['ratio']:.2f}" if "ratio" in row else ""
        lines.append(f"| {row['model']} | {row['threads']} | {row['test']} | {stock:.1f} | "
                     f"{row.get('lutgemm', 0):.1f} | {ratio} |")
    return "\n".join(lines) + "\n"


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        names = [line.split(":", 1)[1].strip() for line in info if line.startswith("model name")]
    return names[0] if names else platform.machine()


def main():
    options = parse()
    document = {"engine": options.engine, "processor": processor(), "rounds": options.rounds,
                "date": time.strftime("%Y-%m-%d"), "results": measure(options)}
    out = pathlib.Path(options.out)
    out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    out.with_suffix(".md").write_text(markdown(document), encoding="utf-8")
    print(markdown(document), end="")


if __name__ == "__main__":
    main()
