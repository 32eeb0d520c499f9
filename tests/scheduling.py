"""Which tests stay together when several processes run them."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

_SHARING = {"doctor", "e2e", "integrations", "lens", "loki", "packaging", "services"}
"""The folders in which one fixture starts something for all files."""


class ByPart(LoadScopeScheduling):
    """Hands out whole files, and whole folders where the files share what was started."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = file.split("/")[1]
        return folder if folder in _SHARING else file
