"""``python -m node.cli``: the same as ``yizhan``."""

import sys

from node.cli import main

sys.exit(main())
