"""Settings come from the environment, and no secret is the same twice."""

from __future__ import annotations

import stat

import pytest

from study.settings import SettingsError, read_settings


def test_without_a_key_one_is_made_once_and_kept_for_the_owner_only(tmp_path):
    first = read_settings({}, data=tmp_path / "a")
    again = read_settings({}, data=tmp_path / "a")
    other = read_settings({}, data=tmp_path / "b")
    assert first.secret_key == again.secret_key != other.secret_key
    assert len(first.secret_key) == 64
    assert stat.S_IMODE((tmp_path / "a" / "secret_key").stat().st_mode) == 0o600


def test_the_database_is_embedded_unless_named(tmp_path):
    assert read_settings({}, data=tmp_path).database == f"sqlite:///{tmp_path}/facevalue.sqlite"
    named = read_settings({"FACEVALUE_DATABASE": "postgresql+psycopg://u@h/d"}, data=tmp_path)
    assert named.database == "postgresql+psycopg://u@h/d"


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        (
            {"FACEVALUE_DATABASE": "mysql://x"},
            "FACEVALUE_DATABASE: expected sqlite:///FILE or postgresql\\+psycopg://…, found mysql",
        ),
        ({"FACEVALUE_HTTPS": "maybe"}, "FACEVALUE_HTTPS: expected 0 or 1, found 'maybe'"),
        ({"FACEVALUE_PROXIES": "-1"}, "FACEVALUE_PROXIES: expected the number of proxies .* found '-1'"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path, environment, sentence):
    with pytest.raises(SettingsError, match=sentence):
        read_settings(environment, data=tmp_path)


def test_a_password_in_the_address_is_never_repeated_in_an_error(tmp_path):
    with pytest.raises(SettingsError) as caught:
        read_settings({"FACEVALUE_DATABASE": "mysql://me:hidden@host/d"}, data=tmp_path)
    assert "hidden" not in str(caught.value)
