"""facevalue's own words in every language: nothing missing, nothing left in English, the right one chosen."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from copy import deepcopy
from datetime import date
from io import BytesIO

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from study.language import (
    LANGUAGES,
    date_text,
    direction,
    native_name,
    negotiate,
    number_locale,
    number_text,
    percent_text,
    plural_sentence,
    script_words,
    sentence,
    translate,
)
from study.language.__main__ import main
from study.language.catalogue import (
    SCRIPTS,
    TEMPLATE,
    catalogue_file,
    plural_categories,
    read_catalogue,
    translations,
)
from study.language.refresh import catalogue_text, refresh, template_text, untranslated
from tests.conftest import ROOT
from tests.js.test_javascript import HERE as SCRIPT_TESTS
from tests.js.test_javascript import NODE
from tests.study.english_said import all_said, extracted

TRANSLATED = [language for language in LANGUAGES if language != "en"]
REMEDY = "run python -m study.language, then translate what it names in study/locale"
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def english_of(message):
    return (message.id,) if isinstance(message.id, str) else message.id


def said_by(message):
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def messages_of(language):
    return [message for message in read_catalogue(language) if message.id]


# ---- the catalogues ----


def test_the_template_holds_exactly_what_pages_scripts_and_flow_say():
    assert TEMPLATE.read_text(encoding="utf-8") == template_text(extracted()), REMEDY


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated_and_none_is_fuzzy(language):
    catalogue = read_catalogue(language)
    expected = [english_of(message) for message in all_said()]
    assert [english_of(message) for message in catalogue if message.id] == expected, REMEDY
    assert untranslated(catalogue) == [], REMEDY


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_is_written_as_it_was_read(language):
    text = catalogue_file(language).read_text(encoding="utf-8")
    assert catalogue_text(read_catalogue(language)) == text, REMEDY


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_places_and_tags_of_its_english(language):
    faults = []
    for message in messages_of(language):
        wanted = set(PLACEHOLDER.findall(english_of(message)[-1]))
        tags = sorted(re.findall(r"<[^>]+>", english_of(message)[0]))
        for said in said_by(message):
            found = set(PLACEHOLDER.findall(said))
            # "One answer" says its number in words; every other place must be filled.
            worded = {"n"} if len(said_by(message)) > 1 and said != said_by(message)[-1] else set()
            if not wanted - worded <= found <= wanted or "%" in PLACEHOLDER.sub("", said):
                faults.append(said)
            if sorted(re.findall(r"<[^>]+>", said)) != tags:
                faults.append(said)
    assert faults == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_ends_as_its_english_does(language):
    """A lost full stop or question mark is a lost sentence."""
    ends = {".": ".", "?": "?؟", "…": "…"}
    faults = [
        said
        for message in messages_of(language)
        for said in said_by(message)
        if (end := english_of(message)[0][-1]) in ends and said[-1] not in ends[end]
    ]
    assert faults == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", r"\b(AI|artificial|synthetic|generated|fake|real)\b"),
        ("de", r"\b(KI|künstlich|synthetisch|generiert|gefälscht|echt)"),
        ("es", r"\b(IA|artificial|sintétic|generad|fals|real\b|reales)"),
        ("fr", r"\b(IA\b|artificiel|synthétique|généré|faux|vrai|réel(le)?s?\b)"),
        ("ar", "اصطناعي|مولد|مزيف|حقيقي"),
    ],
)
def test_no_word_of_facevalue_speaks_of_what_is_real_or_made(language, words):
    """What the faces are is the study's to say, at the time it chooses.

    Buttons, labels and feedback of studies that disclose it are the only exception.
    """
    said = all_said() if language == "en" else messages_of(language)
    telling = {
        english_of(m)[0]
        for m in said
        for text in (english_of(m) if language == "en" else said_by(m))
        if re.search(words, text)
    }
    assert telling - DISCLOSING == set()


DISCLOSING = {
    "Real",
    "AI",
    "AI-generated",
    "This face was made by AI.",
    "This is a photograph of a real person.",
    "The left face was made by AI. The right one is a photograph of a real person.",
    "The right face was made by AI. The left one is a photograph of a real person.",
    "Both faces were made by AI.",
    "Both are photographs of real people.",
}


# ---- bringing them up to date ----


@pytest.fixture
def copied_catalogues(tmp_path, monkeypatch):
    shutil.copytree(TEMPLATE.parent, tmp_path / "locale")
    monkeypatch.setattr("study.language.catalogue.LOCALE", tmp_path / "locale")
    monkeypatch.setattr("study.language.refresh.TEMPLATE", tmp_path / "locale" / "messages.pot")
    return tmp_path / "locale"


def test_a_refresh_without_a_new_sentence_changes_nothing_and_succeeds(copied_catalogues, capsys):
    before = {file: file.read_bytes() for file in copied_catalogues.rglob("messages.po*")}
    assert main() == 0
    assert {file: file.read_bytes() for file in copied_catalogues.rglob("messages.po*")} == before
    assert "ar (العربية): 0 to translate" in capsys.readouterr().out


def test_a_refresh_names_new_and_reworded_sentences_and_drops_those_nobody_says(
    copied_catalogues, monkeypatch, capsys
):
    changed = deepcopy(extracted())
    changed.delete("Saved")
    changed.delete("Left person")
    changed.add("Left persons", locations=[("study/static/js/texts.js", None)])
    changed.add("Entirely new words")
    monkeypatch.setattr("study.language.refresh.extract", lambda: changed)
    assert main() == 1
    said = capsys.readouterr().out
    assert "de (Deutsch): 2 to translate\n  Left persons\n  Entirely new words\n" in said
    catalogue = read_catalogue("de")
    assert catalogue.get("Saved") is None
    assert catalogue.get("Left persons").fuzzy
    spoken = translations.__wrapped__("de")
    assert spoken.gettext("Left persons") == "Left persons", "what is fuzzy is not said"


def test_a_new_language_begins_with_everything_to_translate(copied_catalogues, monkeypatch):
    monkeypatch.setattr("study.language.refresh.LANGUAGES", ["en", "it"])
    monkeypatch.setattr("study.language.refresh.extract", extracted)
    assert len(refresh()["it"]) == len(all_said())
    assert "Language: it" in (copied_catalogues / "it" / "LC_MESSAGES" / "messages.po").read_text()


# ---- plural forms ----


def test_arabic_has_six_forms_and_each_has_its_numbers():
    categories = plural_categories(read_catalogue("ar"))
    assert categories == {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 4, "other": 5}
    left = {n: translate(plural_sentence("%(n)s character left", "%(n)s characters left", n), "ar")
            for n in (0, 1, 2, 3, 10, 11, 99, 100, 102)}  # fmt: skip
    assert left == {
        0: "لم يبقَ أي حرف",
        1: "بقي حرف واحد",
        2: "بقي حرفان",
        3: "بقيت 3 أحرف",
        10: "بقيت 10 أحرف",
        11: "بقي 11 حرفًا",
        99: "بقي 99 حرفًا",
        100: "بقي 100 حرف",
        102: "بقي 102 حرف",
    }


def test_a_formula_that_contradicts_the_language_is_refused_with_a_sentence():
    text = catalogue_file("ar").read_text(encoding="utf-8").replace("n==2 ? 2", "n==3 ? 2")
    wrong = read_po(BytesIO(text.encode()), locale="ar")
    with pytest.raises(ValueError, match=r"^ar: expected one plural form for the category 'few', found the "):
        plural_categories(wrong)


@pytest.mark.parametrize("language", LANGUAGES)
def test_scripts_and_server_say_the_same_for_every_number(language):
    in_scripts = [
        english_of(message)
        for message in all_said()
        if len(english_of(message)) > 1 and message.locations[0][0].startswith(SCRIPTS)
    ]
    numbers = [*range(130), 200, 201, 202, 203, 211, 999]
    words = {
        "language": language,
        "numbers": number_locale(language),
        "messages": dict(script_words(language)),
    }
    asked = json.dumps({"words": words, "sentences": in_scripts, "numbers": numbers})
    done = subprocess.run(
        [NODE, SCRIPT_TESTS / "say_plurals.mjs"], input=asked, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert len(in_scripts) >= 4
    for (one, many), sentences in zip(in_scripts, said["said"], strict=True):
        assert sentences == [translate(plural_sentence(one, many, n), language) for n in numbers]
    assert said["numbers"] == [number_text(n, language) for n in numbers]


# ---- numbers, dates, direction, names ----


@pytest.mark.parametrize(
    ("language", "number", "share", "day"),
    [
        ("en", "12,345.5", "42%", "March 1, 2026"),
        ("de", "12.345,5", "42 %", "1. März 2026"),
        ("es", "12.345,5", "42 %", "1 de marzo de 2026"),
        ("fr", "12 345,5", "42 %", "1 mars 2026"),
        ("ar", "12,345.5", "42%", "1 مارس 2026"),
        ("xx", "12,345.5", "42%", "March 1, 2026"),
    ],
)
def test_numbers_and_dates_are_written_as_the_language_does(language, number, share, day):
    def plain(text):
        return re.sub("[\u00a0\u202f]", " ", re.sub("[\u200e\u200f]", "", text))

    assert plain(number_text(12345.5, language)) == number
    assert plain(percent_text(0.42, language)) == share
    assert plain(date_text(date(2026, 3, 1), language)) == day


def test_only_languages_written_from_the_right_run_from_the_right():
    assert {language: direction(language) for language in (*LANGUAGES, "he", "fa", "it", "xx", "")} == {
        "en": "ltr", "de": "ltr", "es": "ltr", "fr": "ltr", "ar": "rtl",
        "he": "rtl", "fa": "rtl", "it": "ltr", "xx": "ltr", "": "ltr",
    }  # fmt: skip


def test_every_language_is_called_what_its_speakers_call_it():
    assert [native_name(code) for code in LANGUAGES] == [
        "English",
        "Deutsch",
        "Español",
        "Français",
        "العربية",
    ]


def test_a_language_without_a_catalogue_is_answered_in_english():
    said = sentence("Please enter a whole number, at least %(low)s.", low=1800)
    assert translate(said, "it") == "Please enter a whole number, at least 1.800."
    assert script_words("it") == {}


# ---- the choice ----


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        ({}, "en"),
        ({"requested": "de"}, "de"),
        ({"requested": "xx", "remembered": "ar"}, "ar"),
        ({"requested": "fr", "remembered": "ar", "accept_language": "de"}, "fr"),
        ({"remembered": "es", "accept_language": "de"}, "es"),
        ({"accept_language": "de"}, "de"),
        ({"accept_language": "de-AT"}, "de"),
        ({"accept_language": "AR_EG"}, "ar"),
        ({"accept_language": "de-AT, en;q=0.5"}, "de"),
        ({"accept_language": "en;q=0.5, fr;q=0.9"}, "fr"),
        ({"accept_language": "it, pt;q=0.9, es;q=0.1"}, "es"),
        ({"accept_language": "de;q=0, *"}, "en"),
        ({"accept_language": "*"}, "en"),
        ({"accept_language": "it"}, "en"),
        ({"accept_language": ""}, "en"),
        ({"accept_language": ";;q=,,=,de;q=x"}, "en"),
    ],
)
def test_what_is_asked_for_wins_then_what_was_chosen_then_what_the_browser_prefers(options, chosen):
    assert negotiate(tuple(LANGUAGES), **options) == chosen


OFFERS = st.lists(st.sampled_from([*LANGUAGES, "it", "pt"]), min_size=1, unique=True)


@given(offered=OFFERS, requested=st.text(), remembered=st.none() | st.text(), header=st.text())
def test_whatever_is_sent_the_language_is_one_of_those_offered(offered, requested, remembered, header):
    asked = negotiate(offered, requested=requested, remembered=remembered, accept_language=header)
    assert asked in offered


@given(
    offered=OFFERS,
    wanted=st.lists(
        st.tuples(
            st.sampled_from([*LANGUAGES, "it", "ja"]), st.sampled_from(["", "-XX"]), st.integers(0, 1000)
        ),
        unique_by=lambda entry: entry[0],
    ),
)
def test_the_browsers_most_wanted_language_that_is_offered_is_taken(offered, wanted):
    header = ", ".join(f"{code}{region};q={quality / 1000:.3f}" for code, region, quality in wanted)
    fitting = [(quality, code) for code, _, quality in wanted if code in offered and quality > 0]
    chosen = negotiate(offered, accept_language=header)
    if fitting:
        best = max(quality for quality, _ in fitting)
        assert chosen == next(code for quality, code in fitting if quality == best)
    else:
        assert chosen == offered[0]


# ---- nothing is said past the catalogues ----


def scripts():
    return sorted((ROOT / "study" / "static" / "js").glob("*.js"))


def test_every_word_of_the_texts_for_scripts_is_marked_for_translation():
    source = (ROOT / "study" / "static" / "js" / "texts.js").read_text()
    source = re.sub(r"^import .*$|/\*.*?\*/", "", source, flags=re.MULTILINE | re.DOTALL)
    rest = re.sub(r'\b_\(\s*"[^"]*"', "", source)
    rest = re.sub(r'\bngettext\(\s*"[^"]*",\s*"[^"]*"', "", rest)
    literals = re.findall(r'"([^"]*)"|\'([^\']*)\'|`([^`]*)`', rest)
    assert [
        words
        for found in literals
        for words in found
        if re.search("[A-Za-z]", re.sub(r"\$\{\w+\}", "", words))
    ] == []


@pytest.mark.parametrize("script", [s for s in scripts() if s.name != "texts.js"], ids=lambda s: s.name)
def test_no_other_script_has_words_of_its_own(script):
    source = re.sub(r"/\*.*?\*/|(?<![:\"])//[^\n]*", "", script.read_text(), flags=re.DOTALL)
    source = re.sub(r"(Error|console\.\w+)\([^\n]*", "", source)
    literals = re.findall(r'"([^"\n]*)"|\'([^\'\n]*)\'|`([^`\n]*)`', source)
    sentences = [w for found in literals for w in found if re.search(r"^[A-Z][a-z]+([ .:,…]|$)", w)]
    keys = {"Enter", "Escape", "Accept", "Content-Type"}
    assert [words for words in sentences if words not in keys] == [], "give texts.js these words"
