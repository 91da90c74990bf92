"""Asks a stock llama-server, whose products the back end for ggml runs, for text, again and again.

    serve.py [--engine debian|upstream] [--build DIR] [--seconds N] [--slots N] [--threads N] [--stock]

As many clients as the server has slots send prompts of different lengths over the loopback device
and read the answers as they come. Prints requests, tokens a second and the server's resident
memory at the end of each tenth of the time; fails where a request does, where the server ends, or
where memory at the end is over that three tenths before by more than 2 %: what is kept for prompts
of every length fills up first.
"""

import argparse
import http.client
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
GROWTH = 1.02


class Load:
    """What clients have done so far."""

    def __init__(self, port, seconds):
        self.port = port
        self.end = time.monotonic() + seconds
        self.lock = threading.Lock()
        self.requests = self.tokens = 0
        self.errors = []

    def client(self, number, words):
        chosen = random.Random(number)
        while time.monotonic() < self.end and not self.errors:
            begin = chosen.randrange(len(words) - 400)
            prompt = " ".join(words[begin:begin + chosen.choice((4, 20, 60, 200))])
            try:
                tokens = self.ask(prompt, chosen.choice((4, 16, 48)))
            except (OSError, ValueError, http.client.HTTPException) as error:
                with self.lock:
                    self.errors.append(f"client {number}: {error!r}")
                return
            with self.lock:
                self.requests += 1
                self.tokens += tokens

    def ask(self, prompt, count):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        body = {"prompt": prompt, "n_predict": count, "ignore_eos": True, "temperature": 0}
        connection.request("POST", "/completion", json.dumps(body),
                           {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        if response.status != 200 or answer.get("tokens_predicted") != count:
            raise ValueError(f"status {response.status}: {str(answer)[:200]}")
        return count + answer.get("tokens_evaluated", 0)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def resident(process):
    """MiB of the process that are its own, without pages of files."""
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon")) / 1024


def start(options, port):
    got = subprocess.run([str(ROOT / "tools/llama_cpp.sh"), options.engine],
                         stdout=subprocess.PIPE, text=True)
    if got.returncode != 0:
        sys.exit(got.returncode)
    model = subprocess.run([str(ROOT / "tools/smollm2.sh")], stdout=subprocess.PIPE, text=True,
                           check=True).stdout.strip()
    library = str((ROOT / options.build / "liblutgemm-ggml.so").resolve())
    program = ROOT / "build/deps/llama_cpp" / options.engine / "bin/llama-server"
    log = open(ROOT / "build/llama-server.log", "w+", encoding="utf-8", errors="replace")
    server = subprocess.Popen(
        [str(program), "-m", str(ROOT / model), "--port", str(port), "-np", str(options.slots),
         "-c", str(512 * options.slots), "-t", str(options.threads), "--cache-ram", "0"],
        env={**os.environ, **({} if options.stock else {"GGML_BACKEND_PATH": library})}, stdout=log, stderr=subprocess.STDOUT)
    for _ in range(600):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                break
        except OSError:
            pass
        if server.poll() is not None:
            break
        time.sleep(0.1)
    log.seek(0)
    text = log.read()
    maps = pathlib.Path(f"/proc/{server.pid}/maps")
    if server.poll() is not None or options.stock == (library in maps.read_text(encoding="utf-8")):
        server.kill()
        sys.exit(f"llama-server does not serve with the back end:\n{text[-2000:]}")
    return server


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--engine", choices=("debian", "upstream"), default="debian")
    parser.add_argument("--build", default="build/release", help="[%(default)s]")
    parser.add_argument("--seconds", type=float, default=300, help="[%(default)s]")
    parser.add_argument("--slots", type=int, default=4, help="[%(default)s]")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="[%(default)s]")
    parser.add_argument("--stock", action="store_true", help="without the back end, to compare")
    options = parser.parse_args()
    port = free_port()
    server = start(options, port)
    try:
        words = (ROOT / "data/tiny_lm/heldout.txt").read_text(encoding="utf-8").split()
        load = Load(port, options.seconds)
        clients = [threading.Thread(target=load.client, args=(i, words))
                   for i in range(options.slots)]
        for client in clients:
            client.start()
        memory = []
        begin = time.monotonic()
        for tenth in range(1, 11):
            time.sleep(max(0.0, begin + options.seconds * tenth / 10 - time.monotonic()))
            if server.poll() is not None:
                sys.exit(f"llama-server ended: {server.poll()}")
            memory.append(resident(server))
            print(f"{options.seconds * tenth / 10:.0f} s: {load.requests} requests, "
                  f"{load.tokens / (time.monotonic() - begin):.0f} tokens/s, "
                  f"{memory[-1]:.1f} MiB", flush=True)
        for client in clients:
            client.join()
    finally:
        server.kill()
        server.wait()
    for error in load.errors:
        print(error)
    grew = memory[-1] > GROWTH * memory[6]
    if grew:
        print(f"resident memory grew from {memory[6]:.1f} to {memory[-1]:.1f} MiB")
    sys.exit(1 if load.errors or grew or load.requests == 0 else 0)


if __name__ == "__main__":
    main()
