"""Which picture files a browser loads, and what it holds of them."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image

from tests.browser.conftest import LAPTOP, PHONE
from tests.browser.walking import Participant

LOW = {"viewport": {"width": 1280, "height": 600}}
THROUGH_500 = """async ([module]) => {
  const { Pictures, sha256, decodeAtSize } = await import(module);
  const canvas = new OffscreenCanvas(480, 600);
  canvas.getContext("2d").fillRect(9, 9, 99, 99);
  const blob = await canvas.convertToBlob({ type: "image/jpeg" });
  const digest = await sha256(await blob.arrayBuffer());
  const open = new Map();
  const seen = { most: 0, mostBytes: 0, left: null, made: 0 };
  const decode = async (from, size) => {
    const bitmap = await decodeAtSize(from, size);
    const close = bitmap.close.bind(bitmap);
    bitmap.close = () => (open.delete(bitmap), close());
    open.set(bitmap, 4 * bitmap.width * bitmap.height);
    seen.made += 1;
    seen.most = Math.max(seen.most, open.size);
    seen.mostBytes = Math.max(seen.mostBytes, [...open.values()].reduce((sum, bytes) => sum + bytes, 0));
    return bitmap;
  };
  const size = { width: 354, height: 442 };
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const pictures = new Pictures({ fetch: async () => new Response(blob), size, wait, decode });
  const picture = (name) => ({ url: `/pictures/${name}.jpg`, sha256: digest });
  const trials = Array.from({ length: 500 }, (_, n) => ({ left: picture(`l${n}`), right: picture(`r${n}`) }));
  for (let place = 0; place < trials.length; place += 1) {
    pictures.lookAhead(trials.slice(place, place + 4));
    await pictures.faces(trials[place]);
  }
  pictures.lookAhead([]);
  await wait(100);
  seen.left = open.size;
  return seen;
}"""


def loaded(context) -> list[int]:
    """The widths of the picture files asked for from here on."""
    widths: list[int] = []

    def note(request):
        found = re.search(r"/pictures/[^/]{24}-(\d+)\.jpg$", request.url)
        if found:
            widths.append(int(found[1]))
        else:
            assert "/pictures/" not in request.url, request.url

    context.on("request", note)
    return widths


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (LOW, 250),  # 224 CSS px
        ({**LOW, "device_scale_factor": 1.5}, 400),  # 336 pixels
        (LAPTOP, 400),  # 384
        ({**LAPTOP, "device_scale_factor": 2}, 480),  # 768, more than there is
    ],
)
def test_files_are_about_as_wide_as_the_faces_in_pixels_of_the_screen(
    open_window, short_study, window, expected
):
    context = open_window(**window)
    widths = loaded(context)
    person = Participant(context.new_page())
    person.skip_to_task(short_study.link)
    person.page.locator("#words .primary:not([aria-disabled])").wait_for()
    assert set(widths) == {expected}


def test_a_window_enlarged_on_the_way_gets_other_files_and_the_record_says_so(open_window, short_study):
    context = open_window(**LOW)
    widths = loaded(context)
    person = Participant(context.new_page(), means="keyboard")
    person.skip_to_task(short_study.link)
    person.begin()
    person.run_task(until=1)
    person.page.set_viewport_size({"width": 1280, "height": 800})
    person.run_task()
    person.questionnaire()
    trials = short_study.trials(person.session)
    assert {trial.status for trial in trials} == {"answered"}
    assert [trial.picture_file_width_px for trial in trials] == [250, 400, 400, 400, 400]
    assert [round(trial.picture_width_px) for trial in trials] == [224, 384, 384, 384, 384]
    assert set(widths) == {250, 400}


def test_through_500_pairs_a_real_browser_holds_no_more_than_eight_pictures(open_window, short_study):
    context = open_window()
    page = context.new_page()
    Participant(page).skip_to_task(short_study.link)
    script = page.locator("link[href$='/js/task.js'], script[src$='/js/task.js']").first
    address = script.get_attribute("href") or script.get_attribute("src")
    module = address.replace("task.js", "pictures.js")
    seen = page.evaluate(THROUGH_500, [module])
    assert seen["made"] == 1000
    assert seen["most"] <= 8
    assert seen["mostBytes"] <= 8 * 4 * 354 * 442
    assert seen["left"] == 0


def test_a_picture_shown_again_comes_from_the_browsers_cache(open_window, short_study):
    context = open_window()
    page = context.new_page()
    Participant(page).skip_to_task(short_study.link)
    page.locator("#words .primary:not([aria-disabled])").wait_for()
    transferred = page.evaluate(
        """async () => {
          const entries = performance.getEntriesByType("resource");
          const { name } = entries.find(({ name }) => name.includes("/pictures/"));
          performance.clearResourceTimings();
          await (await fetch(name)).blob();
          await new Promise((resolve) => setTimeout(resolve, 50));
          return performance.getEntriesByName(name).map(({ transferSize }) => transferSize);
        }"""
    )
    assert transferred == [0]


@pytest.mark.parametrize("device", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_nothing_of_a_face_shines_through_while_questions_are_asked(open_window, short_study, device):
    """Not one level of 255: the contrast of a face can be seen at two."""
    page = open_window(**device).new_page()
    me = Participant(page, "touch" if device is PHONE else "mouse")
    me.skip_to_task(short_study.link)
    me.begin()
    page.locator("#question").wait_for()
    screen = np.asarray(Image.open(io.BytesIO(page.locator("#faces").screenshot())).convert("RGB"))
    height, width, _ = screen.shape
    inside = screen[height // 10 : -height // 10, width // 10 : width * 4 // 10]
    assert np.unique(inside).tolist() == [128]
