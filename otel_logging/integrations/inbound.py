"""What tells a call that this process serves from other carriers of context."""

from __future__ import annotations


class InboundCall(dict[str, str]):
    """Metadata of a remote procedure call that is being served: a stranger may have written it.

    Nothing else distinguishes it from the headers of a message.
    """
