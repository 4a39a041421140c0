"""What was shown, measured from outside the browser.

The measure alone, for any page (needs Debian's xvfb, libxtst6 and chromium)::

    from tests.benchmarks.timing.bench import measure, open_bench
    from tests.benchmarks.timing.pictures import SIZES, write_pictures

    files = write_pictures(folder, SIZES["display"], n=20)    # 0000.jpg ... with coded patches
    with open_bench() as bench:                               # Xvfb, headed Chromium 1280 x 920, keyboard
        bench.page.goto(address)                              # a page that shows two of the pictures
        bench.page.evaluate("begin()")                        # once, for finding their places:
        places = bench.find_places(n_pictures=2)              # looks at the screen, not at the page
        def drive(watch):                                     # then as often as wanted
            bench.page.evaluate("runTrials()")                # may use watch.wait_for(...), bench.keyboard
        measured = measure(bench, places, drive)
        for one in measured.seen:
            print(one.left, one.right, one.onset_s, one.frames, one.exact(6), one.mask_with_offset)
        clock = bench.page_clock()                            # performance.now() of the open page
        error_ms = (clock.seconds(page_onset_ms) - measured.seen[0].onset_s) * 1000

Times are s on CLOCK_MONOTONIC. Pixels are polled about 1,300 times a second by a process of its own; each
edge carries the stamps of the polls around it. ``frames`` counts display ticks, each edge moved to the next
tick; the ticks come from frame callbacks and lie still for the life of a browser.
"""
