"""`python -m bonaface`."""

from bonaface.cli import main

if __name__ == "__main__":
    main()
