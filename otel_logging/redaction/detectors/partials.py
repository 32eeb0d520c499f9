"""Partial forms. None of them can be matched by a detector again."""


def email(secret: str) -> str:
    """``bob@example.com`` gives ``b***@example.com``."""
    local, at, domain = secret.partition("@")
    first = local[:1] if local[:1].isascii() and local[:1].isalnum() else ""
    return f"{first}***{at}{domain}"


def last_four(secret: str) -> str:
    """``4111 1111 1111 1111`` gives ``***1111``; of a short secret nothing is shown."""
    plain = [char for char in secret if char.isalnum()]
    return "***" + "".join(plain[-4:] if len(plain) >= 10 else [])


def any_value(secret: str) -> str:
    """The partial form of a value of unknown kind: an address's domain or the last four."""
    local, at, domain = secret.partition("@")
    is_address = (
        at and local and "." in domain and domain.replace(".", "").replace("-", "").isalnum()
    )
    return email(secret) if is_address and domain.isascii() else last_four(secret)
