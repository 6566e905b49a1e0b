"""The command line: one command, one job call.

Commands import their job when they run: a training needs MLflow and LightGBM, which take seconds to import, and
`consumption keys list` should not wait for them.
"""

from consumption.cli.main import main

__all__ = ["main"]
