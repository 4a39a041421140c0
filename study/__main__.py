"""``python -m study``: the facevalue command."""

from study.cli import main

main()
