"""`python -m consumption.cli`."""

from consumption.cli.main import main

main()
