"""Every kind of picture a lab brings is shown as a viewer would show it, or refused in a sentence."""

import io
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms, ImageOps

from stimuli.manifest import StimulusError
from stimuli.picture import open_picture, read_picture

pillow_heif.register_heif_opener()


@pytest.fixture(scope="module")
def scene() -> Image.Image:
    """Smooth, coloured, and different in each of its corners."""
    blobs = np.random.default_rng(3).integers(30, 226, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(blobs).resize((160, 120), Image.Resampling.BICUBIC)


def difference(pixels, image):
    expected = np.asarray(image.convert("RGB"), dtype=float)
    assert pixels.shape == expected.shape
    return np.abs(pixels - expected).mean()


def refusal(path, **options):
    with pytest.raises(StimulusError) as caught:
        open_picture(path, **options)
    (sentence,) = caught.value.problems
    assert sentence.startswith(f"{path.name}: expected a picture that can be opened (JPEG, PNG, TIFF, ")
    return sentence.partition("found ")[2]


@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp", "heic", "avif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_of_every_format_is_upright(tmp_path, scene, ending, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    scene.save(tmp_path / f"a.{ending}", exif=exif.tobytes(), quality=95)
    jpeg = io.BytesIO()
    scene.save(jpeg, "JPEG", exif=exif.tobytes(), quality=95)
    opened = open_picture(tmp_path / f"a.{ending}")
    assert difference(opened.pixels, ImageOps.exif_transpose(Image.open(jpeg))) < 3
    assert opened.notes == ()


@pytest.mark.parametrize("ending", ["bmp", "gif", "jp2", "ppm", "jpeg"])
def test_further_formats_open_without_a_note(tmp_path, scene, ending):
    grey = scene.convert("L")
    grey.save(tmp_path / f"a.{ending}")
    opened = open_picture(tmp_path / f"a.{ending}")
    assert difference(opened.pixels, grey) < 3
    assert opened.notes == ()


@pytest.mark.parametrize("ending", ["png", "tif", "pgm"])
@pytest.mark.parametrize("brightness", [1.0, 0.25])
def test_16_bit_greys_are_scaled_by_the_format_and_not_by_their_own_brightest_point(
    tmp_path, scene, ending, brightness
):
    grey = (np.asarray(scene.convert("L")) * brightness).astype(np.uint8)
    cv2.imwrite(str(tmp_path / f"a.{ending}"), grey.astype(np.uint16) * 257)
    opened = open_picture(tmp_path / f"a.{ending}")
    assert difference(opened.pixels, Image.fromarray(grey)) == 0
    assert opened.notes == ("more than 8 bits a channel, read as 8",)


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_16_bit_colours_keep_their_values(tmp_path, scene, ending):
    cv2.imwrite(str(tmp_path / f"a.{ending}"), np.asarray(scene)[..., ::-1].astype(np.uint16) * 257)
    opened = open_picture(tmp_path / f"a.{ending}")
    assert difference(opened.pixels, scene) == 0
    assert opened.notes == ("more than 8 bits a channel, read as 8",)


def test_numbers_without_a_stated_white_are_refused(tmp_path, scene):
    Image.fromarray(np.asarray(scene.convert("L"), dtype=np.float32) / 255).save(tmp_path / "a.tif")
    assert refusal(tmp_path / "a.tif").startswith("floating-point numbers, whose white is not stated; ")


@pytest.mark.parametrize("ending", ["jpg", "tif"])
def test_cmyk_without_a_profile_is_shown_with_a_note(tmp_path, scene, ending):
    scene.convert("CMYK").save(tmp_path / f"a.{ending}", quality=95)
    opened = open_picture(tmp_path / f"a.{ending}")
    assert difference(opened.pixels, scene) < 3
    assert opened.notes == ("CMYK without a colour profile: the colours shown are approximate",)


def test_lab_colours_are_brought_to_srgb(tmp_path, scene):
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    image = ImageCms.profileToProfile(scene, srgb, lab, outputMode="LAB")
    image.info.clear()
    image.save(tmp_path / "a.tif")
    opened = open_picture(tmp_path / "a.tif")
    assert difference(opened.pixels, scene) < 2
    assert opened.notes == ("Lab colours were brought to sRGB",)


def test_a_profile_moves_colours_and_is_named(tmp_path, scene):
    cold = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB", 9000))
    lab = ImageCms.profileToProfile(scene, ImageCms.createProfile("sRGB"), cold, outputMode="LAB")
    lab.save(tmp_path / "a.tif", icc_profile=cold.tobytes())
    opened = open_picture(tmp_path / "a.tif")
    assert difference(opened.pixels, scene) < 2
    assert opened.notes == ("colours were brought from the profile Lab identity built-in to sRGB",)


def test_an_srgb_profile_on_a_grey_picture_does_not_matter(tmp_path, scene):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    grey = scene.convert("L")
    grey.save(tmp_path / "a.png", icc_profile=profile)
    opened = open_picture(tmp_path / "a.png")
    assert difference(opened.pixels, grey) < 1
    assert opened.notes == ()


def test_profiles_that_do_not_fit_are_refused(tmp_path, scene):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    scene.save(tmp_path / "a.jpg", icc_profile=lab)
    assert refusal(tmp_path / "a.jpg").startswith("a colour profile for Lab in a picture of RGB; ")
    scene.save(tmp_path / "b.jpg", icc_profile=b"no profile at all")
    assert refusal(tmp_path / "b.jpg").startswith("a colour profile that cannot be used (")


def test_display_p3_named_by_numbers_is_brought_to_srgb(tmp_path, scene):
    """A colour inside sRGB, written in P3 by the chromaticities of SMPTE EG 432-1, comes back."""
    linear = ((np.asarray(scene) / 255 + 0.055) / 1.055) ** 2.4
    to_xyz = {
        name: rgb_to_xyz(points)
        for name, points in {
            "srgb": ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)),
            "p3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
        }.items()
    }
    p3 = linear @ (np.linalg.inv(to_xyz["p3"]) @ to_xyz["srgb"]).T
    encoded = np.rint((1.055 * p3 ** (1 / 2.4) - 0.055) * 255).astype(np.uint8)
    path = tmp_path / "a.png"
    Image.fromarray(encoded).save(path)
    path.write_bytes(with_chunk(path.read_bytes(), b"cICP", bytes([12, 13, 0, 1])))
    opened = open_picture(path)
    assert difference(opened.pixels, scene) < 1 < difference(encoded, scene)
    assert opened.notes == ("colours were brought from Display P3 to sRGB",)
    path.write_bytes(path.read_bytes().replace(bytes([12, 13, 0, 1]), bytes([9, 16, 0, 1])))
    Image.fromarray(encoded).save(path)
    path.write_bytes(with_chunk(path.read_bytes(), b"cICP", bytes([9, 16, 0, 1])))
    assert refusal(path).startswith("high dynamic range (PQ); ")


def test_a_gamma_other_than_srgbs_is_taken_into_account(tmp_path):
    linear = Image.fromarray(np.full((60, 60, 3), 55, dtype=np.uint8))
    path = tmp_path / "a.png"
    linear.save(path)
    path.write_bytes(with_chunk(path.read_bytes(), b"gAMA", struct.pack(">I", 100_000)))
    opened = open_picture(path)
    assert opened.pixels[0, 0, 0] == pytest.approx(128, abs=1)  # 21.6 % of the light is mid-grey
    assert opened.notes == ("its gamma of 1.000 was brought to that of sRGB",)


@pytest.mark.parametrize(
    ("mode", "ending"), [("RGBA", "png"), ("LA", "png"), ("RGBA", "webp"), ("PA", "gif")]
)
def test_transparent_parts_lie_on_mid_grey(tmp_path, scene, mode, ending):
    image = scene.convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 80, 120))
    (image if mode == "PA" else image.convert(mode)).save(tmp_path / f"a.{ending}")
    opened = open_picture(tmp_path / f"a.{ending}")
    assert (opened.pixels[:, :70] == 128).all()
    assert opened.notes == ("transparent parts lie on mid-grey",)


def test_an_alpha_channel_that_hides_nothing_is_not_worth_a_note(tmp_path, scene):
    scene.convert("RGBA").save(tmp_path / "a.png")
    assert open_picture(tmp_path / "a.png").notes == ()


@pytest.mark.parametrize("ending", ["gif", "png", "webp", "avif"])
def test_animations_are_refused(tmp_path, scene, ending):
    scene.save(tmp_path / f"a.{ending}", save_all=True, append_images=[scene.rotate(180)])
    assert refusal(tmp_path / f"a.{ending}") == (
        "an animation of 2 frames; save the frame to be shown as a file of its own"
    )


def test_a_tiff_of_several_pages_is_refused_unless_the_others_are_its_reduced_copies(tmp_path, scene):
    scene.save(tmp_path / "pages.tif", save_all=True, append_images=[scene.rotate(180)])
    assert refusal(tmp_path / "pages.tif").startswith("a TIFF of 2 pages; save the page to be shown")
    small = scene.resize((40, 30))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    scene.save(tmp_path / "small.tif", save_all=True, append_images=[small])
    opened = open_picture(tmp_path / "small.tif")
    assert difference(opened.pixels, scene) == 0
    assert opened.notes == ("the reduced copy in it (1 further pages) was left aside",)


@pytest.mark.parametrize("kind", ["MPO", "HEIF"])
def test_of_a_phones_several_pictures_the_main_one_is_taken(tmp_path, scene, kind):
    path = tmp_path / ("a.jpg" if kind == "MPO" else "a.heic")
    scene.save(path, kind, save_all=True, append_images=[scene.rotate(180)], quality=95)
    opened = open_picture(path)
    assert difference(opened.pixels, scene) < 3
    assert opened.notes == ("the main one of the 2 pictures in it was taken",)


def test_a_wrong_ending_is_said(tmp_path, scene):
    scene.save(tmp_path / "a.jpg", "PNG")
    scene.save(tmp_path / "b", "PNG")
    assert open_picture(tmp_path / "a.jpg").notes == ("is PNG although its name ends in .jpg",)
    assert open_picture(tmp_path / "b").notes == ("is PNG although its name has no ending",)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.jpg", b"", "an empty file (0 bytes), as an interrupted copy leaves it; copy or download it"),
        ("a.jpg", bytes(3000), "nothing but zero bytes, as an interrupted copy leaves them; "),
        ("a.jpg", b"\n<!DOCTYPE html><title>404", "a web page, probably an error page"),
        ("a.jpg", b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer, not the picture"),
        ("a.jpg", b"\x00\x00\x00\x18ftypqt  " + bytes(99), "a video; "),
        ("a.tif", b"8BPS\x00\x01" + bytes(99), "a Photoshop document; "),
        (
            "a.nef",
            b"MM\x00*" + bytes(99),
            "a camera's RAW file, which each program develops differently; dev",
        ),
        ("a.png", b"hello, world, this is no picture", "no known picture format; export it again or take"),
    ],
)
def test_what_is_no_picture_is_named(tmp_path, name, content, found):
    (tmp_path / name).write_bytes(content)
    assert refusal(tmp_path / name).startswith(found)


def test_a_missing_file_is_named(tmp_path):
    assert refusal(tmp_path / "gone.jpg").startswith("nothing there; ")


def test_a_decompression_bomb_is_refused_with_the_memory_it_would_need(tmp_path, monkeypatch):
    path = tmp_path / "bomb.png"
    path.write_bytes(lying_png(60_000, 60_000))
    found = refusal(path)
    assert found.startswith(
        "60000x60000 = 3,600 megapixels, which would need about 10.8 GB of memory (at most 100"
    )
    monkeypatch.setenv("FACEVALUE_MAX_MEGAPIXELS", "0.01")
    path.write_bytes(lying_png(200, 200))
    assert "at most 0.01 megapixels are opened" in refusal(path)
    assert Image.MAX_IMAGE_PIXELS is not None
    monkeypatch.setenv("FACEVALUE_MAX_MEGAPIXELS", "many")
    with pytest.raises(StimulusError, match="FACEVALUE_MAX_MEGAPIXELS: expected a number of megapixels"):
        read_picture(path)


def test_large_pictures_below_the_limit_open_without_a_warning(tmp_path, recwarn, monkeypatch):
    Image.new("L", (100, 100)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 6000)  # Pillow's own limit: warns, above twice it raises
    with ThreadPoolExecutor(2) as pool:
        assert {p.shape for p in pool.map(read_picture, [tmp_path / "a.png"] * 20)} == {(100, 100, 3)}
    assert not recwarn.list
    assert Image.MAX_IMAGE_PIXELS == 6000


def test_a_picture_with_fewer_pixels_than_it_claims_is_refused(tmp_path):
    (tmp_path / "a.png").write_bytes(lying_png(300, 300))
    assert refusal(tmp_path / "a.png").startswith("damaged data (")


def test_a_jpeg_with_a_hole_is_refused_although_pillow_opens_it(tmp_path, scene):
    scene.save(tmp_path / "a.jpg", quality=95)
    content = (tmp_path / "a.jpg").read_bytes()
    middle = len(content) // 2
    (tmp_path / "a.jpg").write_bytes(content[:middle] + bytes(512) + content[middle + 512 :])
    Image.open(tmp_path / "a.jpg").load()
    assert refusal(tmp_path / "a.jpg").startswith("a damaged JPEG (")


def test_a_png_chunk_with_a_wrong_checksum_is_refused(tmp_path, scene):
    scene.save(tmp_path / "a.png")
    content = with_chunk((tmp_path / "a.png").read_bytes(), b"gAMA", struct.pack(">I", 45_455))
    (tmp_path / "a.png").write_bytes(content.replace(struct.pack(">I", 45_455), struct.pack(">I", 45_454)))
    assert refusal(tmp_path / "a.png").startswith("damaged data (")


def test_unreadable_exif_leaves_the_picture_as_it_is_and_says_so(tmp_path, scene):
    scene.save(tmp_path / "a.png", exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff")
    with warnings.catch_warnings(action="ignore"):
        opened = open_picture(tmp_path / "a.png")
    assert difference(opened.pixels, scene) == 0
    assert opened.notes == ("its EXIF data cannot be read: taken as upright",)


def test_exif_without_an_entry_is_not_worth_a_note(tmp_path, scene):
    scene.save(tmp_path / "a.jpg", exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00" + bytes(6))
    assert open_picture(tmp_path / "a.jpg").notes == ()


def with_chunk(png, name, content):
    """A PNG with one more chunk after its header."""
    chunk = struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
    return png[:33] + chunk + png[33:]


def lying_png(width, height):
    """A PNG whose header claims more pixels than it holds."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + bytes(25)
    for name, content in ((b"IEND", b""), (b"IDAT", zlib.compress(bytes(1000))), (b"IHDR", header)):
        png = with_chunk(png, name, content)
    return png[:8] + png[33:]


def rgb_to_xyz(primaries):
    """From chromaticities and a white of D65 (Lindbloom, RGB/XYZ matrices)."""
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    white = np.array([0.3127 / 0.3290, 1, (1 - 0.3127 - 0.3290) / 0.3290])
    return columns * np.linalg.solve(columns, white)
