"""Pieces of generated files: the note about their source, pages, tables."""


def note(loaded, *files):
    digests = " ".join(f"{file} {loaded.digest[file]}" for file in files)
    return f"Made by codegen/lutgen from {digests}. Do not edit."


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def page(loaded, files, *parts):
    return "\n\n".join((f"<!-- {note(loaded, *files)} -->",) + parts) + "\n"
