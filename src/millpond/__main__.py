"""`python -m millpond`: the `millpond` command."""

import sys

from millpond.tools.command_line import main

if __name__ == "__main__":
    sys.exit(main())
