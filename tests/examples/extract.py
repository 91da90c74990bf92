"""Finds the examples in help texts and pages: command lines and programs."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in ("docs", "bench", "examples")
                                      for page in (ROOT / folder).rglob("*.md"))])

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
INDENTED = re.compile(r"(?:^    \S.*\n)+", re.M)
SPAN = re.compile(r"`(lutgemm [^`]+)`")
# What a line of a block begins with when it is to be typed.
TYPED = re.compile(r"(?:\$ )?((?:[A-Z_]+=\S+ )*(?:lutgemm|build/\S+|cmake|ctest|python3|tools/\S+\.sh|bench/\S+\.sh)"
                   r"(?: .*)?)$")
# Usage and version lines, and messages that begin with the program's name.
NO_COMMAND = re.compile(r"lutgemm(?:: | [A-Z\[]| \d)")
# Behind two spaces a block may say what a line does.
REMARK = re.compile(r"\s+#.*$|\s{2,}[a-z].*$")


@dataclass(frozen=True)
class Example:
    where: str  # page and line, or the help text
    line: str  # as it is typed


def joined(lines):
    """Numbered lines, those that end in a backslash with the next."""
    held, start = "", 0
    for number, line in lines:
        start = start if held else number
        held += line.strip() if held else line
        if held.endswith("\\"):
            held = held[:-1].rstrip() + " "
            continue
        yield start, held
        held = ""


def commands(page, text):
    """Command lines in the blocks of a page, and those that its lines in code quotes begin."""
    found = []
    blocks = [(m.start(2), m[2]) for m in BLOCK.finditer(text)]
    outside = BLOCK.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
    blocks += [(m.start(), re.sub("^    ", "", m[0], flags=re.M)) for m in INDENTED.finditer(outside)]
    for start, block in blocks:
        if "\nUsage: lutgemm" in block:
            continue  # a help text, which the command itself is asked for
        first = text.count("\n", 0, start) + 1
        for number, line in joined(enumerate(block.splitlines(), first)):
            typed = TYPED.match(line)
            if typed and not NO_COMMAND.match(typed[1]):
                found.append(Example(f"{page}:{number}", REMARK.sub("", typed[1])))
    return found


def spans(page, text):
    """Commands with options in code quotes, such as `lutgemm dse --paper`."""
    return [Example(page, m[1]) for m in SPAN.finditer(text)]


def programs(text, language):
    return [m[2] for m in BLOCK.finditer(text) if m[1] == language]


def help_examples(command, help_text):
    """The command lines below "Examples:"; lines that are indented further continue one."""
    tail = help_text.partition("\nExamples:\n")[2]
    lines = []
    for line in tail.splitlines():
        if line.startswith("      ") and lines:
            lines[-1] += " " + line.strip()
        elif line.startswith("  "):
            lines.append(line.strip())
    return [Example(f"{command} --help", line) for line in lines]


def subcommands(help_text):
    """Names below "Subcommands:"."""
    tail = help_text.partition("\nSubcommands:\n")[2].partition("\n\n")[0]
    return re.findall(r"^  (\w+)", tail, re.M)
