"""What the public headers declare, read without a compiler: their style is all that this knows."""

import re
from dataclasses import dataclass, field
from pathlib import Path

IDENTIFIER = r"[A-Za-z_]\w*"


def without_comments(text):
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    return re.sub(r"//[^\n]*", " ", text)


def without_preprocessor(text):
    return re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", " ", text, flags=re.M | re.S)


def squeezed(text):
    """One space between words, none around punctuation."""
    return re.sub(r"\s*([(),*&<>=])\s*", r"\1", re.sub(r"\s+", " ", text)).strip()


def split_outside(text, separator=","):
    """Parts between separators that stand in no brackets."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "([{<") - (c in ")]}>")
        if c == separator and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [part.strip() for part in [*parts, text[start:]] if part.strip()]


def closing(text, opening):
    """Index of the bracket that closes the one at `opening`."""
    pairs = {"{": "}", "(": ")"}
    end, depth = pairs[text[opening]], 0
    for i in range(opening, len(text)):
        depth += (text[i] == text[opening]) - (text[i] == end)
        if depth == 0:
            return i
    raise ValueError(f"no {end} for: {text[opening:opening + 60]}")


def enumerators(body):
    """name -> value, given or counted."""
    values, following = {}, 0
    for entry in split_outside(body):
        name, _, value = entry.partition("=")
        following = int(value, 0) if value.strip() else following
        values[name.strip()] = following
        following += 1
    return values


@dataclass
class Cpp:
    """Public declarations, by names without `lutgemm::`."""

    functions: dict = field(default_factory=dict)  # name -> parameter lists, one per overload
    fields: list = field(default_factory=list)  # "Struct::field"
    constants: list = field(default_factory=list)
    enums: dict = field(default_factory=dict)  # name -> {enumerator: value}
    classes: list = field(default_factory=list)


@dataclass
class Scope:
    name: str = ""  # of the class, empty in the namespace
    public: bool = True

    def qualified(self, name):
        return f"{self.name}::{name}" if self.name else name


def add_function(cpp, scope, head, name):
    opening = head.index("(", head.index(name))
    parameters = squeezed(head[opening + 1:closing(head, opening)])
    own = scope.name.rsplit("::", 1)[-1]
    if name == own and re.fullmatch(rf"(const )?{own}(<T>)?&&?( ?\w+)?", parameters):
        return  # copies and moves
    if re.search(r"=\s*(delete|default)\s*$", head) and name == own and parameters == "":
        return
    cpp.functions.setdefault(scope.qualified(name), []).append(parameters)


def add_declaration(cpp, scope, head):
    """A statement that ended in ';', or a function with a body."""
    head = re.sub(r"^\s*template\s*<[^>]*>", "", head).strip()
    if not head or not scope.public or re.match(r"(friend|using|class|struct|static_assert)\b", head):
        return
    if "operator" in head or "~" in head.split("(")[0]:
        return
    before = re.split(r"[={]", head, maxsplit=1)[0]
    if call := re.search(rf"({IDENTIFIER})\s*\(", before):
        add_function(cpp, scope, head, call[1])
        return
    for part in split_outside(head):
        name = re.findall(IDENTIFIER, re.split(r"[={\[]", part, maxsplit=1)[0])[-1]
        if "constexpr" in head:
            cpp.constants.append(scope.qualified(name))
        else:
            cpp.fields.append(scope.qualified(name))


def read_scope(cpp, scope, text):
    head, i = "", 0
    while i < len(text):
        c = text[i]
        if c == "(":
            end = closing(text, i)
            head += text[i:end + 1]
            i = end + 1
        elif c == ";":
            add_declaration(cpp, scope, head)
            head, i = "", i + 1
        elif c == ":" and head.strip() in ("public", "private", "protected"):
            scope.public = head.strip() == "public"
            head, i = "", i + 1
        elif c == "{":
            end = closing(text, i)
            head, i = read_braces(cpp, scope, head, text[i + 1:end]), end + 1
            if head is None:
                head = ""
        else:
            head, i = head + c, i + 1


def read_braces(cpp, scope, head, body):
    """What stands before and in braces; returns the statement so far where braces do not end it."""
    words = re.sub(r"\[\[\w+\]\]|LUTGEMM_API|template\s*<[^>]*>", " ", head).split()
    if words[:1] == ["namespace"]:
        read_scope(cpp, Scope(), body)
    elif words[:1] == ["extern"]:
        read_scope(cpp, Scope(), body)
    elif words[:2] == ["enum", "class"]:
        if scope.public:
            cpp.enums[scope.qualified(words[2])] = enumerators(body)
        return "using enum_body"  # up to the ';'
    elif words[:1] in (["struct"], ["class"]) and "(" not in head:
        if scope.public:
            name = scope.qualified(words[1])
            cpp.classes.append(name)
            read_scope(cpp, Scope(name, words[0] == "struct"), body)
        return "using class_body"
    elif "(" in head and "=" not in re.sub(r"\(.*\)", "", head, flags=re.S):
        add_declaration(cpp, scope, head)
    else:
        return head + "{}"
    return None


def cpp_headers(texts):
    cpp = Cpp()
    for text in texts:
        read_scope(cpp, Scope(), without_preprocessor(without_comments(text)))
    return cpp


@dataclass
class C:
    functions: dict = field(default_factory=dict)  # name -> prototype without names of parameters
    structs: dict = field(default_factory=dict)  # name -> {field: type}
    enumerators: dict = field(default_factory=dict)  # name -> value
    macros: dict = field(default_factory=dict)  # name -> text, those of one number


def parameter_type(parameter):
    if "(*" in parameter:
        return squeezed(re.sub(r"\(\*\w+\)", "(*)", parameter))
    return squeezed(re.sub(rf"([ *]){IDENTIFIER}$", r"\1", parameter.strip())) or parameter.strip()


def c_struct(body):
    fields = {}
    for statement in split_outside(body, ";"):
        if pointer := re.search(rf"\(\*({IDENTIFIER})\)", statement):
            fields[pointer[1]] = squeezed(re.sub(r"\(\*\w+\)", "(*)", statement, count=1))
            continue
        name = re.search(rf"({IDENTIFIER})((?:\[\w+\])*)$", statement.strip())
        fields[name[1]] = squeezed(statement.strip()[:name.start()] + name[2])
    return fields


def c_headers(texts):
    c = C()
    for text in texts:
        text = without_comments(text)
        for name, value in re.findall(r"^#define (LUTGEMM_\w+) (-?\w+)$", text, flags=re.M):
            c.macros[name] = value
        text = without_preprocessor(text)
        for prototype in re.findall(r"LUTGEMM_API ([^;]*);", text):
            name, opening = re.search(r"(lutgemm_\w+)\s*\(", prototype)[1], prototype.index("(")
            parameters = [parameter_type(p) for p in split_outside(prototype[opening + 1:-1])]
            returned = squeezed(prototype[:prototype.index(name)])
            c.functions[name] = f"{returned}({', '.join(parameters)})"
        for body, name in re.findall(r"typedef struct \w+ \{(.*?)\} (\w+);", text, flags=re.S):
            c.structs[name] = c_struct(body)
        for body in re.findall(r"\benum(?: \w+)?\s*\{(.*?)\}", text, flags=re.S):
            c.enumerators.update(enumerators(body))
    return c


def texts_under(folder, pattern):
    return [path.read_text() for path in sorted(Path(folder).glob(pattern))]


def public_cpp(include):
    return cpp_headers(texts_under(include, "lutgemm/*.hpp"))


def public_c(include):
    return c_headers(texts_under(include, "lutgemm/c/*.h") +
                     texts_under(include, "lutgemm/version.h"))
