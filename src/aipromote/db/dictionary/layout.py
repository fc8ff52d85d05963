"""Where everything in the diagram stands: tables in rooms, rooms in lanes, and lines in the gutters between lanes.

All lines to one table share their way: they run together in each gutter, so that a line can be followed to its end.
Distances are in pixels; positions follow from names and sizes alone, so the same schema is always drawn the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aipromote.db.dictionary.boxes import Box, Edge

LANES: tuple[tuple[str, ...], ...] = (
    ("accounts", "billing", "notifications", "audit"),
    ("organizations", "brand", "assets", "ai", "coach"),
    ("strategy", "content"),
    ("channels", "publishing", "analytics"),
)
"""The rooms by lane, from the left. A room that stands in none goes where there is most place."""

ROW, HEAD, FOOT, CHAR = 17.0, 26.0, 6.0, 7.0
GAP, PAD, TITLE, MARGIN, TRACK = 19.0, 14.0, 34.0, 24.0, 9.0
BETWEEN = 17.0  # with the others a multiple of ROW, so that all rows of a lane stand on one grid …
SHIFT = 4.0  # … which differs from lane to lane: no two lines in a gutter lie on each other


@dataclass
class Placed:
    """A box in its place."""

    box: Box
    lane: int
    top: float
    left: float = 0.0
    width: float = 0.0

    @property
    def height(self) -> float:
        """Head and rows."""
        return HEAD + ROW * len(self.box.rows) + FOOT

    @property
    def entry(self) -> float:
        """Where lines arrive."""
        return self.top + HEAD / 2

    def row_y(self, row: int) -> float:
        """Where a line leaves."""
        return self.top + HEAD + ROW * (row + 0.5) + 2


@dataclass(frozen=True)
class Panel:
    """A room's frame."""

    room: str
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Line:
    """A way as corners; `edge` is None for the last piece, which all lines to the target share."""

    target: str
    points: tuple[tuple[float, float], ...]
    edge: Edge | None = None


@dataclass
class Layout:
    """The finished picture."""

    placed: dict[str, Placed]
    panels: list[Panel]
    lines: list[Line]
    width: float
    height: float


@dataclass
class _Ways:
    """Lines before their places across are known: what is needed in each gutter, and where lanes are crossed."""

    verticals: dict[tuple[int, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    crossings: dict[tuple[int, str], float] = field(default_factory=dict)
    taken: dict[tuple[int, float], int] = field(default_factory=lambda: defaultdict(int))


def lay_out(rooms: Sequence[tuple[str, Sequence[str]]], boxes: Mapping[str, Box]) -> Layout:
    """Place the tables of the rooms (name, tables) and the lines between them."""
    lanes = _lanes(rooms, boxes)
    placed, heights = _stack(lanes, boxes)
    ways = _Ways()
    edges = [edge for one in placed.values() for edge in one.box.edges if edge.target in placed]
    for edge in edges:
        _plan(edge, placed, ways, len(lanes))
    tracks = _tracks(ways)
    lefts, gutters, width = _across(lanes, boxes, tracks)
    for one in placed.values():
        one.left, one.width = lefts[one.lane], _lane_width(lanes[one.lane], boxes)
    lines = _lines(edges, placed, ways, gutters, len(lanes))
    return Layout(placed, _panels(lanes, placed), lines, width, max(heights) + MARGIN)


def _lanes(
    rooms: Sequence[tuple[str, Sequence[str]]], boxes: Mapping[str, Box]
) -> list[list[tuple[str, Sequence[str]]]]:
    known = dict(rooms)
    lanes = [[(room, known[room]) for room in lane if known.get(room)] for lane in LANES]
    for room, tables in rooms:
        if tables and not any(room in lane for lane in LANES):
            min(lanes, key=lambda lane: sum(len(boxes[name].rows) + 3 for _, names in lane for name in names)).append(
                (room, tables)
            )
    return lanes


def _stack(
    lanes: Sequence[Sequence[tuple[str, Sequence[str]]]], boxes: Mapping[str, Box]
) -> tuple[dict[str, Placed], list[float]]:
    placed: dict[str, Placed] = {}
    heights = []
    for number, lane in enumerate(lanes):
        y = MARGIN + SHIFT * number
        for _, tables in lane:
            y += TITLE
            for name in tables:
                placed[name] = Placed(boxes[name], number, y)
                y += placed[name].height + GAP
            y += BETWEEN
        heights.append(y)
    return placed, heights


def _sides(edge: Edge, placed: Mapping[str, Placed], lanes: int) -> tuple[int, int]:
    """The gutters in which the line begins and ends. Gutter n is left of lane n."""
    a, b = placed[edge.source].lane, placed[edge.target].lane
    if a == b:
        side = a + 1 if a < lanes - 1 else a
        return side, side
    return (a + 1, b) if a < b else (a, b + 1)


def _plan(edge: Edge, placed: Mapping[str, Placed], ways: _Ways, lanes: int) -> None:
    begin, end = _sides(edge, placed, lanes)
    y, goal = placed[edge.source].row_y(edge.row), placed[edge.target].entry
    step = 1 if end > begin else -1
    for gutter in range(begin, end, step):
        lane = gutter if step > 0 else gutter - 1
        crossing = ways.crossings.get((lane, edge.target))
        if crossing is None:
            crossing = ways.crossings[lane, edge.target] = _gap(lane, goal, placed, ways)
        ways.verticals[gutter, edge.target] += [y, crossing]
        y = crossing
    ways.verticals[end, edge.target] += [y, goal]


def _gap(lane: int, near: float, placed: Mapping[str, Placed], ways: _Ways) -> float:
    """The free height between two boxes of the lane that is nearest; each line has a height of its own there."""
    bottoms = [one.top + one.height for one in placed.values() if one.lane == lane]
    base = min(bottoms, key=lambda bottom: (abs(bottom - near) + 40 * ways.taken[lane, bottom], bottom))
    ways.taken[lane, base] += 1
    return base + 5 * ways.taken[lane, base]


def _tracks(ways: _Ways) -> dict[tuple[int, str], int]:
    """A track for each bundle of lines in each gutter; bundles that never stand side by side share one."""
    tracks: dict[tuple[int, str], int] = {}
    ends: dict[int, list[float]] = defaultdict(list)
    for (gutter, target), ys in sorted(ways.verticals.items(), key=lambda way: (way[0][0], min(way[1]), way[0][1])):
        free = next((n for n, end in enumerate(ends[gutter]) if end + TRACK < min(ys)), None)
        if free is None:
            free = len(ends[gutter])
            ends[gutter].append(0.0)
        ends[gutter][free] = max(ys)
        tracks[gutter, target] = free
    return tracks


def _across(
    lanes: Sequence[Sequence[tuple[str, Sequence[str]]]],
    boxes: Mapping[str, Box],
    tracks: Mapping[tuple[int, str], int],
) -> tuple[list[float], dict[tuple[int, str], float], float]:
    """The left side of each lane, where each bundle runs, and the whole width."""
    x, lefts, xs = MARGIN / 2, [], {}
    for gutter in range(len(lanes) + 1):
        used = {key: track for key, track in tracks.items() if key[0] == gutter}
        for key, track in used.items():
            xs[key] = x + PAD + 16 + TRACK * track
        count = max(used.values()) + 1 if used else 0
        x += 2 * PAD + (32 + TRACK * (count - 1) if count else 0)
        if gutter < len(lanes):
            lefts.append(x)
            x += _lane_width(lanes[gutter], boxes)
    return lefts, xs, x + MARGIN / 2


def _lane_width(lane: Sequence[tuple[str, Sequence[str]]], boxes: Mapping[str, Box]) -> float:
    texts = [len(row.name) + len(row.aside) + 6 for _, names in lane for name in names for row in boxes[name].rows]
    heads = [len(name) * 1.15 + 5 for _, names in lane for name in names]
    return CHAR * max([*texts, *heads]) + 12


def _lines(
    edges: Sequence[Edge], placed: Mapping[str, Placed], ways: _Ways, xs: Mapping[tuple[int, str], float], lanes: int
) -> list[Line]:
    lines, ended = [], set()
    for edge in edges:
        begin, end = _sides(edge, placed, lanes)
        source, target = placed[edge.source], placed[edge.target]
        x = source.left + source.width if begin > source.lane else source.left
        y = source.row_y(edge.row)
        points = [(x, y)]
        step = 1 if end > begin else -1
        for gutter in range(begin, end, step):
            crossing = ways.crossings[gutter if step > 0 else gutter - 1, edge.target]
            points += [(xs[gutter, edge.target], y), (xs[gutter, edge.target], crossing)]
            y = crossing
        points += [(xs[end, edge.target], y), (xs[end, edge.target], target.entry)]
        lines.append(Line(edge.target, tuple(points), edge))
        if (edge.target, end) not in ended:
            ended.add((edge.target, end))
            side = target.left + target.width if end > target.lane else target.left
            lines.append(Line(edge.target, (points[-1], (side, target.entry))))
    return lines


def _panels(lanes: Sequence[Sequence[tuple[str, Sequence[str]]]], placed: Mapping[str, Placed]) -> list[Panel]:
    panels = []
    for lane in lanes:
        for room, names in lane:
            first, last = placed[names[0]], placed[names[-1]]
            top = first.top - TITLE + 4
            bottom = last.top + last.height + PAD
            panels.append(Panel(room, first.left - PAD, top, first.width + 2 * PAD, bottom - top))
    return panels
