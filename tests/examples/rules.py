"""What becomes of an example: it runs; what takes long runs on less, or is parsed where a machine or
library may lack what it asks for."""

import json
import os
import re
import shlex
import subprocess

from extract import ROOT

# Commands that measure: minutes each. What they are given instead; shapes become smaller.
SHORT = {"bench": {"--min-time": "1", "--working-set": "1", "--shapes": "1x64x256"},
         "tune": {"--min-time": "1", "--working-set": "1", "--shapes": "64x256", "--tokens": "1,2"}}
LONG = {"demo", "eval", "run"}  # have tests of their own
LARGEST = 256  # M, N, K of a shape
# Not every machine and build has these.
OWN = {"--target", "--kernel", "--baseline"}
OPERATORS = {">", "|", "<"}
UNKNOWN = "--no-such-option"


def shortened(words):
    """The words of a command line that measures, with less to measure."""
    short, words = SHORT[words[1]], list(words)
    for option, value in short.items():
        at = next((i for i, word in enumerate(words) if word.partition("=")[0] == option), None)
        if option == "--shapes" and "--weights" in words:
            continue  # those of a packed file
        if at is None:
            words[2:2] = [option, value]
        elif option == "--shapes":
            given = at if "=" in words[at] else at + 1
            words[given] = re.sub(r"\d+", lambda m: str(min(int(m[0]), LARGEST)), words[given])
        elif "=" in words[at]:
            words[at] = f"{option}={value}"
        else:
            words[at + 1] = value
    return " ".join(word if word in OPERATORS else shlex.quote(word) for word in words)


class Runner:
    """Runs examples in a scratch folder with the command and the programs of one build."""

    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        (folder / "bin").mkdir()
        (folder / "bin" / "lutgemm").symlink_to(build / "lutgemm")
        self.environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
                            "XDG_CACHE_HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1",
                            "LUTGEMM_PROFILE": "off", "LD_LIBRARY_PATH": str(build)}

    def shell(self, line):
        return subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=self.folder, text=True,
                              env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                              check=False)

    def wrong(self, line):
        """What is wrong with a command line, or nothing."""
        for part in re.split(r" && ", line):
            words = shlex.split(part)
            while re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words.pop(0)
            rule = next((rule for name, rule in RULES if re.fullmatch(name, words[0])), None)
            if rule is None:
                return f"no rule says how to check '{words[0]}'"
            said = rule(self, part, words)
            if said:
                return said
        return ""

    def lutgemm(self, part, words):
        words = ["lutgemm", *words[1:]]
        if len(words) > 1 and words[1] in {*SHORT, *LONG}:
            said = self.parsed(words)
            if said or words[1] in LONG or OWN & {word.partition("=")[0] for word in words}:
                return said
            part = shortened(words)
        part = part.replace("build/release/lutgemm", "lutgemm")
        if "--plot" in words and self.shell("python3 -c 'import matplotlib'").returncode:
            return self.parsed(words)
        done = self.shell(part)
        return "" if done.returncode == 0 else f"exit {done.returncode}: {done.stderr}{done.stdout}"

    def parsed(self, words):
        """Everything is known but the option that is added."""
        words = words[:words.index(">")] if ">" in words else words
        done = self.shell(shlex.join([*words, UNKNOWN]))
        expected = f"The following argument was not expected: {UNKNOWN}\n"
        right = done.returncode == 2 and done.stderr.startswith(expected)
        return "" if right else f"does not parse: {done.stderr}"

    def bench_program(self, part, words):
        name = words[0].rpartition("/")[2]
        if not (ROOT / "bench" / f"{name}.cc").exists() and not (ROOT / "bench" / name).is_dir():
            return f"there is no bench/{name}"
        program = self.build / "bench" / name
        if not name.endswith("_bench") or not program.exists():
            return ""  # its library is optional
        done = self.shell(shlex.join([str(program), *words[1:], "--benchmark_list_tests=true"]))
        return "" if done.returncode == 0 else done.stderr

    def test_program(self, part, words):
        name = words[0].rpartition("/")[2]
        folder = ROOT / "tests" / name.removeprefix("test_")
        if not any(folder.rglob("*_test.cc")):
            return f"there is no {words[0]}"
        program = self.build / "tests" / name
        if not program.exists():
            return ""  # the build may lack tests
        done = self.shell(shlex.join([str(program), *words[1:], "--list-test-cases"]))
        found = re.search(r"filters: (\d+)", done.stdout)
        return "" if done.returncode == 0 and found and found[1] != "0" else f"no tests: {done.stdout}"

    def example_program(self, part, words):
        """On the beginning of a text: a whole one takes half a minute."""
        name, words = words[0].rpartition("/")[2], list(words)
        program = self.build / "examples" / name
        if not (ROOT / "examples" / name).is_dir():
            return f"there is no examples/{name}"
        if not program.exists():
            return ""  # the build may lack examples
        words[0] = str(program)
        if words[1] == "evaluate":
            (self.folder / "short.txt").write_bytes((self.folder / words[3]).read_bytes()[:512])
            words[3] = "short.txt"
        done = self.shell(shlex.join(words))
        return "" if done.returncode == 0 else f"exit {done.returncode}: {done.stderr}"

    def fuzz_program(self, part, words):
        source = ROOT / "tests" / "fuzz" / (words[0].rpartition("/")[2] + ".cc")
        return "" if source.exists() else f"there is no {source}"

    def cmake(self, part, words):
        presets = json.loads((ROOT / "CMakePresets.json").read_text())
        kind = "testPresets" if words[0] == "ctest" else (
            "buildPresets" if "--build" in words else "configurePresets")
        known = {preset["name"] for preset in presets[kind]}
        if "--preset" in words:
            name = words[words.index("--preset") + 1]
            if name not in known:
                return f"there is no preset {name}"
            return self.chosen_tests(words) if words[0] == "ctest" and "-R" in words else ""
        return "" if "--install" in words else "neither a preset nor an installation"

    def chosen_tests(self, words):
        pattern = words[words.index("-R") + 1]
        done = self.shell(shlex.join(["ctest", "--test-dir", str(self.build), "-N", "-R", pattern]))
        return "" if "Total Tests: 0" not in done.stdout else f"no test matches {pattern}"

    def script(self, part, words):
        path = ROOT / (words[1] if words[0] == "python3" else words[0])
        if not path.exists():
            return f"there is no {path}"
        text = "\n".join(p.read_text() for p in (path.rglob("*.py") if path.is_dir() else [path]))
        options = [word.partition("=")[0] for word in words[1:] if word.startswith("--")]
        missing = [option for option in options if option not in text]
        if missing:
            return f"{path} knows no {missing[0]}"
        if path.suffix == ".sh" and "--help" in words:
            done = self.shell(shlex.join([str(path), "--help"]))
            return "" if done.returncode == 0 and done.stdout else f"no help: {done.stderr}"
        return ""

    def python(self, part, words):
        said = self.script(part, words)
        # These need packages that a build does not, and one takes minutes.
        if said or words[1].endswith(("plot_formats.py", "numerics.py")):
            return said
        if words[1] == "bench/report":
            part += " --root ."  # the tree's own pages are a test's business
        done = self.shell(part)
        return "" if done.returncode == 0 else f"exit {done.returncode}: {done.stderr}"


RULES = [(r"lutgemm|build/release/lutgemm", Runner.lutgemm),
         (r"build/\w+/bench/\w+", Runner.bench_program),
         (r"build/\w+/tests/test_\w+", Runner.test_program),
         (r"build/\w+/examples/\w+", Runner.example_program),
         (r"build/fuzz/tests/\w+_fuzz", Runner.fuzz_program),
         (r"cmake|ctest", Runner.cmake),
         (r"(?:tools|bench)/\S+\.sh", Runner.script),
         (r"python3", Runner.python)]
