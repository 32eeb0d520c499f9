"""Writing SVG: every value is escaped."""

from __future__ import annotations

from markupsafe import Markup, escape

NAMESPACE = "http://www.w3.org/2000/svg"


def element(name: str, /, *content: Markup | str, **attributes: str | float | None) -> Markup:
    """Return an element; `_` in an attribute's name stands for `-`, and `class_` for `class`."""
    said = Markup("").join(
        Markup(' {}="{}"').format(_name(key), _number(value))
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(escape(item) for item in content)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), said, inner)  # noqa: S704


def drawing(*content: Markup, label: str, **attributes: str | float | None) -> Markup:
    """Return a whole SVG with its description: an image, or a group of the links in it."""
    role = "group" if any("<a " in item for item in content) else "img"
    return element("svg", *content, role=role, aria_label=label, xmlns=NAMESPACE, **attributes)


def percent(part: float, whole: float) -> str:
    """Return a part of a whole as SVG's percentage, within 0 and 100."""
    return f"{min(100.0, max(0.0, 100 * part / whole if whole else 0)):.3f}%"


def _name(key: str) -> Markup:
    return Markup(key.rstrip("_").replace("_", "-"))  # noqa: S704 a keyword of our own


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"
