"""`python -m ragqa` is the `ragqa` command."""

from ragqa.cli import main

if __name__ == "__main__":
    main()
