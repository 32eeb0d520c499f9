"""An alternation of words as a tree, so that what they have in common is written once."""

from collections.abc import Iterable, Sequence

Tree = dict[str, "Tree"]

_END = ""


def alternation(words: Iterable[Sequence[str]], between: str = "") -> str:
    """A pattern of all words.

    Args:
        words: Each as the patterns of its letters.
        between: A pattern that stands between any two letters.
    """
    root: Tree = {}
    for word in words:
        node = root
        for letter in word:
            node = node.setdefault(letter, {})
        node[_END] = {}
    return _written(root, "", between)


def _written(node: Tree, before: str, between: str) -> str:
    branches = [
        f"{before}{letter}{_written(below, between, between)}"
        for letter, below in sorted(node.items())
        if letter != _END
    ]
    if len(branches) == 1 and _END not in node:
        return branches[0]
    return f"(?:{'|'.join(branches)}){'?' if _END in node else ''}" if branches else ""
