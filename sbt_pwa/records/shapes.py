"""Outlines of the districts as lines to draw. Where each name stands is set by hand: small islands lie close together."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
WIDTH = 1000
MARGIN = 60
NEAR = 60  # a name this near to its district needs no line to it
Point = tuple[int, int]


@dataclass(frozen=True)
class Shape:
    """A district: its outline as an SVG path, the point that stands for it, and the middle of its name."""

    code: str
    name: str
    path: str
    anchor: Point
    label: Point

    @property
    def has_line(self) -> bool:
        return math.dist(self.anchor, self.label) > NEAR


@dataclass(frozen=True)
class Drawing:
    width: int
    height: int
    shapes: tuple[Shape, ...]


@lru_cache
def drawing_of(regency: str) -> Drawing | None:
    """Return the map of a regency, or None where nobody brought its outlines (see NOTICE for those that are here)."""
    digits = regency.replace(".", "")
    outlines, labels = DATA / f"districts_{digits}.geojson", DATA / f"district_labels_{digits}.csv"
    if not outlines.exists():
        return None
    features = json.loads(outlines.read_text(encoding="utf-8"))["features"]
    points = [point for feature in features for ring in _rings(feature) for point in ring]
    west, north = min(x for x, _y in points), max(y for _x, y in points)
    scale = (WIDTH - 2 * MARGIN) / (max(x for x, _y in points) - west)

    def place(point: Any) -> Point:
        return round(MARGIN + (point[0] - west) * scale), round(MARGIN + (north - point[1]) * scale)

    with labels.open(newline="", encoding="utf-8") as file:
        named = {row["code"]: (int(row["x"]), int(row["y"])) for row in csv.DictReader(file)}
    shapes = []
    for feature in features:
        told = feature["properties"]
        path = "".join(_path([place(point) for point in ring]) for ring in _rings(feature))
        anchor = place((told["label_lng"], told["label_lat"]))
        shapes.append(Shape(told["code"], told["name"], path, anchor, named[told["code"]]))
    height = round((north - min(y for _x, y in points)) * scale) + 2 * MARGIN
    return Drawing(WIDTH, height, tuple(sorted(shapes, key=lambda shape: shape.code)))


def _rings(feature: Any) -> list[Any]:
    return [ring for polygon in feature["geometry"]["coordinates"] for ring in polygon]


def _path(spots: list[Point]) -> str:
    """Whole numbers, each told from the last: a third of the bytes."""
    steps = [(x - before_x, y - before_y) for (before_x, before_y), (x, y) in pairwise(spots)]
    lines = " ".join(f"{x} {y}" for x, y in steps[:-1] if (x, y) != (0, 0))
    return f"M{spots[0][0]} {spots[0][1]}l{lines}z"
