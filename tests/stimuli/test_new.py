"""From a folder of pictures and a lab's table to a manifest."""

import csv
import json
import os
import shutil
import unicodedata

import openpyxl
import pytest
from click.testing import CliRunner

from stimuli.cli import stimuli_commands
from stimuli.intake import new_manifest, update_manifest
from stimuli.manifest import StimulusError, read_set


@pytest.fixture
def folder(tmp_path, noise_picture):
    """Two real and two AI pictures in folders of these names."""
    for seed, file in enumerate(("real/anna.jpg", "real/ben.jpg", "ai/cleo.png", "ai/dan.webp")):
        noise_picture(tmp_path / "faces" / file, seed=seed, size=(60, 60))
    return tmp_path / "faces"


def run(*arguments):
    return CliRunner().invoke(stimuli_commands, ["new", *(str(argument) for argument in arguments)])


def problems(folder, **options):
    with pytest.raises(StimulusError) as caught:
        new_manifest(folder, **options)
    assert not (folder / "manifest.csv").exists()
    return "\n".join(caught.value.problems)


def write_table(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def test_the_first_try_works_with_folders_called_real_and_ai(folder):
    result = run(folder, "--licence", "CC0 1.0", "--generator", "FLUX.1", "--consent", "signed")
    assert result.exit_code == 0, result.output
    assert f"4 pictures (2 ai, 2 real) in {folder / 'manifest.csv'}\n" in result.output
    assert "still empty: gender of 4, age_band of 4, ethnicity of 4; fill them in the table" in result.output
    made = {s.stimulus: s for s in read_set(folder).stimuli}
    assert {id: s.origin for id, s in made.items()} == {
        "anna": "real",
        "ben": "real",
        "cleo": "ai",
        "dan": "ai",
    }
    assert {s.licence for s in made.values()} == {"CC0 1.0"}
    assert [made[id].generator for id in ("anna", "cleo")] == ["", "FLUX.1"]


def test_unknown_origins_come_with_every_way_to_state_them(folder):
    (folder / "real").rename(folder / "photos")
    (folder / "ai").rename(folder / "flux")
    write_table(folder / "list.csv", "file,gender\n")
    text = problems(folder)
    assert "4 pictures do not say whether they are real or AI-made (flux/cleo.png, flux/dan.webp, ph" in text
    assert "or name folders with --real and --ai (there are flux, photos), or say --origin for all" in text
    assert "list.csv was not read; if it describes the pictures, name it with --table" in text
    assert new_manifest(folder, real=["photos"], ai=[folder / "flux"]).origins == {"ai": 2, "real": 2}


def test_a_folder_elsewhere_cannot_be_part_of_the_set(folder, tmp_path):
    (tmp_path / "other").mkdir()
    with pytest.raises(
        StimulusError, match=r"other: expected a folder inside .*; a set's pictures lie below its"
    ):
        new_manifest(folder, real=[tmp_path / "other"])


TABLE = "Filename{d}Sex{d}Age{d}Race{d}Rating\nanna.jpg{d}F{d}24{d}Zoë{d}5\nben{d}male{d}30-39{d}white{d}6\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_tables_of_any_dialect_give_the_same_manifest(folder, delimiter, encoding, newline):
    text = TABLE.format(d=delimiter).replace("\n", newline)
    report = new_manifest(folder, table=write_table(folder / "t.csv", text, encoding))
    made = {s.stimulus: s for s in read_set(folder).stimuli}
    anna, ben = made["anna"], made["ben"]
    assert (anna.gender, anna.age_band, anna.ethnicity) == ("female", "20-29", "Zoë")
    assert (ben.gender, ben.age_band, ben.extra["stated_age"]) == ("male", "30-39", "")
    assert (anna.extra["stated_age"], anna.extra["Rating"]) == ("24", "5")
    assert "t.csv: the column Sex is gender" in report.notes
    assert "t.csv: Sex: F = female" in report.notes
    assert "no row in the table: 2 pictures (ai/cleo.png, ai/dan.webp)" in report.notes
    told = any("read as Windows-1252 (Latin-1)" in note for note in report.notes)
    assert told == (encoding == "cp1252")


def write_xlsx(path, rows, title="Sheet"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_an_xlsx_is_read_as_it_looks(folder):
    rows = [["file", "Age", "is_ai", "measured", None], [None], ["anna.jpg", 24.0, False, 0.5]]
    new_manifest(folder, table=write_xlsx(folder / "t.xlsx", [*rows, ["cleo.png", 31, True, 2]]))
    made = {s.stimulus: s for s in read_set(folder).stimuli}
    assert made["anna"].extra == {"measured": "0.5", "stated_age": "24"}
    assert (made["cleo"].origin, made["cleo"].age_band) == ("ai", "30-39")


def test_what_is_wrong_with_an_xlsx_is_said(folder):
    path = write_xlsx(folder / "t.xlsx", [["file", "age"], ["anna.jpg", "=1+1"], ["ben.jpg", "#N/A"]])
    book = openpyxl.load_workbook(path)
    book.active["B3"].data_type = "e"
    book.create_sheet("Second").append(["file"])
    book.save(path)
    assert "t.xlsx: has the sheets Sheet, Second; say which with --sheet" in problems(folder, table=path)
    assert "found no Third" in problems(folder, table=path, sheet="Third")
    text = problems(folder, table=path, sheet="Sheet")
    assert "t.xlsx cell B2: holds a formula that was never computed; open the file" in text
    assert "t.xlsx cell B3: holds the error #N/A; correct the formula" in text
    path.write_bytes(path.read_bytes()[:500])
    assert "t.xlsx: is not an XLSX file (damaged, protected by a password" in problems(folder, table=path)
    shutil.copy(path, folder / "t.ods")
    assert "t.ods: expected CSV or XLSX, found .ods; save it" in problems(folder, table=folder / "t.ods")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "t.csv: is empty; the first row must name the columns"),
        ("face,sex\nanna,F\n", "t.csv: expected a column with the names of the pictures (file, filename, "),
        ("file,sex,Sex\n", "t.csv row 1: the column Sex is there twice; rename or remove one"),
        ("file\nanna.jpg,x\n", "t.csv row 2: 'x' is in a column without a name; name it or clear it"),
        ('file,a\nanna.jpg,"x\n', "t.csv row 2: cannot be read as CSV (unexpected end of data); look for"),
        ("file\nemma.jpg\n", "t.csv row 2: names emma.jpg, which is not in the folder; correct the name"),
        ("file\nanna.tif\n", "which is not in the folder (there is real/anna with another ending)"),
        ("file\nanna\nreal/anna.jpg\n", "t.csv row 3: names real/anna.jpg, as t.csv row 2 does; keep one"),
        (
            "file,age\nanna,old\n",
            "t.csv row 2: expected an age in years up to 120 or a band such as 20-29, found",
        ),
        ("file,age_band\nanna,old\n", "t.csv row 2: expected an age band such as 20-29, found 'old'"),
        ("file,origin\nanna,photoshop\n", "t.csv row 2: expected real, ai or edited (or photo, human; gen"),
        ("file,origin\nanna,synthetic\n", "t.csv row 2: says that real/anna.jpg is ai, its folder says real"),
        ("file,origin\nanna,edited\n", "real/anna.jpg: an edited picture needs edited_from"),
        (
            "file,sha256\nanna,00\n",
            "real/anna.jpg: changed since t.csv row 2 was written: expected sha256 00",
        ),
        ("file,stimulus\nanna,x\nben,X\n", "the column stimulus gives the same id to several pictures"),
        ("file,sex\n,F\n", "t.csv row 2: names no picture; fill the column file or clear the row"),
        ("file,artifacts\nanna,teeth\n", "real/anna.jpg: unknown artifact teeth; use expression skin"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_with_its_row(folder, text, said):
    assert said in problems(folder, table=write_table(folder / "t.csv", text))


def test_all_problems_of_a_folder_come_at_once(folder):
    (folder / "real" / "empty.jpg").touch()
    (folder / "real" / "shot.cr2").write_bytes(b"II*\x00raw")
    (folder / "real" / "poster.psd").write_bytes(b"8BPS")
    table = write_table(folder / "t.csv", "file,age\nanna,old\nemma,20\n")
    text = problems(folder, table=table)
    for said in (
        "real/empty.jpg: expected a picture that can be opened (JPEG, PNG",
        "real/shot.cr2: a camera's RAW file, which each program develops differently; develop it and put",
        "real/poster.psd: a .psd document is not a picture yet; export it as TIFF or PNG",
        "t.csv row 2: expected an age",
        "t.csv row 3: names emma",
    ):
        assert said in text


def test_a_row_finds_its_picture_by_any_path_that_fits_only_one(folder):
    names = ["C:\\Users\\lab\\faces\\real\\anna.jpg", "REAL/BEN.JPG", "cleo", "./ai/dan.webp"]
    table = write_table(
        folder / "t.csv", "file,n\n" + "".join(f"{name},{n}\n" for n, name in enumerate(names))
    )
    report = new_manifest(folder, table=table)
    assert {s.stimulus: s.extra["n"] for s in read_set(folder).stimuli} == {
        "anna": "0",
        "ben": "1",
        "cleo": "2",
        "dan": "3",
    }
    assert "3 rows name a part of the path or write it otherwise: only one picture fits" in report.notes


def test_a_row_that_fits_several_pictures_is_refused(folder):
    shutil.copy(folder / "real" / "anna.jpg", folder / "ai" / "anna.jpg")
    text = problems(folder, table=write_table(folder / "t.csv", "file\nanna.jpg\n"))
    assert (
        "t.csv row 2: anna.jpg could be ai/anna.jpg, real/anna.jpg; write its folder and ending too" in text
    )


def test_equal_names_get_ids_of_their_own_and_doubles_are_said(folder):
    shutil.copy(folder / "real" / "anna.jpg", folder / "ai" / "anna.jpg")
    report = new_manifest(folder)
    ids = {s.file: s.stimulus for s in read_set(folder).stimuli}
    assert ids["ai/anna.jpg"] == "ai_anna.jpg"
    assert ids["real/anna.jpg"] == "real_anna.jpg"
    assert ids["real/ben.jpg"] == "ben"
    assert "ai/anna.jpg and real/anna.jpg are the same file; keep one of them" in report.notes


def test_names_that_are_one_file_elsewhere_are_refused(folder, noise_picture):
    noise_picture(folder / "real" / "ANNA.JPG", seed=7, size=(60, 60))
    name = "jos\u00e9.jpg"
    noise_picture(folder / "real" / unicodedata.normalize("NFC", name), seed=8, size=(60, 60))
    noise_picture(folder / "real" / unicodedata.normalize("NFD", name), seed=9, size=(60, 60))
    text = problems(folder)
    assert (
        "real/anna.jpg: has the same name as real/ANNA.JPG but for letter case, and would overwrite" in text
    )
    assert "but for the way its accents are stored, and would overwrite it on a Mac" in text


def test_composed_and_decomposed_names_meet(folder, noise_picture):
    noise_picture(folder / "real" / unicodedata.normalize("NFD", "zoë.jpg"), seed=9, size=(60, 60))
    table = write_table(folder / "t.csv", unicodedata.normalize("NFC", "file,n\nzoë.jpg,1\n"))
    new_manifest(folder, table=table)
    assert [s.file for s in read_set(folder).stimuli if s.extra["n"]] == [
        "real/" + unicodedata.normalize("NFD", "zoë.jpg")
    ]


def test_what_systems_leave_behind_is_passed_over_and_the_rest_counted(folder):
    for name in ("Thumbs.db", ".DS_Store", "real/._anna.jpg", ".cache/x.jpg", "notes.docx", "a.xmp", "b.xmp"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")
    (folder / "real" / "anna.nef").write_bytes(b"MM\x00*")
    shutil.copy(folder / "real" / "anna.jpg", folder / "real" / "scan")
    report = new_manifest(folder)
    assert sorted(report.added) == [
        "ai/cleo.png",
        "ai/dan.webp",
        "real/anna.jpg",
        "real/ben.jpg",
        "real/scan",
    ]
    assert "1 RAW files left aside: the pictures of the same name are taken" in report.notes
    assert "left aside, as no pictures: 1 .docx, 2 .xmp" in report.notes
    assert "real/scan: is JPEG although its name has no ending" in report.notes


def test_links_and_odd_files_are_refused(folder, tmp_path, noise_picture):
    outside = noise_picture(tmp_path / "outside.jpg", seed=9, size=(60, 60))
    (folder / "real" / "link.jpg").symlink_to(outside)
    (folder / "real" / "inner.jpg").symlink_to(folder / "real" / "anna.jpg")
    (folder / "real" / "broken.jpg").symlink_to(tmp_path / "gone.jpg")
    (folder / "more").symlink_to(tmp_path)
    os.mkfifo(folder / "real" / "pipe.jpg")
    noise_picture(folder / "x.jpg", seed=3).rename(folder / "real" / os.fsdecode(b"\xff.jpg"))
    noise_picture(folder / "real" / "a\\b.jpg", seed=4, size=(60, 60))
    text = problems(folder)
    assert (
        f"real/link.jpg: a link that leads out of the folder, to {outside}; put a copy in its place" in text
    )
    assert "real/inner.jpg: a link to" in text
    assert "real/broken.jpg: a link to" in text
    assert "more: a link that leads out of the folder" in text
    assert "real/pipe.jpg: neither a file nor a folder; move it elsewhere" in text
    assert "real/\\udcff.jpg: has characters in its name that other systems cannot have; rename it" in text
    assert "real/a\\b.jpg: has characters in its name" in text


def test_broken_pictures_can_be_left_out(folder):
    (folder / "real" / "empty.jpg").touch()
    result = run(folder, "--skip-broken")
    assert result.exit_code == 0
    assert "left out: real/empty.jpg: expected a picture that can be opened" in result.stderr
    assert len(read_set(folder).stimuli) == 4


def test_downloaded_sets_side_by_side_become_one(folder, write_sources):
    write_sources(folder / "real", [{"file": "anna.jpg", "origin": "real", "stated_gender": "woman"}])
    write_sources(
        folder / "ai", [{"file": "cleo.png", "origin": "ai", "stated_age": "42", "licence": "CC0 1.0"}]
    )
    new_manifest(folder)
    made = {s.stimulus: s for s in read_set(folder).stimuli}
    assert made["anna"].gender == "female"
    assert (made["cleo"].age_band, made["cleo"].licence) == ("40-49", "CC0 1.0")


def test_the_shared_faces_become_the_set_that_their_sources_describe(some_faces, tmp_path):
    from stimuli.sources import read_sources

    shutil.copytree(some_faces, tmp_path / "faces")
    new_manifest(tmp_path / "faces")
    by_id = {s.stimulus: s for s in read_set(tmp_path / "faces").stimuli}
    assert by_id == {s.stimulus: s for s in read_sources(some_faces).stimuli}


def test_an_existing_manifest_is_not_overwritten(folder):
    run(folder)
    before = (folder / "manifest.csv").read_bytes()
    result = run(folder)
    assert result.exit_code == 1
    assert "is there already and is not overwritten; --update adds new pictures" in result.stderr
    assert (folder / "manifest.csv").read_bytes() == before


def edit_manifest(folder, **cells):
    path = folder / "manifest.csv"
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = [row | cells if row["stimulus"] == "anna" else row for row in reader]
    columns = list(dict.fromkeys([*(reader.fieldnames or []), *cells]))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def test_an_update_adds_follows_and_fills_and_keeps_what_was_typed(folder, noise_picture):
    new_manifest(folder)
    edit_manifest(folder, gender="woman, she says", my_note="keep me")
    noise_picture(folder / "ai" / "eve.jpg", seed=9, size=(60, 60))
    (folder / "real" / "ben.jpg").rename(folder / "real" / "benjamin.jpg")
    table = write_table(folder / "t.csv", "file,gender,eye_colour\nanna,male,blue\nbenjamin,male,brown\n")
    report = update_manifest(folder, table=table, fill={"licence": "CC0 1.0"})
    assert report.added == ("ai/eve.jpg",)
    assert report.renamed == (("real/ben.jpg", "real/benjamin.jpg"),)
    made = {s.stimulus: s for s in read_set(folder).stimuli}
    assert (made["anna"].gender, made["anna"].extra["my_note"]) == ("woman, she says", "keep me")
    assert made["anna"].extra["eye_colour"] == "blue"
    assert (made["ben"].file, made["ben"].gender) == ("real/benjamin.jpg", "male")
    assert {s.licence for s in made.values()} == {"CC0 1.0"}
    result = run(folder, "--update")
    assert "brought up to date: nothing to do" in result.output


def test_changed_and_missing_pictures_wait_for_a_decision(folder, noise_picture):
    new_manifest(folder)
    before = (folder / "manifest.csv").read_bytes()
    noise_picture(folder / "real" / "anna.jpg", seed=9, size=(60, 60))
    (folder / "ai" / "dan.webp").unlink()
    result = run(folder, "--update")
    assert result.exit_code == 1
    assert "changed since manifest.csv was written: real/anna.jpg; restore the files, or" in result.stderr
    assert "named in manifest.csv, not in the folder: ai/dan.webp; put the files back, or" in result.stderr
    assert (folder / "manifest.csv").read_bytes() == before
    result = run(folder, "--update", "--accept-changed", "--drop-removed", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert (report["changed"], report["removed"]) == (["real/anna.jpg"], ["ai/dan.webp"])
    assert len(read_set(folder).stimuli) == 3


def test_dropping_a_paired_picture_is_refused(folder):
    new_manifest(folder)
    (folder / "pairs.csv").write_text("pair,first,second\np1,anna,dan\n")
    (folder / "ai" / "dan.webp").unlink()
    with pytest.raises(
        StimulusError, match=r"pairs.csv: 1 pairs name dropped pictures \(p1\); remove it and"
    ):
        update_manifest(folder, drop_removed=True)


def test_a_folder_without_pictures_says_so(tmp_path):
    assert "expected pictures below it, found none; put them in and try again" in problems(tmp_path)
    with pytest.raises(
        StimulusError, match="gone: expected a folder with pictures, found none; name another"
    ):
        new_manifest(tmp_path / "gone")
