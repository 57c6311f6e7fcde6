"""``python -m onespec`` is the ``onespec`` command."""

from .cli.main import main

if __name__ == "__main__":
    main()
