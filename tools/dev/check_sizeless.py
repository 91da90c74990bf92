#!/usr/bin/env python3
"""Checks that kernels could be compiled for vectors whose size is known only at run time.

    check_sizeless.py [PATH...]

Such vectors (SVE, RVV) may be variables, parameters and results, but no members, elements of
arrays and containers, or captures of lambdas. And assembler, intrinsics and the registers within
Highway's vectors belong to folders named arch. Paths are files, or folders that are searched for
*-inl.h and *.cc; src/kernels if there are none. Prints one line per finding and exits with 1 if
there is one.

It reads text, not a syntax tree: what a vector is, it knows from hn::Vec and its aliases, from
parameters whose type is a template's V, VF, VU8 and the like, and from what hn:: operations and
functions that return vectors give.
"""

import re
import sys
from bisect import bisect_right
from pathlib import Path

# Operations of Highway that give no vector and no mask.
SCALAR_OPS = {
    "AllFalse", "AllTrue", "BlendedStore", "CountTrue", "ExtractLane", "FindFirstTrue",
    "FindKnownFirstTrue", "FindKnownLastTrue", "FindLastTrue", "GetLane", "Lanes", "MaxLanes",
    "ReduceMax", "ReduceMin", "ReduceSum", "Store", "StoreInterleaved2", "StoreInterleaved3",
    "StoreInterleaved4", "StoreMaskBits", "StoreN", "StoreU", "Stream"}
CONTAINERS = r"std::(?:array|deque|initializer_list|optional|pair|span|tuple|variant|vector)\s*<"
TEMPLATE_VECTOR = r"\bV(?:[A-Z]\w*)?\b"
VECTOR = "@"  # stands for every type that is known to be a vector's or a mask's
KEYWORDS = {"return", "else", "case", "goto", "const", "auto", "size_t", "template", "class"}
INTRINSICS = re.compile(r"\b(?:asm|__asm__|__asm)\b|\b_mm\d*_\w+|\b__m(?:128|256|512)[id]?\b|"
                        r"\b__builtin_(?:ia32|neon|sve)\w*|\bIndices(?:128|256|512)\b")
INTRINSIC_HEADERS = re.compile(r"#\s*include\s*<(?:\w*intrin|arm_neon|arm_sve|riscv_vector)\.h>")


def blank(match):
    return re.sub(r"[^\n]", " ", match[0])


def code_of(text):
    """The text without comments, strings and directives; bodies of macros stay, as code."""
    text = re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', blank, text,
                  flags=re.S)
    text = text.replace("\\\n", " \n").replace("##", "__")
    text = re.sub(r"^[ \t]*#[ \t]*define[ \t]+\w+(?:\([^()\n]*\))?", blank, text, flags=re.M)
    return re.sub(r"^[ \t]*#[^\n]*", blank, text, flags=re.M)


def closing(code, start, pair="{}"):
    """Where the bracket at `start` closes."""
    depth = 0
    for i in range(start, len(code)):
        if code[i] == pair[0]:
            depth += 1
        elif code[i] == pair[1]:
            depth -= 1
            if depth == 0:
                return i
    return len(code) - 1


def replace_types(code, aliases):
    """Writes VECTOR for types of vectors, padded so that positions stay."""
    pattern = re.compile(r"\b(?:typename\s+)?(?:hn::)?(?:Vec|Mask|VFromD|MFromD)\s*<")
    position = 0
    while match := pattern.search(code, position):
        end = closing(code, match.end() - 1, "<>") + 1
        code = code[:match.start()] + VECTOR.ljust(end - match.start()) + code[end:]
        position = match.start() + len(VECTOR)
    names = "|".join(sorted(aliases)) or r"(?!)"
    return re.sub(rf"\b(?:{names})\b(?!\s*=)|{TEMPLATE_VECTOR}(?=\s*&?\s*\w+\s*[,);={{[])",
                  lambda m: VECTOR.ljust(len(m[0])), code)


def split_commas(text):
    """(offset, part) of what commas outside all brackets separate, up to a bracket that closes one
    from before."""
    parts, depth, start, end = [], 0, 0, len(text)
    for i, c in enumerate(text):
        depth += c in "([{"
        depth -= c in ")]}"
        if depth < 0:
            end = i
            break
        if c == "," and depth == 0:
            parts.append((start, text[start:i]))
            start = i + 1
    return parts + [(start, text[start:end])]


class Tree:
    """What several files say together: aliases of vectors, functions that return them."""

    def __init__(self, texts):
        self.aliases, self.functions = set(), set()
        while True:
            before = len(self.aliases)
            for text in texts:
                code = replace_types(code_of(text), self.aliases)
                self.aliases |= set(re.findall(r"\busing\s+(\w+)\s*=\s*@\s*;", code))
                self.functions |= set(re.findall(r"@\s+(\w+)\s*\(", code))
            if len(self.aliases) == before:
                break

    def code(self, text):
        return replace_types(code_of(text), self.aliases)


class File:
    """One file's findings, as (line, text)."""

    def __init__(self, tree, text, in_arch):
        self.code = tree.code(text)
        self.lines = [m.start() for m in re.finditer(r"\n", self.code)]
        self.functions = set(tree.functions)
        self.found = set()
        self.blocks = self.blocks_of()
        self.lambdas = self.lambdas_of()
        self.variables = self.variables_of()
        self.check_members()
        self.check_arrays()
        self.check_captures()
        if not in_arch:
            self.check_registers(text)

    def add(self, position, text):
        self.found.add((bisect_right(self.lines, position - 1) + 1, text))

    def blocks_of(self):
        opened, blocks = [], []
        for i, c in enumerate(self.code):
            if c == "{":
                opened.append(i)
            elif c == "}" and opened:
                blocks.append((opened.pop(), i))
        return blocks

    def block_at(self, position):
        """The innermost block around a position, or all of the file."""
        around = [b for b in self.blocks if b[0] < position < b[1]]
        return max(around, default=(0, len(self.code)))

    def lambdas_of(self):
        """(start, captures, parameters' start and end, body's start and end) of each."""
        lambdas = []
        for match in re.finditer(r"(?<![\w\])])\s*\[([^\[\]]*)\]\s*(?=[({]|HWY_|LUTGEMM_|mutable)",
                                 self.code):
            at = match.end()
            parameters = (at, at)
            if self.code[at] == "(":
                parameters = (at + 1, closing(self.code, at, "()"))
                at = parameters[1] + 1
            attributes = re.match(r"[\w\s()]*?(?:->\s*[\w:@<>\s]+)?(?=\{)", self.code[at:])
            if attributes is None:
                continue
            body = at + attributes.end()
            start = self.code.index("[", match.start())
            lambdas.append((start, match[1], parameters, (body, closing(self.code, body))))
        return lambdas

    def is_vector(self, expression, known):
        expression = expression.strip()
        while expression.startswith("(") and closing(expression, 0, "()") == len(expression) - 1:
            expression = expression[1:-1].strip()
        if (question := expression.find("?")) >= 0:
            return any(self.is_vector(e, known) for e in expression[question + 1:].split(" : "))
        call = re.match(r"([\w:]+)\s*(?:<[^()]*>)?\s*\(", expression)
        if call is None:
            return expression in known
        if closing(expression, call.end() - 1, "()") != len(expression) - 1:
            return False
        name = call[1].split("::")[-1]
        if call[1].startswith("hn::"):
            return name not in SCALAR_OPS
        return name in self.functions

    def variables_of(self):
        """(name, position, block) of variables that are vectors."""
        lambda_names = {}
        for start, _, _, body in self.lambdas:
            name = re.search(r"auto\s+(\w+)\s*=\s*$", self.code[:start])
            if name:
                lambda_names[body] = name[1]
        variables, known = [], set()
        events = [(m.start(), "typed", m) for m in re.finditer(
            r"@\s*(?:const\s*)?&{0,2}\s*(?=([a-zA-Z_][^;{]*))(?!\w+\s*\()", self.code)]
        events += [(m.start(), "auto", m) for m in re.finditer(
            r"\bauto\b\s*&{0,2}\s*(?=(\w+\s*=[^;]*))", self.code)]
        events += [(body[1], "lambda", (body, lambda_names.get(body)))
                   for _, _, _, body in self.lambdas]
        for position, kind, match in sorted(events, key=lambda e: e[0]):
            if kind == "lambda":
                body, name = match
                results = re.findall(r"\breturn\b([^;]*);", self.code[body[0]:body[1]])
                if name and any(self.is_vector(r, known) for r in results):
                    self.functions.add(name)
                continue
            scope = self.scope_of(position)
            for offset, part in split_commas(match[1]):
                name = re.match(r"\s*(\w+)\s*(?:=(.*))?", part, flags=re.S)
                if name is None or name[1] in KEYWORDS:
                    break
                if kind == "auto" and not self.is_vector(name[2] or "", known):
                    continue
                if kind == "typed" and scope[2] and offset > 0:
                    break  # the next parameter has a type of its own
                variables.append((name[1], match.start(1) + offset, scope[:2]))
                known.add(name[1])
        return variables + self.generic_parameters()

    def generic_parameters(self):
        """Parameters of type auto that an operation takes."""
        variables = []
        for _, _, (begin, end), body in self.lambdas:
            for match in re.finditer(r"\bauto\s*&{0,2}\s*(\w+)", self.code[begin:end]):
                if re.search(rf"\bhn::\w+\((?:[^()]*,)?\s*{match[1]}\s*[,)]",
                             self.code[body[0]:body[1]]):
                    variables.append((match[1], begin + match.start(), body))
        return variables

    def scope_of(self, position):
        """Where a name that is declared at a position is known, and whether as a parameter."""
        depth = 0
        start = self.block_at(position)[0]
        for i in range(position, start, -1):
            depth += self.code[i] == ")"
            depth -= self.code[i] == "("
            if depth < 0:
                if re.search(r"\bfor\s*$", self.code[:i]):
                    break
                body = self.code.find("{", closing(self.code, i, "()"))
                if body < 0:
                    break
                return body, closing(self.code, body), True
            if self.code[i] in ";}" and depth == 0:
                break
        return (*self.block_at(position), False)

    def check_members(self):
        for match in re.finditer(
                r"\b(?:struct|class|union)\s+(\w+)\s*(?:final\s*)?(?::[^;{}()]*)?\{", self.code):
            begin, end = match.end(), closing(self.code, match.end() - 1)
            body = self.code[begin:end]
            # Without the bodies of functions and of types inside.
            while (inner := body.find("{")) >= 0:
                stop = closing(body, inner) + 1
                body = body[:inner] + re.sub(r"[^\n]", " ", body[inner:stop - 1]) + ";" + body[stop:]
            position = 0
            for statement in body.split(";"):
                plain = re.sub(r"\b(?:alignas|decltype)\s*\([^()]*\)", blank, statement)
                if "(" not in plain and not re.search(r"\busing\b|\bfriend\b", plain):
                    member = re.search(r"@[^=]*?\b([a-zA-Z_]\w*)(?=\s*(?:[,=\[]|$))", plain)
                    if member:
                        self.add(begin + position + member.start(),
                                 f"{match[1]} has the vector {member[1]} as a member")
                position += len(statement) + 1

    def check_arrays(self):
        for match in re.finditer(r"@\s*(?:\w+\s*,\s*)*(\w+)\s*\[|@\s*\(\s*[&*]\s*(\w+)\s*\)\s*\[",
                                 self.code):
            self.add(match.start(), f"{match[1] or match[2]} is an array of vectors")
        for match in re.finditer(CONTAINERS, self.code):
            end = closing(self.code, match.end() - 1, "<>")
            if "@" in self.code[match.end():end]:
                self.add(match.start(), f"{match[0].rstrip('< ')} holds vectors")

    def check_captures(self):
        for start, captures, (begin, end), body in self.lambdas:
            outer = {name for name, position, block in self.variables
                     if position < start and block[0] < start < block[1]}
            own = {name for name, position, _ in self.variables if begin <= position < body[1]}
            own |= set(re.findall(r"(?:\bauto\b|[\w>]|@)[\s&*]+(\w+)\s*(?:=(?!=)|[,)]|\(|$)",
                                  self.code[begin:end]))
            for _, part in split_commas(captures):
                part = part.strip()
                name = re.match(r"&?\s*(\w+)\s*(?:=(.*))?", part, flags=re.S)
                if part in ("&", "="):
                    text = re.sub(r"(?:\.|->)\s*\w+", blank, self.code[body[0]:body[1]])
                    used = set(re.findall(r"\b\w+\b", text)) & outer - own
                elif name and (name[1] in outer or self.is_vector(name[2] or "", outer)):
                    used = {name[1]}
                else:
                    used = set()
                for vector in sorted(used):
                    self.add(start, f"a lambda captures the vector {vector}")

    def check_registers(self, text):
        for match in INTRINSICS.finditer(self.code):
            self.add(match.start(), f"{match[0]} belongs to arch/")
        for match in INTRINSIC_HEADERS.finditer(text):
            self.add(match.start(), f"{match[0]} belongs to arch/")
        for match in re.finditer(r"(\w+|\))\s*\.\s*raw\b(?!\s*\()", self.code):
            vectors = {name for name, position, block in self.variables
                       if position < match.start() and block[0] < match.start() < block[1]}
            if match[1] in vectors or match[1] == ")":
                self.add(match.start(), "the register within a vector belongs to arch/")


def files_of(paths):
    for path in paths:
        if path.is_file():
            yield path
        else:
            yield from sorted(f for f in path.rglob("*")
                              if f.name.endswith(("-inl.h", ".cc")) and f.is_file())


def problems(paths, context=()):
    """(path, line, text) of all findings; `context` are files that only say what vectors are."""
    files = list(files_of(paths))
    texts = {f: f.read_text(encoding="utf-8") for f in {*files, *context}}
    tree = Tree(texts.values())
    for file in files:
        in_arch = "arch" in file.parts
        for line, text in sorted(File(tree, texts[file], in_arch).found):
            yield file, line, text


def main(arguments):
    kernels = Path(__file__).resolve().parents[2] / "src" / "kernels"
    paths = [Path(a) for a in arguments] or [kernels]
    missing = [p for p in paths if not p.exists()]
    if missing:
        print(f"error: {missing[0]}: no such file")
        return 1
    found = [f"{file}:{line}: {text}" for file, line, text in
             problems(paths, list(files_of([kernels])))]
    print("\n".join(found) if found else "no vector is a member, an element or a capture")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
