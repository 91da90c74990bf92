"""Charts as SVG text. The same figures give the same bytes: no dates, no random names, no library
whose next version draws otherwise."""

import math
from xml.sax.saxutils import escape

INK, FAINT = "#333333", "#dddddd"
# Told apart by those who see few colours, too.
COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb")


def number(value):
    return f"{value:.1f}".rstrip("0").rstrip(".")


class Drawing:
    """Shapes on a white page of so many pixels."""

    def __init__(self, width, height):
        self.size = width, height
        self.parts = [f'<rect width="{width}" height="{height}" fill="#ffffff"/>']

    def line(self, x1, y1, x2, y2, colour=INK, dashes=""):
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self.parts.append(f'<path d="M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}" '
                          f'stroke="{colour}" fill="none"{dashed}/>')

    def polyline(self, points, colour):
        path = "L".join(f"{number(x)} {number(y)}" for x, y in points)
        self.parts.append(f'<path d="M{path}" stroke="{colour}" stroke-width="2" fill="none"/>')

    def circle(self, x, y, colour, filled=True):
        self.parts.append(f'<circle cx="{number(x)}" cy="{number(y)}" r="4" stroke="{colour}" '
                          f'fill="{colour if filled else "#ffffff"}"/>')

    def bar(self, x, y, width, height, colour):
        self.parts.append(f'<rect x="{number(x)}" y="{number(y)}" width="{number(width)}" '
                          f'height="{number(height)}" fill="{colour}"/>')

    def text(self, x, y, words, anchor="start", bold=False):
        weight = ' font-weight="bold"' if bold else ""
        self.parts.append(f'<text x="{number(x)}" y="{number(y)}" text-anchor="{anchor}"{weight}>'
                          f'{escape(str(words))}</text>')

    def legend(self, x, y, entries):
        """Names beside squares of their colours, one below the other."""
        for i, (name, colour) in enumerate(entries):
            self.bar(x, y + 16 * i, 10, 10, colour)
            self.text(x + 15, y + 9 + 16 * i, name)

    def __str__(self):
        width, height = self.size
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
                f'height="{height}" font-family="sans-serif" font-size="12" fill="{INK}">\n'
                + "\n".join(self.parts) + "\n</svg>\n")


def nice_step(top):
    """A step of 1, 2 or 5 times a power of ten that divides an axis into four to nine parts."""
    power = 10 ** math.floor(math.log10(top))
    return next(power * part for part in (0.2, 0.5, 1, 2) if top / (power * part) <= 9)


class Panel:
    """A rectangle of a drawing with a vertical axis from 0 to above `top`."""

    def __init__(self, drawing, box, top):
        self.drawing, self.box = drawing, box
        self.left, self.top, self.width, self.height = box
        step = nice_step(top)
        self.most = step * math.ceil(top / step + 1e-9)
        for i in range(round(self.most / step) + 1):
            y = self.y(i * step)
            drawing.line(self.left, y, self.left + self.width, y, FAINT)
            drawing.text(self.left - 6, y + 4, number(i * step), "end")

    def y(self, value):
        return self.top + self.height * (1 - value / self.most)

    def x(self, share):
        """A place along the horizontal axis, 0 to 1."""
        return self.left + self.width * share

    def titles(self, title, below):
        self.drawing.text(self.left, self.top - 10, title, bold=True)
        self.drawing.text(self.left + self.width / 2, self.top + self.height + 34, below, "middle")

    def mark(self, share, words):
        self.drawing.text(self.x(share), self.top + self.height + 16, words, "middle")
