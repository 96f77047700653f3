"""`python -m millpond`: the `millpond` command."""

import sys

from millpond.tools.command_line import main

sys.exit(main())
