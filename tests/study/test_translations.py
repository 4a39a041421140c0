"""A study speaks every language it offers, from the consent to the debrief, and says what it lacks."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from study import flow
from study.app import create_app
from study.cli import facevalue
from study.database import migrate, open_engine, writing
from study.export import export_study
from study.protocol import check_study, freeze, in_language, read_study, text_in
from study.protocol.translations import spoken_words
from study.settings import Settings
from tests.conftest import MOMENT, write_stimulus_set

DEMO = Path(__file__).parents[2] / "study" / "demo_studies" / "ai"


@pytest.fixture
def folder(tmp_path):
    """The demo study offered in German too, with nothing translated yet."""
    shutil.copytree(DEMO, tmp_path / "study")
    file = tmp_path / "study" / "study.toml"
    file.write_text(file.read_text().replace('["en"]', '["en", "de"]'))
    return tmp_path / "study"


def translate(folder: Path):
    return CliRunner().invoke(facevalue, ["study", "translate", str(folder / "study.toml"), "de"])


def fill_in(folder: Path) -> None:
    """Translate all words to themselves with a mark in front, and each text to its name."""
    translate(folder)
    file = folder / "translations" / "de.toml"
    lines = [re.sub(r'^"(.*)" = ""$', r'"\1" = "DE \1"', line) for line in file.read_text().splitlines()]
    file.write_text("\n".join(lines))
    for text in list((folder / "texts").glob("*.md")):
        text.with_suffix(".de.md").write_text(f"Deutsch: {text.stem}")


def problems_of(folder: Path) -> list[str]:
    return [f"{problem.severity}: {problem}" for problem in check_study(folder / "study.toml").problems]


def test_a_language_without_files_is_one_error_for_the_words_and_one_for_each_text(folder):
    problems = problems_of(folder)
    assert len(problems) == 1 + len(list((folder / "texts").glob("*.md")))
    assert problems[0].startswith("error: study.toml, line 4: languages: expected 29 words and sentences in")
    assert "facevalue study translate study.toml de adds what is missing" in problems[0]
    assert "line 10: texts.information: expected a Markdown file texts/information.de.md" in problems[1]


def test_the_command_writes_every_word_and_a_second_time_nothing(folder):
    done = translate(folder)
    assert done.exit_code == 0, done.output
    file = folder / "translations" / "de.toml"
    words = {words for words, _ in spoken_words(read_study(DEMO / "study.toml").protocol)}
    assert tomllib.loads(file.read_text()) == dict.fromkeys(words, "")
    assert "texts/consent.de.md: still to be written" in done.output
    before = file.read_text()
    assert "no words and sentences to translate were added" in translate(folder).output
    assert file.read_text() == before


def test_the_command_keeps_what_is_there_and_adds_what_is_new(folder):
    fill_in(folder)
    assert problems_of(folder) == []
    toml = folder / "study.toml"
    toml.write_text(toml.read_text().replace('text = "How sure are you?"', 'text = "How certain?"'))
    assert problems_of(folder) == [
        'error: study.toml, line 73: blocks[3].questions[2].text: expected "How certain?" in '
        "translations/de.toml, found no such line; facevalue study translate study.toml de adds what is "
        "missing to the file",
        "warning: translations/de.toml, line 20: expected words that study.toml says, "
        'found "How sure are you?"; remove the line, or correct its words',
    ]
    before = (folder / "translations" / "de.toml").read_text()
    translate(folder)
    after = (folder / "translations" / "de.toml").read_text()
    assert after.startswith(before)
    assert after.removeprefix(before) == '\n# blocks[3].questions[2].text\n"How certain?" = ""\n'
    assert problems_of(folder)[0].startswith("error: translations/de.toml, line")


def test_a_language_that_is_not_offered_yet_can_be_prepared(folder):
    done = CliRunner().invoke(facevalue, ["study", "translate", str(folder / "study.toml"), "fr"])
    assert done.exit_code == 0, done.output
    assert 'Then add "fr" to languages in study.toml.' in done.output
    assert (folder / "translations" / "fr.toml").is_file()


def test_a_translation_file_that_is_no_toml_is_left_alone(folder):
    (folder / "translations").mkdir()
    (folder / "translations" / "de.toml").write_text('"Very = "Sehr"\n')
    done = translate(folder)
    assert done.exit_code == 1
    assert "translations/de.toml: expected TOML in UTF-8, found something else" in done.output
    assert (folder / "translations" / "de.toml").read_text() == '"Very = "Sehr"\n'


def test_the_first_language_needs_no_translation(folder):
    done = CliRunner().invoke(facevalue, ["study", "translate", str(folder / "study.toml"), "en"])
    assert done.exit_code == 2
    assert "en is the language of study.toml itself" in done.output


def test_a_protocol_in_a_language_has_its_words_and_nothing_else_changed(folder):
    fill_in(folder)
    study = read_study(folder / "study.toml")
    german = in_language(study.protocol, study.translations, "de")
    assert german.title == "DE First impressions of headshots"
    assert german.block("detect").questions[2].options[0].label == "DE Skin"
    assert german.items[1].options[0].label == "DE Woman"
    assert in_language(study.protocol, study.translations, "en") == study.protocol
    english = {f"DE {words}": words for words, _ in spoken_words(study.protocol)}
    assert in_language(german, {"en": english}, "en") == study.protocol
    assert text_in(study.texts, "texts/consent.md", "de") == "Deutsch: consent"
    assert text_in(study.texts, "texts/consent.md", "en") == (DEMO / "texts" / "consent.md").read_text()


@settings(deadline=None)
@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1)))
def test_words_without_a_translation_stay(translations):
    protocol = read_study(DEMO / "study.toml").protocol
    spoken = {words for words, _ in spoken_words(protocol)}
    translated = in_language(protocol, {"de": translations}, "de")
    said = {words for words, _ in spoken_words(translated)}
    assert said == {translations.get(words, words) for words in spoken}


@pytest.mark.parametrize("what", ["words", "text"])
def test_any_word_of_any_language_changes_the_hash(folder, what):
    fill_in(folder)
    before = freeze(read_study(folder / "study.toml"), set_sha256="ab", n_stimuli=1, n_pairs=1)
    file = folder / ("translations/de.toml" if what == "words" else "texts/debrief.de.md")
    file.write_text(file.read_text().replace("DE Very", "DE Sehr").replace("Deutsch", "German"))
    after = freeze(read_study(folder / "study.toml"), set_sha256="ab", n_stimuli=1, n_pairs=1)
    assert before.sha256 != after.sha256


@pytest.fixture
def german_app(folder, tmp_path):
    fill_in(folder)
    write_stimulus_set(folder / "stimuli", n_pairs=24)
    settings = Settings(
        data=tmp_path, database=f"sqlite:///{tmp_path / 'a.sqlite'}", secret_key="for tests only"
    )
    engine = open_engine(settings.database)
    migrate(engine)
    with writing(engine) as db:
        study = flow.publish(db, read_study(folder / "study.toml"), pictures=settings.pictures, now=MOMENT)
        flow.open_unchecked(db, study, opened_as="test", now=MOMENT)
    engine.dispose()
    app = create_app(settings)
    app.config.update(RATELIMIT_ENABLED=False, WTF_CSRF_ENABLED=False)
    yield app
    app.extensions["facevalue_engine"].dispose()


@pytest.mark.parametrize(
    ("address", "accepted", "language"),
    [
        ("/s/headshots-demo/", "en", "en"),
        ("/s/headshots-demo/", "de-AT,en;q=0.5", "de"),
        ("/s/headshots-demo/", "it", "en"),
        ("/s/headshots-demo/?lang=de", "en", "de"),
        ("/s/headshots-demo/?lang=it", "en", "en"),
    ],
)
def test_a_visitor_reads_the_language_asked_for(german_app, address, accepted, language):
    page = german_app.test_client().get(address, headers={"Accept-Language": accepted}).text
    assert ("Deutsch: consent" in page) == (language == "de")
    assert ("DE First impressions" in page) == (language == "de")


def test_a_session_keeps_its_language_to_the_end(german_app):
    client = german_app.test_client()
    assert 'name="lang" value="de"' in client.get("/s/headshots-demo/?lang=de").text
    client.post(
        "/s/headshots-demo/consent", data={"consent": "yes", "agree": "yes", "age": "35", "lang": "de"}
    )
    device = {
        "frame_interval_ms": 16.7,
        "viewport_width_px": 1280,
        "viewport_height_px": 800,
        "device_pixel_ratio": 1,
        "screen_width_px": 1280,
        "screen_height_px": 800,
        "touch": False,
        "evidence": "simulated",
    }
    client.post("/s/headshots-demo/device", data=json.dumps(device), content_type="application/json")
    assert "Deutsch: instructions" in client.get("/s/headshots-demo/session").text
    client.post("/s/headshots-demo/instructions")
    plan = client.get("/s/headshots-demo/plan").get_json()
    assert plan["blocks"]["detect"]["intro_html"] == "<p>Deutsch: detect</p>\n"
    assert plan["blocks"]["detect"]["questions"][0]["text"] == "DE Which picture was made by AI?"


def test_an_exported_study_is_the_same_study_in_every_language(german_app, folder, tmp_path):
    export_study(german_app.extensions["facevalue_engine"], "headshots-demo", tmp_path / "export", now=MOMENT)
    exported = read_study(tmp_path / "export" / "protocol" / "study.toml")
    before = read_study(folder / "study.toml")
    facts = {"set_sha256": "ab", "n_stimuli": 1, "n_pairs": 1}
    assert freeze(exported, **facts) == freeze(before, **facts)
