"""``python -m choai.cli`` is ``choai``."""

from choai.cli import main

main()
