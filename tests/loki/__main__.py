"""Run the scenario on the real parts and write what was found: `make loki-result`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from stack.part import StartError
from tests.loki import result
from tests.loki.running import real_run


def main() -> int:
    """Write the result; 2 when a part does not start."""
    with tempfile.TemporaryDirectory(prefix="otel-logging-loki-") as folder:
        try:
            with real_run(Path(folder)) as run:
                result.write(result.of(run))
        except StartError as error:
            print(f"loki-result: {error}", file=sys.stderr)
            return 2
    print(f"wrote {result.FILE.name} and {result.PAGE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
