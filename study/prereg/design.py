"""What is asked and how: hypotheses, conditions, counterbalancing, procedure."""

from __future__ import annotations

from collections.abc import Iterator

from study.prereg.planned import Planned
from study.prereg.wording import bullets, counted, exposures, listed, paragraphs, sentence, to_be_written
from study.protocol import Block, Cell

_CLAIMS = {
    "distrust": "{made} faces are trusted less than real ones",
    "milliseconds": "the difference in trust is there after less than a second",
    "closer-look": "{made} faces are told from real ones better the longer one looks",
    "subconscious": "{made} faces are trusted less even where they are not recognised",
    "skin": "over-smoothed skin gives {made} faces away",
    "background": "background and lighting give {made} faces away",
    "body": "body, clothing or proportions give {made} faces away",
    "expression": "a stiff expression gives {made} faces away",
    "consistency": "{made} faces are recognised better where lighting, texture or symmetry is inconsistent",
    "turned-away": "people turn away from those shown by {made} faces",
    "confidence": "people know when they are right",
}


def claim_words(planned: Planned, claim: str) -> str:
    return _CLAIMS[claim].format(made=planned.made)


def hypotheses(planned: Planned) -> str:
    """Every hypothesis with the claim that tests it; a gap for each primary claim without one."""
    primary = planned.protocol.analysis.primary
    stated = planned.protocol.hypotheses
    lines = [
        f"**H{number} ({'primary' if hypothesis.claim in primary else 'secondary'}).** "
        f"{hypothesis.text.strip()} Tested as the claim “{hypothesis.claim}”: "
        f"{claim_words(planned, hypothesis.claim)}."
        for number, hypothesis in enumerate(stated, start=1)
    ]
    named = {hypothesis.claim for hypothesis in stated}
    lines += [
        to_be_written(
            f"the hypothesis, with its direction, behind the primary claim “{claim}” "
            f"({claim_words(planned, claim)})"
        )
        for claim in primary
        if claim not in named
    ]
    return paragraphs(*lines, "All tests are two-sided, whatever direction a hypothesis predicts.")


def data_so_far(planned: Planned) -> str:
    """What is known of data; whether there are others only the researcher can say."""
    if planned.n_begun:
        people = "1 participant has" if planned.n_begun == 1 else f"{planned.n_begun} participants have"
        return f"{people} begun the study at the time of writing. " + to_be_written(
            "who has seen which of their answers, and why this is still a preregistration"
        )
    return "No participant has begun the study at the time of writing. " + to_be_written(
        "confirm that no data for this study exist anywhere else, or say which do, pilots included"
    )


def design(planned: Planned) -> str:
    """Cells, factors within people, blocks in their order, trials of other kinds."""
    return paragraphs(
        _factors(planned),
        _cells(planned),
        f"Each participant goes through {counted(len(planned.main_blocks), 'block')} of trials"
        f"{_after_practice(planned)}:",
        bullets(_block(planned, block) for block in planned.main_blocks),
        _order(planned),
    )


def _factors(planned: Planned) -> str:
    kinds = f"real photographs and {planned.made} portraits"
    within = [f"origin of the face (real, {planned.made})"]
    if len(planned.exposures_ms) > 1:
        within.append(f"exposure ({exposures(planned.exposures_ms)})")
    if any(block.layout == "pair" for block in planned.main_blocks):
        within.append("side on which each face appears (left, right)")
    mixed = "mixed" if len(planned.protocol.cells) > 1 else "within-participant"
    return (
        f"Participants look at {kinds} for planned durations and answer questions about them. "
        f"The design is {mixed}. Varied within participants: {listed(within)}. The faces come in "
        f"{planned.n_main_pairs} matched pairs of one real and one {planned.made} face; participants and "
        "pairs are crossed, and both are treated as samples."
    )


def _cells(planned: Planned) -> str:
    cells = planned.protocol.cells
    if len(cells) < 2:
        return ""
    total = sum(cell.weight for cell in cells)
    lines = [f"**{cell.name}** ({cell.weight} of {total} places): {_cell(cell)}." for cell in cells]
    return paragraphs(f"Varied between participants, in {counted(len(cells), 'cell')}:", bullets(lines))


def _cell(cell: Cell) -> str:
    words = {
        "none": "AI is not mentioned before the questions do",
        "told": "before the first block participants are told that some faces are not real",
        "labelled": "participants are told the same, and every face carries a label",
    }[cell.disclosure]
    if cell.disclosure == "labelled":
        words += (
            ", which says the truth"
            if cell.labels == "true"
            else ", which says “real” or “AI” by chance, each half of the time"
        )
    return words + (f"; blocks in the order {listed(cell.blocks)}" if cell.blocks else "")


def _after_practice(planned: Planned) -> str:
    practice = [block for block in planned.protocol.blocks if block.practice]
    n = sum(block.n_trials for block in practice)
    return f", after {counted(n, 'practice trial')} that are never analysed" if practice else ""


def _block(planned: Planned, block: Block) -> str:
    shown = "two faces side by side" if block.layout == "pair" else f"one face alone, real or {planned.made}"
    asked = listed(f"“{question.text}”" for question in block.questions)
    further = "; ".join(_further_trials(planned, block))
    again = f" Besides: {further}." if further else ""
    feedback = " Each answer is followed by the truth." if block.feedback else ""
    return (
        f"**{block.name}**: {counted(block.pairs, 'trial')} with {shown}, {_shown(block)}. Asked: {asked}"
        f"{_deadline(block)}.{again}{feedback}{_absence(block)}"
    )


def _shown(block: Block) -> str:
    if block.planned_exposures == (None,):
        return "shown until the answer is given"
    timed = [ms for ms in block.planned_exposures if ms is not None]
    times = exposures(timed, joined_by="or")
    times += ", or without a limit" if len(timed) < len(block.planned_exposures) else ""
    return f"each shown for {times}" + (", then covered by a mask" if block.mask_ms else "")


def _deadline(block: Block) -> str:
    if block.answer_deadline_ms is None:
        return ", without a time limit"
    return f", to be answered within {block.answer_deadline_ms / 1000:g} s of the end of the mask"


def _absence(block: Block) -> str:
    """What follows a long absence in the middle of the block; nothing where it goes on."""
    follows = {
        "continue": "",
        "restart_block": "begins it again, after its practice, with the trials not yet seen; those seen keep "
        "their answers, are not shown again, and are told apart in the data",
        "end": "cannot go on; the session ends there, its answers are kept, and its place is given again",
    }[block.resume]
    minutes = f"{block.longest_gap_minutes:g} minutes"
    return f" Who comes back in the middle of it after more than {minutes} {follows}." if follows else ""


def _further_trials(planned: Planned, block: Block) -> Iterator[str]:
    if block.fillers:
        yield (
            f"{counted(block.fillers, 'filler')} with two real or two {planned.made} faces, so that nobody "
            "can infer that there is one of each"
        )
    if block.repeats:
        side = "with the sides exchanged" if block.repeat_side == "swapped" else "on the same sides"
        yield f"{counted(block.repeats, 'pair')} shown a second time {side}, for test-retest reliability"
    if block.checks:
        verb = "names" if block.checks == 1 else "name"
        yield f"{counted(block.checks, 'attention check')} that {verb} the answer to give"
    if block.interrupted == "repeat_at_end":
        yield (
            "pairs whose exposure was interrupted, once more at the end of the block; these are marked as "
            "repeats and no part of the main analyses"
        )


def _order(planned: Planned) -> str:
    if len(planned.main_blocks) < 2 or any(cell.blocks for cell in planned.protocol.cells):
        return ""
    names = ", then ".join(block.name for block in planned.main_blocks)
    return f"The blocks come in this order for everybody: {names}."


def randomization(planned: Planned) -> str:
    """How people get lists and pairs get places."""
    cells = "cells and " if len(planned.protocol.cells) > 1 else ""
    return (
        f"A program assigns {cells}counterbalancing lists, not a person. Over the lists every pair comes "
        f"equally often in every block, at every exposure and {_either_face(planned)}; no participant "
        "sees a face twice unless the design repeats it. Places are given out so that all lists are "
        "completed as equally often as can be; the place of somebody who drops out is given to the next "
        "person. Within a block the order of trials is shuffled for each participant, avoiding long runs of "
        "one side or one exposure. "
        f"All chance starts from the seed {planned.protocol.seed}, from which every plan can be rebuilt."
    )


def _either_face(planned: Planned) -> str:
    layouts = {block.layout for block in planned.main_blocks}
    words = {"pair": "with either face on the left", "single": "with either face shown alone"}
    return listed((words[layout] for layout in sorted(layouts)), joined_by="or")


def blinding(planned: Planned) -> str:
    told = {cell.disclosure for cell in planned.protocol.cells} & {"told", "labelled"}
    who = (
        "Participants are not told their cell; what the cells disclose is part of the design."
        if told
        else f"Participants do not know which face is real and which is {planned.made}."
    )
    return (
        f"{who} Pictures are served under random names, in one size and encoding and without metadata, and "
        "nothing in the pages tells their origin. Nobody interacts with participants in person."
    )


def manipulated(planned: Planned) -> str:
    """The variables that the researcher sets, with their levels."""
    lines = [f"Origin of a face: real photograph, or {planned.made}. Within participants and within pairs."]
    lines.append(f"Exposure: {exposures(planned.exposures_ms)}. Within participants, between pairs.")
    if any(block.layout == "pair" for block in planned.main_blocks):
        lines.append("Side of each face: left or right. Within participants, counterbalanced.")
    if len(planned.protocol.cells) > 1:
        names = listed(cell.name for cell in planned.protocol.cells)
        lines.append(f"Cell: {names}. Between participants.")
    return bullets(sentence(line) for line in lines)
