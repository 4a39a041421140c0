"""The design in plain words, from the frozen protocol: who, which pictures, what was shown and asked."""

from __future__ import annotations

from analysis.pairs import exposure_words
from analysis.protocol import Block, Protocol, Question
from analysis.report.apa import counted, listed
from analysis.report.content import Paragraph, Part, Section, quoted
from analysis.report.inputs import Inputs
from analysis.report.rounding import number

_DISCLOSURE = {
    "none": "AI was not mentioned beforehand",
    "told": "people were told beforehand that some faces are not real photographs",
    "labelled": "people were told beforehand, and every face carried a label",
}
_PORTRAITS = {"real": "real portrait", "ai": "AI-made portrait", "edited": "edited portrait"}
_RECRUITERS = {
    "plain": "an open link",
    "personal": "personal links",
    "prolific": "Prolific",
    "sona": "SONA",
    "mturk": "Amazon Mechanical Turk",
}


def section(inputs: Inputs) -> Section:
    protocol = inputs.protocol
    blocks = [block for block in protocol.blocks if not block.practice]
    parts: list[Part] = [Paragraph(people_words(inputs)), Paragraph(pictures_words(inputs))]
    parts += [Paragraph(block_words(block, protocol)) for block in blocks]
    parts.append(Paragraph(procedure_words(inputs)))
    if cells := cells_words(inputs):
        parts.append(Paragraph(cells))
    return Section("design", "What people did", tuple(parts))


def people_words(inputs: Inputs) -> str:
    """Who took part, how they came, and how many were wanted."""
    declared, kept = inputs.protocol.declared, inputs.kept
    n = len(inputs.everything.participants)
    kind = "robot" if inputs.is_robot else "participant"
    words = f"{counted(n, kind)} took part, {counted(len(kept.participants), kind)} after exclusions"
    if declared.recruiter in _RECRUITERS:
        words += f", recruited through {_RECRUITERS[declared.recruiter]}"
    if declared.target:
        words += f"; {declared.target} completed sessions were planned"
    age = (
        f" Nobody younger than {declared.minimum_age} years was to take part." if declared.minimum_age else ""
    )
    return f"**People.** {words}.{age}"


def pictures_words(inputs: Inputs) -> str:
    """Which pictures were shown, by origin and generator."""
    shown = set(inputs.everything.trials["left"]) | set(inputs.everything.trials["right"].dropna())
    stimuli = inputs.dataset.stimuli
    used = stimuli[stimuli["stimulus"].isin(shown)].drop_duplicates("stimulus")
    counts = used["origin"].value_counts()
    kinds = [counted(int(counts[origin]), noun) for origin, noun in _PORTRAITS.items() if origin in counts]
    generators = sorted(set(used.loc[used["origin"] == "ai", "generator"].dropna()))
    by = f", made with {listed([quoted(str(one)) for one in generators])}" if generators else ""
    if not kinds:
        return "**Pictures.** None of the pictures in the export was shown in a trial of this analysis."
    return f"**Pictures.** {listed(kinds)}{by}."


def block_words(block: Block, protocol: Protocol) -> str:
    """One block: layout, exposures, mask, trials and questions."""
    made = "edited" if protocol.stimulus_kind == "edited" else "made by AI"
    layout = "One face at a time"
    if block.layout == "pair":
        layout = f"Two faces side by side, one real and one {made}"
    exposures = ["unlimited time" if ms is None else exposure_words(ms) for ms in block.exposures_ms]
    shown = f", shown for {listed(exposures, last='or')}" if exposures else ""
    mask = f", then masked for {exposure_words(block.mask_ms)}" if block.mask_ms else ""
    asked = "; ".join(_question_words(question, block, protocol) for question in block.questions)
    return (
        f"**Block “{quoted(block.name)}”.** {layout}{shown}{mask}.{_counts(block, protocol)} Asked: {asked}."
    )


def _counts(block: Block, protocol: Protocol) -> str:
    counts = protocol.declared.counts.get(block.name)
    if counts is None or not counts.pairs:
        return ""
    extra = ((counts.fillers, "filler"), (counts.repeats, "repeat"), (counts.checks, "attention check"))
    words = [counted(n, noun) for n, noun in extra if n]
    return f" Each person saw {counted(counts.pairs, 'pair')}{' with ' + listed(words) if words else ''}."


def _question_words(question: Question, block: Block, protocol: Protocol) -> str:
    text = f"“{quoted(question.text)}”"
    if question.kind == "scale":
        of = (
            "the face"
            if block.layout == "single"
            else "each face"
            if question.target == "each"
            else "the pair"
        )
        return f"{text} ({of}, {number(question.minimum, 0)} to {number(question.maximum, 0)})"
    if question.kind == "side":
        return f"{text} (left{', right, both or neither' if question.both_neither else ' or right'})"
    if question.kind == "origin":
        return f"{text} ({'unedited or edited' if protocol.stimulus_kind == 'edited' else 'real or AI'})"
    return f"{text} ({'any of a list' if question.kind == 'choices' else 'in words'})"


def procedure_words(inputs: Inputs) -> str:
    """How answers were timed and trials balanced; of a table from elsewhere nothing is known."""
    if inputs.dataset.provenance.collected_elsewhere:
        return (
            "**Procedure.** Collected with other software and read from a table, which does not tell how "
            "pictures were timed, ordered and balanced."
        )
    limits = [
        f"block “{quoted(block.name)}” ({block.answer_deadline_ms / 1000:g}\u00a0s)"
        for block in inputs.protocol.blocks
        if block.answer_deadline_ms and not block.practice
    ]
    timed = (
        f"In {listed(limits)} there was a limit to the time for answers; what was answered within it counts."
        if limits
        else "Answers were untimed."
    )
    practice = [block for block in inputs.protocol.blocks if block.practice]
    began = f" {counted(len(practice), 'practice block')} came first and is not analysed." if practice else ""
    if len(practice) > 1:
        began = began.replace(" is not", " are not")
    return (
        f"**Procedure.** {timed} The sides and exposures were balanced over participants by counterbalancing "
        f"lists.{began}"
    )


def cells_words(inputs: Inputs) -> str:
    """The between-subject cells and who was in them; empty without cells."""
    people = inputs.kept.participants
    counts = people.loc[people["cell"].fillna("") != "", "cell"].value_counts()
    if len(counts) < 2:
        return ""
    declared = {cell.name: cell for cell in inputs.protocol.cells}
    told = []
    for name, n in counts.sort_index().items():
        cell = declared.get(str(name))
        what = f": {_DISCLOSURE.get(cell.disclosure, '')}" if cell else ""
        blocks = (
            f", blocks in the order {listed([quoted(b) for b in cell.blocks])}"
            if cell and cell.blocks
            else ""
        )
        told.append(f"{quoted(str(name))} ({counted(int(n), 'participant')}{what}{blocks})")
    return f"**Cells.** People were in {len(counts)} cells: {'; '.join(told)}."
