"""Lines of a YAML file, for errors that say where."""

import re

import yaml

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+|\.\.\.)\]")


def line_of(node: yaml.Node | None, where: str) -> int:
    """The line of the node that a path such as ``keys[2].action`` leads to, as far as it goes."""
    line = node.start_mark.line + 1 if node else 0
    for name, index in _STEP.findall(where):
        node = _child(node, name or index)
        if node is None:
            break
        line = node.start_mark.line + 1
    return line


def _child(node: yaml.Node | None, step: str) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and step.isdecimal() and int(step) < len(node.value):
        child: yaml.Node = node.value[int(step)]
        return child
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    return None
