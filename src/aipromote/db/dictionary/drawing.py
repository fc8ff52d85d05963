"""The diagram as SVG, for light and for dark pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from aipromote.db.dictionary.boxes import Box, Row
from aipromote.db.dictionary.layout import HEAD, ROW, Layout, Line, Panel, Placed, lay_out

HUES = (212, 28, 150, 280, 340, 188, 96, 248, 8, 52, 310, 130, 230, 168)
"""One for each room, in their order; neighbours differ."""


@dataclass(frozen=True)
class Theme:
    """Colours of everything that is not a room's, and how a room's hue becomes colours."""

    page: str
    paper: str
    ink: str
    faint: str
    rule: str
    frame: str
    head: str
    line: str


LIGHT = Theme(
    page="#ffffff", paper="#ffffff", ink="#1b1f24", faint="#667080", rule="#d5dae1",
    frame="hsl({hue},55%,96%)", head="hsl({hue},52%,36%)", line="hsl({hue},50%,42%)",
)  # fmt: skip
DARK = Theme(
    page="#0d1117", paper="#161b22", ink="#e8ecf1", faint="#97a1ae", rule="#333b46",
    frame="hsl({hue},28%,13%)", head="hsl({hue},42%,34%)", line="hsl({hue},55%,66%)",
)  # fmt: skip

_SANS = "system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif"
_MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"


def draw(rooms: Sequence[tuple[str, Sequence[str]]], boxes: Mapping[str, Box], theme: Theme) -> str:
    """The picture of these rooms (name, tables)."""
    layout = lay_out(rooms, boxes)
    hues = {room: HUES[place % len(HUES)] for place, (room, _) in enumerate(rooms)}
    owners = {table: room for room, tables in rooms for table in tables}
    colour = {table: theme.line.format(hue=hues[room]) for table, room in owners.items()}
    parts = [_open(layout, theme)]
    parts += [_panel(panel, theme, hues[panel.room]) for panel in layout.panels]
    parts += [_way(line, colour[line.target]) for line in layout.lines]
    for placed in layout.placed.values():
        parts += _table(placed, theme, hues[owners[placed.box.name]])
    parts += [_ends(line, colour[line.target], theme) for line in layout.lines]
    parts.append(_legend(layout, theme))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _open(layout: Layout, theme: Theme) -> str:
    width, height = round(layout.width), round(layout.height + 44)
    style = (
        f".s{{font:600 14px {_SANS}}}.h{{font:600 12.5px {_SANS};fill:#fff}}.m{{font:11.5px {_MONO}}}"
        f".k{{font:600 8.5px {_SANS};fill:{theme.faint}}}.f{{fill:{theme.faint}}}.i{{fill:{theme.ink}}}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="Tables by room, with their keys and relations">\n<style>{style}</style>\n'
        f'<rect width="{width}" height="{height}" fill="{theme.page}"/>'
    )


def _panel(panel: Panel, theme: Theme, hue: int) -> str:
    frame, word = theme.frame.format(hue=hue), theme.line.format(hue=hue)
    return (
        f'<rect x="{panel.left:g}" y="{panel.top:g}" width="{panel.width:g}" height="{panel.height:g}" rx="10" '
        f'fill="{frame}"/><text class="s" x="{panel.left + 14:g}" y="{panel.top + 19:g}" fill="{word}">'
        f"{escape(panel.room)}</text>"
    )


def _table(placed: Placed, theme: Theme, hue: int) -> Iterator[str]:
    x, y, width, height = placed.left, placed.top, placed.width, placed.height
    head = theme.head.format(hue=hue)
    shape = f'x="{x:g}" y="{y:g}" width="{width:g}" rx="6"'
    yield f'<rect {shape} height="{height:g}" fill="{theme.paper}" stroke="{theme.rule}"/>'
    yield (
        f'<path d="M{x:g} {y + HEAD:g}v{6 - HEAD:g}q0-6 6-6h{width - 12:g}q6 0 6 6v{HEAD - 6:g}z" fill="{head}"/>'
        f'<text class="h" x="{x + 10:g}" y="{y + 17:g}">{escape(placed.box.name)}</text>'
    )
    if placed.box.is_tenant:
        yield f'<circle cx="{x + width - 13:g}" cy="{y + HEAD / 2:g}" r="4" fill="#fff" fill-opacity=".9"/>'
    for number, row in enumerate(placed.box.rows):
        yield _row(row, x, y + HEAD + ROW * number + 14.5, width)


def _row(row: Row, x: float, y: float, width: float) -> str:
    mark = f'<text class="k" x="{x + 8:g}" y="{y - 0.5:g}">{row.mark}</text>' if row.mark else ""
    name = f'<text class="m i" x="{x + 30:g}" y="{y:g}">{escape(row.name)}</text>' if row.name else ""
    end = f'x="{x + width - 9:g}" y="{y:g}" text-anchor="end"'
    aside = f'<text class="m f" {end}>{escape(row.aside)}</text>' if row.aside else ""
    return mark + name + aside


def _way(line: Line, colour: str) -> str:
    corners = " ".join(f"{x:g},{y:g}" for x, y in line.points)
    return f'<polyline points="{corners}" fill="none" stroke="{colour}" stroke-width="1.4" stroke-linejoin="round"/>'


def _ends(line: Line, colour: str, theme: Theme) -> str:
    """A crow's foot where many belong, a bar where one is; a ring beside it where there may be none."""
    (x, y), (next_x, _) = line.points[:2]
    out = 1 if next_x > x else -1
    stroke = f'fill="none" stroke="{colour}" stroke-width="1.4"'
    if line.edge is None:
        (near, y), (x, _) = line.points
        out = 1 if near > x else -1
        return f'<path d="M{x + 5 * out:g} {y - 5:g}v10m{3 * out} 0v-10" {stroke}/>'
    if line.edge.single:
        foot = f"M{x + 5 * out:g} {y - 4:g}v8"
    else:
        foot = f"M{x:g} {y - 4.5:g}L{x + 8 * out:g} {y:g}L{x:g} {y + 4.5:g}"
    ring = f'<circle cx="{x + 11.5 * out:g}" cy="{y:g}" r="3" {stroke.replace("none", theme.page, 1)}/>'
    return f'<path d="{foot}" {stroke}/>' + (ring if line.edge.optional else "")


def _legend(layout: Layout, theme: Theme) -> str:
    y = layout.height + 14
    words = (
        "White dot: rows of one organization, with the key (organization_id, id). PK: another key. U: unique.",
        "Lines have the colour of the room they lead to: from many (fork) to one (double bar) or none (ring).",
    )
    style = f'style="font:12px {_SANS}" fill="{theme.faint}"'
    return "".join(f'<text x="26" y="{y + 17 * n:g}" {style}>{line}</text>' for n, line in enumerate(words))
