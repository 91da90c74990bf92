"""Generated parts of files that people write. A part lies between two comments, on lines of their
own or around words of one line:

    // lutgen formats: begin        <!-- lutgen formats: begin -->words<!-- lutgen formats: end -->
    // lutgen formats: end
"""

import re

BEGIN = re.compile(r"lutgen ([\w-]+): begin")
INLINE = re.compile(r"(<!-- lutgen ([\w-]+): begin -->).*(<!-- lutgen \2: end -->)")


def filled(path, text, parts):
    """The text with its parts replaced; parts[name] = lines, or words where the part is inline.
    Raises ValueError where the file has other marks than there are parts."""
    lines, found, open_ = [], [], None
    for line in text.split("\n"):
        if open_ is not None:
            if f"lutgen {open_}: end" not in line:
                continue
            open_ = None
        elif inline := INLINE.search(line):
            found.append(inline[2])
            words = parts.get(inline[2], "")
            line = line[:inline.start()] + inline[1] + words + inline[3] + line[inline.end():]
        elif begin := BEGIN.search(line):
            found.append(open_ := begin[1])
            lines += [line, *parts.get(open_, ())]
            continue
        lines.append(line)
    if open_ is not None or sorted(found) != sorted(parts):
        raise ValueError(f"{path}: it should have the marks {', '.join(sorted(parts))}, each with begin "
                         f"and end, once; it has {', '.join(sorted(found)) or 'none'}")
    return "\n".join(lines)
