"""The commands' tree."""

from __future__ import annotations

import typer

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="markdown", add_completion=False
)
keys = typer.Typer(no_args_is_help=True, help="Keys for programs and people.")
check = typer.Typer(no_args_is_help=True, help="Check what you wrote yourself.")
app.add_typer(keys, name="keys")
app.add_typer(check, name="check")
