"""`python -m authflow.graph FILE... [--check]` brings the diagrams of Markdown files up to date."""

import sys

from authflow.graph.documents import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
