"""``python -m study.language``: bring the catalogues up to date and say what is to be translated."""

from __future__ import annotations

import sys

from study.language.choice import native_name
from study.language.refresh import refresh


def main() -> int:
    """0 when every language is complete, 1 when something is to be translated."""
    lacking = refresh()
    for language, sentences in lacking.items():
        print(f"{language} ({native_name(language)}): {len(sentences)} to translate")
        for english in sentences:
            print(f"  {english}")
    return int(any(lacking.values()))


if __name__ == "__main__":
    sys.exit(main())
