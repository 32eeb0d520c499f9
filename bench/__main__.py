"""Lists the benches, or runs one: ``python -m bench NAME [OPTIONS]``."""

import ast
import importlib
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def questions() -> dict[str, str]:
    """The benches by name, each with the question it answers: its docstring's first line."""
    found = {}
    for path in sorted(FOLDER.glob("*.py")):
        module = ast.parse(path.read_text())
        functions = {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
        if "main" in functions and not path.name.startswith("__"):
            found[path.stem] = (ast.get_docstring(module) or "").partition("\n")[0]
    return found


def main(arguments: list[str]) -> int:
    """Run the bench that is named first, or list them; the exit status."""
    benches = questions()
    if not arguments or arguments[0] not in benches:
        for name, question in benches.items():
            print(f"{name:12} {question}")
        return 2 if arguments and not arguments[0].startswith("-") else 0
    name, *rest = arguments
    importlib.import_module(f"bench.{name}").main(rest)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
