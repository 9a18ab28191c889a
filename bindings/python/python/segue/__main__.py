"""The segue command: ``python -m segue run --trace preset:3g --video preset:cbr --abr bola``."""

import sys

from ._segue import command


def main() -> int:
    return command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
