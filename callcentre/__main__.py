"""`python -m callcentre` is the `callcentre` command."""

from callcentre.cli import main

main()
