"""Commands about the study file itself: its settings, its schema, its words in further languages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click


@click.command("settings")
def settings_command() -> None:
    """Print every setting of study.toml, with kind, default and meaning."""
    from study.protocol_reference import reference

    click.echo(reference())


@click.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of study.toml, for editors."""
    from study.protocol_schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@click.command("translate")
@click.argument("study_toml", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("language")
def translate_command(study_toml: Path, language: str) -> None:
    """Write the words of a study that LANGUAGE (such as de) still lacks, ready to be filled in.

    They are added to translations/LANGUAGE.toml beside the study file; what is there stays as it is.
    """
    from study.protocol import ProtocolError, check_study
    from study.protocol.translations import text_names, text_path
    from study.translation_file import add_missing_words

    if not re.fullmatch("[a-z]{2}", language):
        raise click.UsageError(f"LANGUAGE: expected two lower-case letters, such as de, found {language!r}")
    checked = check_study(study_toml)
    if checked.protocol is None:
        raise click.ClickException("\n".join(str(problem) for problem in checked.problems))
    languages = getattr(checked.protocol, "languages", ())
    if language in languages[:1]:
        raise click.UsageError(f"LANGUAGE: {language} is the language of {study_toml.name} itself")
    try:
        n_added, file = add_missing_words(checked.protocol, study_toml.parent, language)
    except ProtocolError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{file}: {n_added or 'no'} words and sentences to translate were added")
    for name in text_names(checked.protocol):
        if not (study_toml.parent / text_path(name, language)).is_file():
            click.echo(f"{study_toml.parent / text_path(name, language)}: still to be written")
    if language not in languages:
        click.echo(f'Then add "{language}" to languages in {study_toml.name}.')
