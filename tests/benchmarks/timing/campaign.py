"""The plan of a whole measurement, and its walk: blocks of all platforms in turn, bounded in time."""

from __future__ import annotations

import math
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import InitVar, dataclass, field, replace
from pathlib import Path
from random import Random
from statistics import fmean

from playwright.sync_api import Error as BrowserError

from study.serving import ServerError
from tests.benchmarks.timing.bench import Bench, Places, open_bench
from tests.benchmarks.timing.blocks import KEY, Block, Platform
from tests.benchmarks.timing.contention import contended
from tests.benchmarks.timing.folder_server import folder_server
from tests.benchmarks.timing.following import follow
from tests.benchmarks.timing.keyboard import Press
from tests.benchmarks.timing.loads import CONTENTION, burden, throttled, work_ms
from tests.benchmarks.timing.machine import MachineWatch
from tests.benchmarks.timing.measured import Measured
from tests.benchmarks.timing.own_trial import Kind, OwnTrial, kind_of, own_trial
from tests.benchmarks.timing.peers import fetch_peers, peers, write_site
from tests.benchmarks.timing.pictures import SIZES, write_pictures
from tests.benchmarks.timing.presentations import presentations
from tests.benchmarks.timing.rows import Row, append_rows, rows_of
from tests.benchmarks.timing.screen import PixelWatch, ScreenError
from tests.benchmarks.timing.trace import agreement, tracing

REHEARSAL_MS = 1000.0
FAILURES_AT_MOST = 10
OPENING_S = 6.0


@dataclass(frozen=True)
class Wanted:
    """What to measure. ``trials`` counts per exposure in every cell of platform, condition and size."""

    platforms: tuple[str, ...]
    conditions: tuple[str, ...]
    sizes: tuple[str, ...]
    exposures_ms: tuple[float, ...]
    trials: int
    per_block: int
    respond: bool = False
    seed: int = 1

    def rounds(self) -> list[list[tuple[str, Block]]]:
        """Platform and block, round by round; each round goes once through all cells.

        Within a round the cells come in random order, and the platforms of a cell directly after one
        another, in random order: whatever the machine does meanwhile meets all of them.
        """
        chance = Random(self.seed)
        cells = [(condition, size) for condition in self.conditions for size in self.sizes]
        return [self._round(cells, chance) for _ in range(math.ceil(self.trials / self.per_block))]

    def _round(self, cells: Sequence[tuple[str, str]], chance: Random) -> list[tuple[str, Block]]:
        blocks = []
        for condition, size in chance.sample(cells, len(cells)):
            block = self._block(condition, size, chance.randrange(10**6))
            blocks += [(platform, block) for platform in chance.sample(self.platforms, len(self.platforms))]
        return blocks

    def _block(self, condition: str, size: str, seed: int) -> Block:
        n = min(self.per_block, self.trials) * len(self.exposures_ms)
        return Block(condition, size, self.exposures_ms, n, seed, self.respond)


@dataclass
class Stage:
    """Everything that is running during a campaign."""

    bench: Bench
    platforms: dict[str, Platform]
    places: dict[tuple[str, str], Places]


@contextmanager
def stage(wanted: Sequence[Wanted], *, cache: Path) -> Iterator[Stage]:
    """Pictures, peers, our server, screen and browser; all of it is ended and removed, but for the cache."""
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="facevalue-timing-")))
        names = {name for one in wanted for name in one.platforms}
        kinds = _kinds(wanted)
        for size in {kind.size for kind in kinds}:
            n = 2 * max(kind.n_trials for kind in kinds if kind.size == size)
            _say(f"drawing {n} pictures, {size}")
            write_pictures(folder / "pictures" / size, SIZES[size], n)
        platforms: dict[str, Platform] = {}
        if "facevalue" in names:
            (folder / "study").mkdir()
            own = running.enter_context(own_trial(folder / "study", folder / "pictures", kinds))
            platforms[own.name] = own
        if names - {"facevalue"}:
            (folder / "site").mkdir()
            write_site(folder / "site", cache=fetch_peers(cache), pictures=folder / "pictures")
            address = running.enter_context(folder_server(folder / "site"))
            platforms |= {peer.name: peer for peer in peers(folder / "site", address)}
        bench = running.enter_context(open_bench())
        yield Stage(bench, platforms, {})


def _kinds(wanted: Sequence[Wanted]) -> list[Kind]:
    kinds = {kind_of(block) for _, block in _all_blocks(wanted)}
    sizes = {kind.size for kind in kinds}
    return sorted(kinds | {kind_of(_rehearsal(size)) for size in sizes}, key=lambda kind: kind.slug)


def _rehearsal(size: str) -> Block:
    return Block("idle", size, (REHEARSAL_MS,), 2, 0)


def run(
    wanted: Sequence[Wanted],
    *,
    out: Path,
    cache: Path,
    minutes: float,
    enough: Callable[[list[Row]], bool] = lambda _: False,
) -> list[Row]:
    """Measure until everything is measured, the time is up or ``enough(rows)``; rows go to ``out`` at once.

    Ctrl-C ends it too. A block that fails is told of and tried once more at the end; after a failure the
    browser is started anew.
    """
    campaign = _Campaign(_all_blocks(wanted), time.monotonic() + 60 * minutes, out, enough)
    while not campaign.over():
        try:
            with stage(wanted, cache=cache) as on:
                campaign.walk(on)
        except KeyboardInterrupt:
            _say("stopped; what was measured until now is kept")
            break
        except (ServerError, BrowserError) as fault:
            campaign.failures += 1
            _say(f"the browser or the server did not come up or go down: {fault}")
    return campaign.rows


@dataclass
class _Campaign:
    """What is left to do, and what was found."""

    blocks: InitVar[Sequence[tuple[str, Block]]]
    end_s: float
    out: Path
    enough: Callable[[list[Row]], bool]
    rows: list[Row] = field(default_factory=list)
    failures: int = 0
    longest_s: float = 0.0

    def __post_init__(self, blocks: Sequence[tuple[str, Block]]) -> None:
        self.n_blocks = len(blocks)
        self._queue = deque((number, *block, 1) for number, block in enumerate(blocks, start=1))

    def over(self) -> bool:
        return (
            not self._queue
            or self.failures >= FAILURES_AT_MOST
            or time.monotonic() + self.longest_s > self.end_s
            or self.enough(self.rows)
        )

    def walk(self, on: Stage) -> None:
        """Block after block, until it is over or one fails."""
        while not self.over():
            begun = time.monotonic()
            number, platform, block, tries = self._queue.popleft()
            try:
                found = run_block(on, on.platforms[platform], block, number=number)
            except (ScreenError, BrowserError, AssertionError, ValueError) as fault:
                self.failures += 1
                _say(f"block {number} ({platform}, {block.condition}, {block.size}) failed: {fault}")
                if tries < 2:
                    self._queue.append((number, platform, block, tries + 1))
                return
            self.rows += found
            append_rows(self.out, found)
            seconds = time.monotonic() - begun
            self.longest_s = max(self.longest_s, seconds)
            _report(number, self.n_blocks, platform, block, found, seconds)


def _all_blocks(wanted: Sequence[Wanted]) -> list[tuple[str, Block]]:
    """Rounds of everything wanted, spread evenly: a run that ends early has some of all."""
    placed = []
    for number, one in enumerate(wanted):
        rounds = one.rounds()
        placed += [((place + 0.5) / len(rounds), number, blocks) for place, blocks in enumerate(rounds)]
    return [block for _, _, blocks in sorted(placed, key=lambda each: each[:2]) for block in blocks]


def run_block(on: Stage, platform: Platform, block: Block, *, number: int) -> list[Row]:
    """One block of one platform from its first page to its last trial."""
    places = _places(on, platform, block.size)
    bench = on.bench
    with throttled(bench.context, bench.page, block.condition), ExitStack() as disturbance:
        platform.open(bench, block)
        burden(bench.page, block.condition)
        work = work_ms(bench.page)
        clock, grid = bench.page_clock(), bench.grid()
        machine = MachineWatch()
        if block.condition in CONTENTION:
            disturbance.enter_context(contended(block.seed, harsh=block.condition == "harsh"))
        with bench.watch(places) as watch:
            platform.begin(bench)
            presses = _follow(on, platform, block, watch)
            # Before the page is left: a process that ends takes its ticks with it.
            use = machine.use()
            told = platform.collect(bench)
    measured = Measured(presentations(watch.changes, grid), grid, watch.changes)
    return rows_of(
        number,
        platform.name,
        block,
        measured,
        told,
        presses=presses,
        clock=clock,
        use=replace(use, work_ms=work),
    )


def _follow(on: Stage, platform: Platform, block: Block, watch: PixelWatch) -> list[Press]:
    stuck = (lambda: platform.go_on(on.bench)) if isinstance(platform, OwnTrial) else lambda: None
    return follow(
        watch,
        on.bench.keyboard,
        n_trials=block.n_trials,
        key=KEY if platform.needs_answers or block.respond else None,
        respond_seed=block.seed if block.respond else None,
        over=lambda: platform.is_over(on.bench),
        stuck=stuck,
    )


def _places(on: Stage, platform: Platform, size: str) -> Places:
    """Where a platform shows pictures of a size: found on the screen during a short rehearsal."""
    known = on.places.get((platform.name, size))
    if known:
        return known
    platform.open(on.bench, _rehearsal(size))
    platform.begin(on.bench)
    places = on.bench.find_places(n_pictures=platform.n_pictures)
    on.bench.leave()
    on.places[platform.name, size] = places
    return places


def expected_minutes(wanted: Sequence[Wanted]) -> float:
    """What a campaign takes on a quiet machine, by the exposures and what comes around them."""
    return sum(_expected_s(block) for _, block in _all_blocks(wanted)) / 60


def _expected_s(block: Block) -> float:
    trial_s = 1.15 if block.respond else fmean(block.exposures_ms) / 1000 + 0.4
    return OPENING_S + block.n_trials * trial_s


def cross_check(platforms: Sequence[str], *, cache: Path) -> str:
    """One idle block of each platform with the browser's trace beside the pixels."""
    wanted = Wanted(tuple(platforms), ("idle",), ("display",), (50.0, 100.0, 250.0), 10, 10)
    lines = []
    with stage([wanted], cache=cache) as on:
        for name, block in _all_blocks([wanted]):
            platform = on.platforms[name]
            places = _places(on, platform, block.size)
            platform.open(on.bench, block)
            grid = on.bench.grid()
            with tracing(on.bench) as trace, on.bench.watch(places) as watch:
                platform.begin(on.bench)
                _follow(on, platform, block, watch)
                platform.collect(on.bench)
            measured = Measured(presentations(watch.changes, grid), grid, watch.changes)
            lines.append(f"{name}: {agreement(measured, trace.swaps)}")
    return "\n".join(lines)


def _report(done: int, of: int, platform: str, block: Block, rows: list[Row], seconds: float) -> None:
    exact = sum(row.exact is True for row in rows)
    seen = sum(row.seen for row in rows)
    use = rows[0] if rows else None
    machine = (
        f"load {use.load_average:.1f}, others {use.others_share:.0%}, steal {use.steal_share:.0%}"
        if use
        else ""
    )
    what = ", ".join([platform, block.condition, block.size, *(["responses"] if block.respond else [])])
    _say(
        f"block {done} of {of}: {what}: {exact} exact, {seen} seen of {len(rows)}, {seconds:.0f} s; {machine}"
    )


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
