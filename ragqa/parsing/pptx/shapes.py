"""The shapes of a slide with their places: groups are opened, places that a layout gives are looked up there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from ragqa.parsing.reading_order import Box
from ragqa.parsing.safe_xml import local_name

_SHAPES = ("sp", "graphicFrame", "pic", "cxnSp", "contentPart")
_DEEPEST = 30
_FURNITURE = ("dt", "ftr", "sldNum", "hdr")
_BODY = ("body", "obj", "subTitle", None)
TITLES = ("title", "ctrTitle")


@dataclass(frozen=True)
class Shape:
    """A shape, what it is a placeholder for, and those of the layout and the master that it takes its settings from."""

    element: etree._Element
    placeholder: str | None
    models: tuple[etree._Element, ...] = ()
    is_placeholder: bool = False

    @property
    def kind(self) -> str:
        """The name of its element."""
        return local_name(self.element)

    @property
    def is_title(self) -> bool:
        """Whether it holds the slide's title."""
        return self.placeholder in TITLES

    @property
    def is_body(self) -> bool:
        """Whether it is made for lists."""
        return self.is_placeholder and self.placeholder in _BODY


@dataclass(frozen=True, slots=True)
class _Frame:
    """How the places inside a group become places on the slide."""

    scale_x: float = 1.0
    scale_y: float = 1.0
    move_x: float = 0.0
    move_y: float = 0.0

    def inside(self, transform: etree._Element | None) -> _Frame:
        """The frame of a group that stands in this one."""
        if transform is None:
            return self
        left, top, width, height = _extent(transform, "off", "ext")
        inner_left, inner_top, inner_width, inner_height = _extent(transform, "chOff", "chExt")
        scale_x, scale_y = (width / inner_width if inner_width else 1.0), (height / inner_height if inner_height else 1.0)
        return _Frame(
            self.scale_x * scale_x,
            self.scale_y * scale_y,
            self.move_x + self.scale_x * (left - inner_left * scale_x),
            self.move_y + self.scale_y * (top - inner_top * scale_y),
        )


def shapes_of(slide: etree._Element, models: Iterable[etree._Element | None]) -> list[Box[Shape]]:
    """The shapes of a slide in the order of the file; date, number and footer are left out."""
    levels = [_placeholders(model) for model in models if model is not None]
    tree = slide.find("{*}cSld/{*}spTree")
    return list(_walk(tree, _Frame(), levels, 0)) if tree is not None else []


def _walk(parent: etree._Element, frame: _Frame, levels: list[list[etree._Element]], depth: int) -> Iterator[Box[Shape]]:
    for element in parent:
        name = local_name(element)
        if name == "AlternateContent":  # the same twice: for new programs, then for old ones
            choice = next((one for one in element if local_name(one) == "Choice" and len(one)), None)
            yield from _walk(choice if choice is not None else element[-1] if len(element) else element, frame, levels, depth + 1)
        elif name == "grpSp" and depth < _DEEPEST and not _is_hidden(element):
            yield from _walk(element, frame.inside(element.find("{*}grpSpPr/{*}xfrm")), levels, depth + 1)
        elif name in _SHAPES:
            shape = _shape(element, levels)
            if shape.placeholder not in _FURNITURE and not _is_hidden(element):
                yield _placed(shape, frame)


def _shape(element: etree._Element, levels: list[list[etree._Element]]) -> Shape:
    placeholder = _placeholder(element)
    if placeholder is None:
        return Shape(element, None)
    models: list[etree._Element] = []
    for number, level in enumerate(levels):
        # A layout has a placeholder for each of the slide's, by number; a master has one of each kind.
        model = _model(models[-1] if models else element, level, by_index=number == 0)
        if model is not None:
            models.append(model)
    kind = next((kind for one in (element, *models[:1]) if (kind := _kind(one)) is not None), None)
    return Shape(element, kind, tuple(models), True)


def _placed(shape: Shape, frame: _Frame) -> Box[Shape]:
    for element in (shape.element, *shape.models):
        transform = element.find("{*}spPr/{*}xfrm")
        transform = element.find("{*}xfrm") if transform is None else transform
        if transform is not None:
            left, top, width, height = _extent(transform, "off", "ext")
            return Box(
                frame.move_x + frame.scale_x * left,
                frame.move_y + frame.scale_y * top,
                abs(frame.scale_x * width),
                abs(frame.scale_y * height),
                shape,
            )
    return Box(0.0, 0.0, 0.0, 0.0, shape)


def _extent(transform: etree._Element, offset: str, extent: str) -> tuple[float, float, float, float]:
    off, ext = transform.find(f"{{*}}{offset}"), transform.find(f"{{*}}{extent}")
    return _number(off, "x"), _number(off, "y"), _number(ext, "cx"), _number(ext, "cy")


def _number(element: etree._Element | None, name: str) -> float:
    text = (element.get(name) or "") if element is not None else ""
    return float(text) if text.lstrip("-").isdecimal() and len(text) < 16 else 0.0


def _placeholders(root: etree._Element) -> list[etree._Element]:
    return [element for element in root.iter("{*}sp") if _placeholder(element) is not None]


def _placeholder(element: etree._Element) -> etree._Element | None:
    return next(element.iterfind("*/{*}nvPr/{*}ph"), None)


def _kind(element: etree._Element) -> str | None:
    placeholder = _placeholder(element)
    return placeholder.get("type") if placeholder is not None else None


def _model(element: etree._Element, level: list[etree._Element], by_index: bool) -> etree._Element | None:
    """The placeholder that has the same index, else one of the same kind."""
    mine = _placeholder(element)
    if mine is None:
        return None
    index, kind = mine.get("idx") if by_index else None, mine.get("type")
    pairs = [(one, _placeholder(one)) for one in level]
    same = next((one for one, other in pairs if index is not None and other is not None and other.get("idx") == index), None)
    if same is not None:
        return same
    wanted = {"ctrTitle": "title", "subTitle": "body", "obj": "body", None: "body"}.get(kind, kind)
    return next((one for one, other in pairs if other is not None and other.get("type") in (kind, wanted)), None)


def _is_hidden(element: etree._Element) -> bool:
    return any(one.get("hidden") in ("1", "true") for one in element.iterfind("*/{*}cNvPr"))
