"""`python -m authflow.graph FILE... [--check]` brings diagrams up to date; `documents.main` has the rest."""

import sys

from authflow.graph.documents import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
