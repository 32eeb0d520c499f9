"""Key rules as Go regular expressions over flattened attribute keys."""

from otel_logging.redaction.keys import components, segments, together
from otel_logging.redaction.policy import Section

_SEPARATOR = "[^A-Za-z0-9]*"


def blocked(section: Section) -> list[str]:
    """Patterns of the keys whose values go: key rules, and path rules widened to their last key.

    The first holds for words that begin at a separator (``user_password``), the second for
    words that begin at a camelCase hump (``userPassword``).
    """
    words = sorted({together(word) for rule in section.keys for word in rule.match})
    ascii_words = [word for word in words if word.isascii()]
    patterns = ascii_words and [
        f"(?:^|[^A-Za-z])(?:{'|'.join(map(_word, ascii_words))})",
        f"[A-Za-z](?:{'|'.join(_hump(word) for word in ascii_words if word[0].isalpha())})",
    ]
    others = [word for word in words if not word.isascii()]
    if others:
        patterns.append("|".join(others))
    ends = sorted({_last(path) for rule in section.paths for path in rule.match})
    if ends:
        patterns.append(rf"(?i)(?:^|\.)(?:{'|'.join(ends)})(?:\.[0-9]+)?$")
    return patterns


def ignored(section: Section) -> list[str]:
    """Patterns of the keys that key rules leave alone."""
    suffixes = sorted({tuple(segments(suffix)) for suffix in section.safe.suffixes})
    snake = "|".join(_SEPARATOR.join(suffix) for suffix in suffixes)
    camel = "|".join("".join(part.capitalize() for part in suffix) for suffix in suffixes)
    names = sorted({".".join(components(key)) for key in section.safe.keys})
    exact = "|".join(_exact(name) for name in names)
    patterns = []
    if suffixes:
        patterns += [rf"(?i)[0-9A-Za-z][_-](?:{snake})$", f"[a-z0-9](?:{camel})$"]
    if names:
        patterns.append(f"(?i)^(?:{exact})$")
    return patterns


def words(section: Section) -> set[tuple[str, ...]]:
    """The segments of every name that key and path rules redact."""
    names = {tuple(segments(word)) for rule in section.keys for word in rule.match}
    return names | {(_last_name(path),) for rule in section.paths for path in rule.match}


def straddling(section: Section) -> str:
    """A pattern of flattened keys in which a rule's words stand on both sides of a dot."""
    splits = {
        rf"{_spelled(''.join(parts[:cut]))}[^A-Za-z0-9]*\.[^A-Za-z0-9]*{_spelled(''.join(parts[cut:]))}"
        for rule in section.keys
        for word in rule.match
        for parts in [segments(word)]
        for cut in range(1, len(parts))
        if together(word).isascii()
    }
    return "(?i)" + "|".join(sorted(splits)) if splits else ""


def _word(word: str) -> str:
    """A word in any case, cut anywhere by separators, that ends where a segment ends."""
    return f"{_insensitive(word[:-1])}{_tail(word)}"


def _hump(word: str) -> str:
    """A word that begins with a capital after another letter."""
    return f"{word[0].upper()}{_SEPARATOR}{_insensitive(word[1:-1])}{_tail(word)}"


def _tail(word: str) -> str:
    """The last letter and the end of its segment: a hump after a lower-case letter is one."""
    last = word[-1]
    if last.isdigit():
        return f"{last}(?:$|[^0-9])"
    upper = f"{last.upper()}(?:$|[^A-Za-z]|[A-Z][a-z])"
    return f"(?:{last}(?:$|[^A-Za-z]|[A-Z])|{upper})"


def _insensitive(text: str) -> str:
    return "".join(f"{_letter(char)}{_SEPARATOR}" for char in text)


def _letter(char: str) -> str:
    return f"[{char.upper()}{char}]" if char.isalpha() else char


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
