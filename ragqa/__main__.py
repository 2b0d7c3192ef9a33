"""`python -m ragqa` is the `ragqa` command."""

from ragqa.cli.main import main

if __name__ == "__main__":
    main()
