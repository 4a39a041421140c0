"""What was shown, measured from outside the browser: our own trial beside jsPsych and lab.js.

Needs Debian's xvfb, libxtst6, chromium and npm (stress-ng for ``--contention``), and the test extra. On a
quiet machine::

    python -m tests.benchmarks.timing --out results            # everything; hours, see below
    python -m tests.benchmarks.timing --trials 10 --minutes 20 # a first look
    python -m tests.benchmarks.timing --contention             # until 100 presentations of ours were off
    python -m tests.benchmarks.timing --contention --harsh     # likewise, with more and other programs
    python -m tests.benchmarks.timing --cross-check            # pixels against the browser's own trace
    python -m tests.benchmarks.timing --table results/trials.csv other/trials.csv

Every trial is a row of ``trials.csv``, written block by block; a run may be stopped at any time, and runs
may be put together with ``--table``. With ``--minutes`` no block begins that would end later. Progress goes
to stderr, tables to stdout. The whole of it, 100 trials for each of 5 exposures, 4 conditions, 2 sizes and 4
platforms and 100 response times each for 2 conditions, takes about four hours and a quarter;
``--trials 20`` (100 presentations of each platform, condition and size) about 50 minutes. ``chrt -r 5``
before the command keeps other programs away, but not with ``--contention``: those programs would inherit it.

How it is measured. Xvfb keeps its frame buffer in a file; a process of its own looks at four pixels of it
about 1,300 times a second, and each change carries the CLOCK_MONOTONIC stamps of the polls before and after
it. The pictures are made here: grey texture with two flat patches whose colours say which picture it is, so
a pixel tells which picture stood where, whether it was whole, and whether both came in the same frame.
Chromium runs headed, drawn by the processor, in one window over the whole screen. Its ticks (60 a second)
come from frame callbacks, moved to CLOCK_MONOTONIC by the begin of the navigation as the browser states it,
which is checked by round trips. Keys are pressed through XTest and stamped. Nothing here says anything
about real panels, graphics cards, keyboards or other browsers.

Blocks. Everybody shows the same pairs at 480 x 600 px for the same exposures in the same order, loaded
before the first trial. facevalue runs as a published study behind its server, each block a new participant
from the landing page on; the others are pages under ``pages/`` that follow their manuals: jsPsych with the
preload plugin and its image plugin (one picture) or html plugin (two), lab.js with screens whose media
option names the pictures. Platforms follow one another directly within each condition, in random order.
Size ``display`` is 480 x 600 px (about 210 KB), ``oversized`` 1000 x 1250 px (about 410 KB).

The tables. *Exact* by ticks: every picture whole, all of them on and off in the same frame, and between the
two edges, each moved to the next tick, the planned number of ticks; by duration: the shown time rounds to
the planned number of frames. The two differ when a draw takes long within its frame. *load* is the load
average, *others* the share of all processors that programs not started by the benchmark used, *steal* what
the host gave to other machines: figures from rows with much of these say little. *together*: pictures whole
and both on and off in the same frame; *onset late*: ms from the last tick to the onset on the screen; *work*:
what a fixed piece of work took in the page before the first trial, about 1 ms, 4 when throttled. A response
time is held against the time from the onset on the screen to the key; trials with several presses cannot be
used. In the table of the record, *off* counts presentations that were not exact, by each of the two measures
and by both together, and *time within a frame* how often the recorded shown time is so near to the seen one.

The measure alone, for any page that shows the test pictures::

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

Times are s on CLOCK_MONOTONIC. ``frames`` counts display ticks. ``raw_frames`` is the rounded duration.
"""
