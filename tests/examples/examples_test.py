"""Every example works: command lines of pages, which have those of help texts, and the programs of
pages.

    examples_test.py BUILD CC CXX [--write]

BUILD has the command and the libraries. With --write recorded runs and pages get what the command
prints where that is the same everywhere.
"""

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import extract  # noqa: E402: no byte code is written
import inputs  # noqa: E402
from rules import Runner  # noqa: E402

BUILD, CC, CXX = Path("build"), "cc", "c++"
# Made from the command's options: it has every example of the help texts.
CLI_PAGE = extract.ROOT / "docs" / "gen" / "cli.md"
# Commands whose output no machine changes; the pages show all of it, and so do the recorded runs
# that the page of the command shows.
SAME_OUTPUT = r"\$ (lutgemm (?:dse|asm|disasm|sim bitmod) [^\n]*)\n"
OUTPUT = re.compile(rf"^```text\n{SAME_OUTPUT}(.*?)^```$", re.M | re.S)
SAMPLE = re.compile(rf"{SAME_OUTPUT}.*", re.S)
SAMPLES = sorted((extract.ROOT / "tools" / "command").rglob("sample.txt"))
# A body's surroundings: what the text around a page's programs leaves to the reader.
C_MAIN = "static float activations[176], outputs[468];\nint main(void) {\n%s  return outputs[0] == 0;\n}\n"


def help_of(command):
    return subprocess.run([BUILD / "lutgemm", *command.split()[1:], "--help"], text=True, check=True,
                          capture_output=True).stdout


def all_commands():
    """"lutgemm", and every command below it."""
    found = ["lutgemm"]
    for command in found:
        found += [f"{command} {name}" for name in extract.subcommands(help_of(command))]
    return found


def with_outputs(runner, page):
    return OUTPUT.sub(lambda m: f"```text\n$ {m[1]}\n{runner.shell(m[1]).stdout}```", page)


def with_output(runner, sample):
    """A recorded run with what the command prints now, where that is the same everywhere."""
    return SAMPLE.sub(lambda m: f"$ {m[1]}\n{runner.shell(m[1]).stdout}", sample)


def make_runner(folder):
    """A runner in the folder, with the files that pages take for granted."""
    runner = Runner(BUILD.resolve(), folder)
    inputs.write_inputs(folder)
    for setup in ("repack model.safetensors -o model.int4.safetensors",
                  "repack weights.safetensors -o packed.safetensors --include w --group 32",
                  "asm product.s -o product.bin"):
        done = runner.shell(f"lutgemm {setup}")
        if done.returncode:
            raise RuntimeError(f"{setup}: {done.stderr}")
    return runner


def write_pages():
    with tempfile.TemporaryDirectory() as name:
        runner = make_runner(Path(name))
        for paths, renewed in ((extract.PAGES, with_outputs), (SAMPLES, with_output)):
            for path in paths:
                text = path.read_text(encoding="utf-8")
                new = renewed(runner, text)
                if new != text and path != CLI_PAGE:
                    path.write_text(new, encoding="utf-8")


def wrapped(program, main):
    """The includes of a program, and its other lines inside of `main`."""
    lines = program.splitlines()
    top = [line for line in lines if line.startswith(("#include", "using namespace"))]
    return "\n".join(top) + "\n" + main % "".join(f"  {line}\n" for line in lines if line not in top)


class ExamplesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.runner = make_runner(self.folder)

    def check(self, examples):
        for example in examples:
            with self.subTest(example.where, line=example.line):
                self.assertEqual(self.runner.wrong(example.line), "")

    def test_page_of_the_command_has_the_examples_of_help_texts(self):
        commands = all_commands()
        self.assertGreaterEqual(len(commands), 15)
        page = extract.commands("cli.md", CLI_PAGE.read_text(encoding="utf-8"))
        shown = {" ".join(example.line.split()) for example in page}
        for command in commands[1:]:
            with self.subTest(command):
                examples = extract.help_examples(command, help_of(command))
                self.assertGreater(len(examples), 0)
                self.assertLessEqual({example.line for example in examples}, shown)

    def test_recorded_runs(self):
        for sample in SAMPLES:
            with self.subTest(sample.parent.name):
                text = sample.read_text(encoding="utf-8")
                self.assertEqual(text, with_output(self.runner, text),
                                 "examples_test.py --write puts the command's outputs there")

    def test_examples_of_pages(self):
        found = 0
        for page in extract.PAGES:
            text = page.read_text(encoding="utf-8")
            examples = extract.commands(page.relative_to(extract.ROOT).as_posix(), text)
            found += len(examples)
            if page == CLI_PAGE:  # its own examples write these
                (self.folder / "model.int4.safetensors").unlink()
                (self.folder / "product.bin").unlink()
            self.check(examples)
            with self.subTest(page.name):
                self.assertEqual(text, with_outputs(self.runner, text),
                                 "examples_test.py --write puts the command's outputs there")
        self.assertGreater(found, 45)

    def test_commands_in_code_quotes(self):
        for page in extract.PAGES:
            for span in extract.spans(page.name, page.read_text(encoding="utf-8")):
                words = span.line.split()[1:]
                names = [w for w in words if re.fullmatch("[a-z]+", w)]
                if words[0] == "COMMAND":
                    continue
                with self.subTest(span.where, line=span.line):
                    text = help_of(" ".join(["lutgemm", *names[:2 if names[:1] == ["sim"] else 1]]))
                    for option in (w.partition("=")[0] for w in words if w.startswith("-")):
                        self.assertIn(option, text)

    def test_programs_of_pages(self):
        self.check([extract.Example("setup", "lutgemm repack model.safetensors -o model.lg.safetensors")])
        found = {"c": 0, "cpp": 0}
        for page in extract.PAGES:
            for language in found:
                for program in extract.programs(page.read_text(encoding="utf-8"), language):
                    found[language] += 1
                    with self.subTest(page.name, number=found[language], language=language):
                        self.runs(program, language)
        self.assertGreaterEqual(found["c"], 1)
        self.assertGreaterEqual(found["cpp"], 4)

    def runs(self, program, language):
        """Compiles a page's program without a warning, and runs it on the packed language model."""
        compiler, standard, main = {"c": (CC, "-std=c99", C_MAIN),
                                    "cpp": (CXX, "-std=c++20", C_MAIN.replace("(void)", "()"))}[language]
        source = self.folder / f"program.{language}"
        source.write_text(wrapped(program, main.replace("{\n", "{\n  activations[0] = 1;\n")))
        done = subprocess.run([compiler, standard, "-pedantic", "-Wall", "-Wextra", "-Werror", "-pthread",
                               "-I", extract.ROOT / "include", source, "-L", self.runner.build,
                               "-l:liblutgemm.so", "-o", self.folder / language],
                              text=True, capture_output=True, check=False)
        self.assertEqual(done.stderr, "")
        ran = self.runner.shell(f"./{language}")
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    def test_what_does_not_work_is_found(self):
        for line, says in (("lutgemm bench --formats int9", "does not parse"),
                           ("lutgemm bench --shape 1x2x3", "does not parse"),
                           ("lutgemm inspect absent.safetensors", "exit 3"),
                           ("lutgemm disasm --word 0xff00000000000000", "exit 3"),
                           ("cmake --preset fast", "no preset"),
                           ("bench/run_performance.sh --soon", "knows no --soon"),
                           ("tools/none.sh", "there is no"),
                           ("frobnicate", "no rule")):
            with self.subTest(line):
                self.assertIn(says, self.runner.wrong(line))
        page = "```sh\nlutgemm cpu  # shows it\n$ A=b lutgemm sim \\\n  x\nlutgemm: an error\n```\n"
        self.assertEqual([e.line for e in extract.commands("p", page)],
                         ["lutgemm cpu", "A=b lutgemm sim x"])


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    BUILD, CC, CXX = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    if sys.argv[4:] == ["--write"]:
        write_pages()
        sys.exit(0)
    unittest.main(argv=[sys.argv[0]])
