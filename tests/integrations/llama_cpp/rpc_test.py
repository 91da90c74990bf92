"""A model that a stock llama.cpp spreads over two servers of RPC, whose device is the back end.

    rpc_test.py LIBRARY [--engine debian|upstream] [--threads N]

Each server is a host of its own, in a network namespace, where this machine lets one make them,
and else a port of the loopback device. Text and perplexity must be those of the back end in one
process. Exits with 77, which ctest shows as skipped, where llama.cpp or the model cannot be had.
"""

import argparse
import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

from ops_test import ROOT, SKIPPED, engine

PORT = 50552
NEAR = 1e-3  # relative: hosts run attention and norms in other orders


def environment(library, **more):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LUTGEMM_GGML")}
    return {**kept, "GGML_BACKEND_PATH": str(pathlib.Path(library).resolve()),
            "LUTGEMM_GGML_MODE": "exact", **more}


def output(command, **options):
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", **options)
    if done.returncode != 0:
        sys.exit(f"{command}: {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout


def ip(*arguments):
    return subprocess.run(["ip", *arguments], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False).returncode == 0


def namespace(stack, index):
    """Makes a network namespace; its (name, address), or None where that is not permitted."""
    name, near, far = (f"lg{os.getpid()}{what}{index}" for what in ("host", "near", "far"))
    net = f"10.213.{os.getpid() % 250}"
    if not ip("netns", "add", name):
        return None
    stack.callback(ip, "netns", "del", name)
    linked = (ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", name) and
              ip("addr", "add", f"{net}.{4 * index + 1}/30", "dev", near) and
              ip("link", "set", near, "up") and
              ip("-n", name, "addr", "add", f"{net}.{4 * index + 2}/30", "dev", far) and
              ip("-n", name, "link", "set", far, "up"))
    return (name, f"{net}.{4 * index + 2}") if linked else None


def hosts(stack, count):
    """[(prefix of commands, address, port)]: namespaces if they can be made, else loopback."""
    spaces = [namespace(stack, i) for i in range(count)] if shutil.which("ip") else [None]
    if None not in spaces:
        print("hosts: network namespaces")
        return [(["ip", "netns", "exec", name], address, PORT) for name, address in spaces]
    print("hosts: two ports of the loopback device")
    return [([], "127.0.0.1", PORT + i) for i in range(count)]


def serve(stack, programs, host, options):
    """Starts a server on the host; returns its address once it listens."""
    prefix, address, port = host
    command = [*prefix, programs / "ggml-rpc-server", "-d", "LUTGEMM", "-H", address, "-p", port,
               "-t", options.threads]
    server = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL,
                              env=environment(options.library, LUTGEMM_GGML_OWN_MEMORY="1"))
    stack.callback(server.wait)
    stack.callback(server.kill)
    for _ in range(300):
        with contextlib.suppress(OSError), socket.create_connection((address, port), timeout=1):
            return f"{address}:{port}"
        if server.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit(f"the server on {address} does not listen: {server.poll()}")


def speak(programs, model, options, *more, plug=True):
    """(greedy text, perplexity) of the model."""
    env = environment(options.library)
    if not plug:
        del env["GGML_BACKEND_PATH"]
    common = ["-m", model, "-t", options.threads, *more]
    text = output([programs / "llama-completion", *common, "-no-cnv", "--temp", 0, "-n", 64,
                   "--no-warmup", "--ignore-eos", "-p", "Once upon a time"], env=env)
    text = text[text.index("Once upon a time"):].split("\n\n")[0]
    table = output([programs / "llama-perplexity", *common, "-f",
                    ROOT / "data/tiny_lm/heldout.txt", "-c", 256, "-b", 256, "--chunks", 2], env=env)
    found = re.search(r"PPL = ([\d.]+)", table)
    if found is None:
        sys.exit(f"no perplexity:\n{table[-2000:]}")
    return text, float(found.group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("library", help="liblutgemm-ggml.so")
    parser.add_argument("--engine", choices=("debian", "upstream"), default="debian")
    parser.add_argument("--threads", type=int, default=1, help="of each server [%(default)s]")
    options = parser.parse_args()
    programs = engine(options.engine)
    got = subprocess.run([str(ROOT / "tools/smollm2.sh")], stdout=subprocess.PIPE, text=True)
    if got.returncode != 0:
        print("skipped: tools/smollm2.sh cannot get the model")
        sys.exit(SKIPPED)
    model = ROOT / got.stdout.strip()
    here = speak(programs, model, options)
    with contextlib.ExitStack() as stack:
        servers = [serve(stack, programs, host, options) for host in hosts(stack, 2)]
        # The servers say nothing of their memory: half of the layers goes to each.
        there = speak(programs, model, options, "--rpc", ",".join(servers), "-ngl", 99,
                      "--tensor-split", "1,1", plug=False)
    print(f"here:  perplexity {here[1]}: {here[0]!r}\nthere: perplexity {there[1]}: {there[0]!r}")
    sys.exit(0 if here[0] == there[0] and abs(here[1] / there[1] - 1) < NEAR else 1)


if __name__ == "__main__":
    main()
