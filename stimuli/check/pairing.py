"""Whether the pairs of a set are what a study expects."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from stimuli.check.rights import some
from stimuli.manifest import StimulusSet
from stimuli.pair import Filler
from stimuli.problem import Problem


def pairing_problems(listed: StimulusSet, fillers: Collection[Filler] = ()) -> Iterator[Problem]:
    """Warnings for pairs that are not real and other, twins beside strangers, and pictures in no pair."""
    if not listed.pairs:
        return
    by_id = {s.stimulus: s for s in listed.stimuli}
    for pair in listed.pairs:
        first, second = by_id[pair.first], by_id[pair.second]
        if first.origin != "real" or second.origin == "real":
            sentence = (
                f"pair {pair.pair} shows {first.origin} and {second.origin}, expected real and ai or edited"
            )
            remedy = "swap or replace its stimuli in pairs.csv unless it is meant as a filler"
            yield Problem("warning", "", sentence, remedy, "pairing")
        if second.edited_from and second.edited_from != first.stimulus:
            sentence = (
                f"pair {pair.pair} shows {second.stimulus} beside {first.stimulus}, but it was made from "
                f"{second.edited_from}"
            )
            yield Problem("warning", "", sentence, "pair an edited picture with its own original", "pairing")
    paired = {id for pair in listed.pairs for id in (pair.first, pair.second)}
    paired |= {id for filler in fillers for id in (filler.first, filler.second)}
    left = [s for s in listed.stimuli if s.stimulus not in paired]
    if left:
        sentence = f"{len(left)} pictures are in no pair and will not be shown ({some(left)})"
        yield Problem("warning", "", sentence, "nothing to do if that is meant", "pairing")
