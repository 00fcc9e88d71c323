"""`python -m casework.cli`: the same as `casework`."""

import sys

from casework.cli import main

sys.exit(main())
