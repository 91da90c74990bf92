"""Colours for plots, as many as there are lines: no two lines of a plot share one."""

import colorsys


def colours(count):
    """`count` different colours as "#rrggbb"; none is black, white or grey."""
    found = []
    for i in range(count):
        # Neighbours differ in lightness, too, which helps where hues come close.
        rgb = colorsys.hls_to_rgb(i / count, (0.32, 0.45, 0.58)[i % 3], 0.8)
        found.append("#" + "".join(f"{round(255 * part):02x}" for part in rgb))
    return found
