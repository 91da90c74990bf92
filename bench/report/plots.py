"""The plots of docs/gen/performance.md and README.md."""

from peers import PEERS, beside
from results import FORMATS, SHAPE
from svg import COLOURS, INK, Drawing, Panel

WIDTH, HEIGHT, GAP = 360, 230, 60


def panels(cores, rows=1):
    """A drawing with a column for each core, and room for a legend."""
    return Drawing(len(cores) * (WIDTH + GAP) + 90, rows * (HEIGHT + 80) + 10)


def beyond(cores):
    """Where the legend stands."""
    return len(cores) * (WIDTH + GAP) + 10


def box(column, row=0):
    return 50 + column * (WIDTH + GAP), 34 + row * (HEIGHT + 80), WIDTH, HEIGHT


def speed_over_tokens(cores):
    """GMAC/s over M, and the dot peak."""
    drawing = panels(cores)
    for column, core in enumerate(cores):
        chosen = [r for r in core.select(mode="fast", threads=1, by_default=True, shape=SHAPE,
                                         working_set_mib=core.working_sets[0]) if r.gmacs is not None]
        tokens = sorted({r.m for r in chosen})
        peak = max(rate for run in core.runs if run["threads"] == 1 for rate in run["dot_peak_gmacs"])
        panel = Panel(drawing, box(column), max([r.gmacs for r in chosen] + [peak]))
        panel.titles(f"{core.name}: GMAC/s, one thread", "tokens M; N = K = 4096, mode fast")
        at = {m: (i + 0.5) / len(tokens) for i, m in enumerate(tokens)}
        for m in tokens:
            panel.mark(at[m], m)
        panel.drawing.line(panel.left, panel.y(peak), panel.left + panel.width, panel.y(peak), INK, "5 4")
        for name, colour in zip(FORMATS, COLOURS):
            points = [(panel.x(at[r.m]), panel.y(r.gmacs)) for r in sorted(chosen, key=lambda r: r.m)
                      if r.format == name]
            if points:
                drawing.polyline(points, colour)
    drawing.legend(beyond(cores), 40, list(zip(FORMATS, COLOURS)))
    drawing.text(beyond(cores), 146, "- - dot peak")
    return str(drawing)


def bars(panel, pairs):
    """A pair of bars for each name, with their speeds above."""
    for i, (name, pair) in enumerate(pairs):
        middle = (i + 0.5) / len(pairs)
        panel.mark(middle, name)
        for side, record in enumerate(pair):
            x, top = panel.x(middle) + (side - 1) * 24, panel.y(record.gmacs)
            panel.drawing.bar(x, top, 22, panel.top + panel.height - top, COLOURS[side])
            panel.drawing.text(x + 11, top - 3, round(record.gmacs), "middle")


def beside_ggml(cores):
    """Bars of ours and of the fastest ggml type, one token above and many below."""
    drawing, drawn = panels(cores, rows=2), False
    peers = [peer for peer in PEERS if peer[1] == "ggml"]
    for column, core in enumerate(cores):
        for row, (m, words) in enumerate(((1, "one token"), (512, "512 tokens"))):
            pairs = [(peer[0], beside(core, peer, m)) for peer in peers if beside(core, peer, m)]
            if not pairs:
                continue
            drawn = True
            panel = Panel(drawing, box(column, row), max(r.gmacs for _, pair in pairs for r in pair))
            panel.titles(f"{core.name}: GMAC/s, one thread", f"{words}, N = K = 4096")
            bars(panel, pairs)
    drawing.legend(beyond(cores), 40, [("lutgemm", COLOURS[0]), ("ggml", COLOURS[1])])
    return str(drawing) if drawn else ""


def bits_and_tokens(cores):
    """Bits per weight against tokens per second of a model's linear layers."""
    if not any(core.document["model"]["results"] for core in cores):
        return ""
    drawing = panels(cores)
    for column, core in enumerate(cores):
        points = core.document["model"]["results"]
        if not points:
            continue
        panel = Panel(drawing, box(column), max(p["tokens_per_second"] for p in points))
        size = core.document["model"]["working_set_mib"]
        panel.titles(f"{core.name}: tokens per second, one thread",
                     f"bits per weight; model of 7 G weights, working set {size} MiB")
        for bits in range(1, 6):
            panel.mark((bits - 0.8) / 4.4, bits)
        for p in points:
            x, y = panel.x((p["bits_per_weight"] - 0.8) / 4.4), panel.y(p["tokens_per_second"])
            drawing.circle(x, y, COLOURS[column], p["mode"] == "fast")
            if p["mode"] == "fast":
                drawing.text(x + 7, y - 4, p["format"])
    drawing.text(beyond(cores), 50, "filled: fast")
    drawing.text(beyond(cores), 66, "hollow: exact")
    return str(drawing)


PLOTS = (("beside_ggml.svg", "Products per second beside ggml, one token and many", beside_ggml),
         ("speed_over_tokens.svg", "Products per second over the number of tokens", speed_over_tokens),
         ("bits_tokens.svg", "Bits per weight against tokens per second", bits_and_tokens))


def draw_all(cores):
    """(file name, title, text) of every plot for which there are figures."""
    drawn = [(name, title, draw(cores)) for name, title, draw in PLOTS]
    return [plot for plot in drawn if plot[2]]
