"""What every `script/bench NAME` has in common: its words on the command line."""

import argparse


def arguments(name: str, doc: str | None) -> argparse.ArgumentParser:
    """Return the parser of `script/bench NAME`; its --help begins with the tool's docstring."""
    return argparse.ArgumentParser(
        prog=f"script/bench {name}",
        description=doc,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
