"""Key rules as Go regular expressions over flattened attribute keys."""

import string

from otel_logging.redaction.compiler.trie import alternation
from otel_logging.redaction.keys import components, segments, together
from otel_logging.redaction.policy import Section

_SEPARATOR = r"[\W_]*"


def blocked(section: Section) -> list[str]:
    """Patterns of the keys whose values go: key rules, and path rules widened to their last key.

    A word begins at a separator (``user_password``) or at a camelCase hump (``userPassword``), in
    any case, may be cut anywhere by separators, and ends where a segment ends.
    """
    words = sorted({together(word) for rule in section.keys for word in rule.match})
    patterns = _of_words(list(filter(str.isascii, words)))
    others = [word for word in words if not word.isascii()]
    if others:
        patterns.append(f"(?i){'|'.join(others)}")
    ends = sorted({_last(path) for rule in section.paths for path in rule.match})
    if ends:
        patterns.append(rf"(?i)(?:^|\.)(?:{'|'.join(ends)})(?:\.[0-9]+)?$")
    return patterns


def ignored(section: Section) -> list[str]:
    """Patterns of the keys that key rules leave alone."""
    suffixes = sorted({tuple(segments(suffix)) for suffix in section.safe.suffixes})
    apart = {suffix: stem for suffix in suffixes for stem in _stems(section, suffix)}
    suffixes = [suffix for suffix in suffixes if suffix not in apart]
    snake = "|".join(_SEPARATOR.join(suffix) for suffix in suffixes)
    camel = "|".join("".join(part.capitalize() for part in suffix) for suffix in suffixes)
    names = sorted({".".join(components(key)) for key in section.safe.keys})
    exact = "|".join(_exact(name) for name in names)
    patterns = []
    if suffixes:
        patterns += [rf"(?i)[0-9A-Za-z][_-](?:{snake})$", f"[a-z0-9](?:{camel})$"]
    patterns += [_not_after(stem, suffix) for suffix, stem in apart.items()]
    if names:
        patterns.append(f"(?i)^(?:{exact})$")
    return patterns


def below_ignored(section: Section) -> list[str]:
    """Patterns of flattened keys of which a part above the last one is left alone."""
    return [
        pattern.removesuffix("$").replace("(?i)^", "(?i)") + r"\." for pattern in ignored(section)
    ]


def _stems(section: Section, suffix: tuple[str, ...]) -> set[str]:
    """Segments before which a safe suffix belongs to a name to redact: maiden, of maiden name."""
    names = {tuple(segments(word)) for rule in section.keys for word in rule.match}
    size = len(suffix)
    return {name[-size - 1] for name in names if len(name) > size and name[-size:] == suffix}


def _not_after(stem: str, suffix: tuple[str, ...]) -> str:
    """A pattern of keys that end in a safe suffix and not in a stem and the suffix."""
    others = [f"(?:^|[^{stem[at]}]){stem[at + 1 :]}" for at in range(len(stem) - 1)]
    last = "".join(each for each in string.ascii_lowercase if each != stem[-1])
    before = "|".join([*others, f"[0-9{last}]"])
    return rf"(?i)(?:{before})[_-]?{_SEPARATOR.join(suffix)}$"


def words(section: Section) -> set[tuple[str, ...]]:
    """The segments of every name that key and path rules redact."""
    names = {tuple(segments(word)) for rule in section.keys for word in rule.match}
    return names | {(_last_name(path),) for rule in section.paths for path in rule.match}


def straddling(section: Section) -> str:
    """A pattern of flattened keys in which a rule's words stand on both sides of a dot."""
    splits = {
        (*"".join(parts[:cut]), r"\.", *"".join(parts[cut:]))
        for rule in section.keys
        for word in rule.match
        for parts in [segments(word)]
        for cut in range(1, len(parts))
        if together(word).isascii()
    }
    return "(?i)" + alternation(splits, _SEPARATOR) if splits else ""


def _of_words(words: list[str]) -> list[str]:
    """Patterns by how a word begins: after a separator, at a hump, or with a digit.

    Words with the same first letter stand together. Almost every character of a key begins none,
    and so fails at once.
    """
    by_first: dict[str, list[str]] = {}
    for word in words:
        by_first.setdefault(word[0], []).append(word[1:])
    ends = {first: _SEPARATOR + _ends(rests) for first, rests in sorted(by_first.items())}
    letters = [first for first in ends if first.isalpha()]
    apart = "|".join(f"[{first}{first.upper()}]{ends[first]}" for first in letters)
    humps = "|".join(first.upper() + ends[first] for first in letters)
    digits = "|".join(first + ends[first] for first in ends if first.isdigit())
    patterns = [f"(?:^|[^A-Za-z])(?:{apart})", humps] if letters else []
    return [*patterns, f"(?:^|[^0-9])(?:{digits})"] if digits else patterns


def _ends(rests: list[str]) -> str:
    """Words without their first letters, and where their last segments end."""
    by_last: dict[str, list[str]] = {}
    for rest in rests:
        by_last.setdefault(rest[-1:], []).append(rest[:-1])
    ends = [_rest(mine) + _tail(last) for last, mine in sorted(by_last.items())]
    return f"(?:{'|'.join(ends)})"


def _rest(words: list[str]) -> str:
    """What stands between first and last letters."""
    if not any(words):
        return ""
    may_end = "?" if "" in words else ""
    return f"(?i:{alternation(filter(None, words), _SEPARATOR)}{_SEPARATOR}){may_end}"


def _tail(last: str) -> str:
    """The last letter and the end of its segment: a hump after a lower-case letter is one."""
    if last.isdigit():
        return f"{last}(?:$|[^0-9])"
    upper = f"{last.upper()}(?:$|[^A-Za-z]|[A-Z][a-z])"
    return f"(?:{last}(?:$|[^A-Za-z]|[A-Z])|{upper})"


def _spelled(word: str) -> str:
    return _SEPARATOR.join(word)


def _exact(name: str) -> str:
    return r"\.".join(_spelled(part) for part in name.split("."))


def _last(path: str) -> str:
    """A pattern of the last named component of a path rule."""
    return _spelled(_last_name(path)) or ".*"


def _last_name(path: str) -> str:
    names = [part for part in components(path) if part not in {"*", "**", "[]"}]
    return names[-1] if names else ""
