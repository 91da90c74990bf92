#!/usr/bin/env python3
"""Checks that what a header of src/ declares has a use outside the tests.

    check_dead.py [ROOT]

Counts the words of the code: a function or constant is dead where every place that names it
declares or defines it. Two of one name count as one, so that a dead one may hide behind the other.
Prints one line per dead name and exits with 1 if there is one.
"""

import re
import sys
from collections import Counter
from pathlib import Path

# Folders whose uses count. What only the tests use belongs to the tests.
FOLDERS = ("src", "include", "tools", "bench", "examples", "integrations", "codegen")
SUFFIXES = {".c", ".cc", ".h", ".hpp", ".inc", ".py"}
THIS_FILE = "tools/dev/check_dead.py"  # names the exceptions

# Names that stay without a use, and why.
EXCEPTIONS = {
    "PublishedRuns": "tests hold the model against every published run",
    "kTermTypes": "tests do every type of term",
}

COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
WORD = re.compile(r"\b[A-Za-z_]\w*\b")

# A function is declared where a type comes before its name. Names of functions begin with a
# capital letter. Words that cannot be types begin statements that call one.
_WORD_OF_TYPE = r"(?!(?:return|case|else|new|throw|using|typedef|goto|delete|co_return)\b)\w+(?:::\w+)*"
_TYPE = _WORD_OF_TYPE + r"(?:<(?:[^<>;(){}]|<(?:[^<>;(){}]|<[^<>;(){}]*>)*>)*>)?[*&]*"
_START = r"(?:^|(?<=[;{}\]>]))[^\S\n]*(?:\[\[\w+\]\]\s+)?"
FUNCTION = re.compile(_START + rf"(?:{_TYPE}\s+)+(?:\w+::)*([A-Z]\w*)\s*\(", re.MULTILINE)
# A statement that declares constants, and each name in it that is given a value.
CONSTANTS = re.compile(r"\bconstexpr\b[^;(){}=]*?\bk[A-Z]\w*\s*(?:[={\[][^;]*)?;")
CONSTANT = re.compile(r"(?:[\w>*&]\s+|,\s*)(k[A-Z]\w*)\s*(?=[={\[;])")


def code_of(path):
    """The text of a file without its comments."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    return COMMENT.sub(lambda match: match[1] or " ", text)


def declared(code):
    """Counts how often each function and constant is declared or defined in a file."""
    names = Counter(match[1] for match in FUNCTION.finditer(code))
    for statement in CONSTANTS.finditer(code):
        names.update(match[1] for match in CONSTANT.finditer(statement[0]))
    return names


def problems(root):
    words, declarations, homes = Counter(), Counter(), {}
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            path = file.relative_to(root).as_posix()
            if file.suffix not in SUFFIXES or path == THIS_FILE or not file.is_file():
                continue
            code = code_of(file)
            here = declared(code)
            words.update(WORD.findall(code))
            declarations.update(here)
            if folder == "src" and file.suffix == ".h":
                for name in here:
                    homes.setdefault(name, path)
    for name, path in sorted(homes.items(), key=lambda item: item[::-1]):
        if words[name] <= declarations[name] and name not in EXCEPTIONS:
            yield f"{path}: nothing but tests uses {name}"
    for name in sorted(EXCEPTIONS):
        if name not in homes or words[name] > declarations[name]:
            yield f"{name} is no exception"


def main(arguments):
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parents[2]
    found = list(problems(root))
    print("\n".join(found) if found else "everything declared is used")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
