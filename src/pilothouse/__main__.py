"""``python -m pilothouse``: the command, without its script."""

from pilothouse.cli import main

if __name__ == "__main__":
    main()
