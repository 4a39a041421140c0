"""The whole study: everything study.toml may hold."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from study.protocol.blocks import Block
from study.protocol.part import Language, Part, Slug, repeated
from study.protocol.people import Cell, Device, Eligibility, Recruitment, Retention, Stopping
from study.protocol.plan_of_analysis import Analysis, Exclusions, Hypothesis
from study.protocol.questionnaires import Item, Questionnaire


class Texts(Part):
    """Markdown files, relative to study.toml; those of a further language end as in consent.de.md."""

    information: str = Field(description="What the study is about, who runs it, what happens to the data.")
    consent: str = Field(description="What the participant agrees to.")
    instructions: str = Field(description="How the task works, read before practice.")
    told: str | None = Field(None, description="What people in told and labelled cells are told about AI.")
    debrief: str = Field(description="What the study was really about, read at the end.")


class StudyProtocol(Part):
    """Everything a study is; what study.toml may hold."""

    title: str = Field(min_length=1, max_length=200, description="Title, as participants read it.")
    slug: Slug = Field(description="Short name in links and file names.")
    languages: tuple[Language, ...] = Field(
        ("en",), min_length=1, description="Languages offered, ISO 639-1; the file itself is in the first."
    )
    seed: int = Field(ge=0, lt=2**63, description="Start of every random choice of the plan.")
    stimulus_kind: Literal["ai", "edited"] = Field(
        "ai", description="What the second face of a pair is: AI-made, or an edited photograph."
    )
    stimulus_set: str = Field("stimuli", description="Folder of the prepared set, relative to study.toml.")
    texts: Texts = Field(description="Files with everything a participant reads.")
    recruitment: Recruitment = Field(description="How people come to the study, and how many.")
    eligibility: Eligibility = Field(Eligibility(), description="Who may take part.")
    stopping: Stopping = Field(Stopping(), description="When nobody new may begin.")
    retention: Retention = Field(Retention(), description="When data are purged.")
    device: Device = Field(Device(), description="What a participant's screen must offer.")
    cells: tuple[Cell, ...] = Field((), description="Between-subject conditions; none without them.")
    blocks: tuple[Block, ...] = Field(min_length=1, description="Runs of trials, in the order of the file.")
    questionnaires: tuple[Questionnaire, ...] = Field(
        (), description="Items asked before or after the blocks."
    )
    hypotheses: tuple[Hypothesis, ...] = Field((), description="What is expected, for the preregistration.")
    analysis: Analysis = Field(Analysis(), description="What the report tests, declared beforehand.")
    exclusions: Exclusions = Field(Exclusions(), description="Who and what is left out, declared beforehand.")

    @model_validator(mode="after")
    def _names_are_unique(self) -> StudyProtocol:
        for what, names in (
            ("block names", [block.name for block in self.blocks]),
            ("cell names", [cell.name for cell in self.cells]),
            ("questionnaire names", [questionnaire.name for questionnaire in self.questionnaires]),
            ("item ids", [item.id for item in self.items]),
        ):
            if twice := repeated(names):
                raise ValueError(f"{what} must be unique; used twice: {', '.join(twice)}")
        return self

    def block(self, name: str) -> Block:
        return next(block for block in self.blocks if block.name == name)

    def cell(self, name: str) -> Cell | None:
        """The cell of that name; None in a study without cells, whose sessions have an empty name."""
        return next((cell for cell in self.cells if cell.name == name), None)

    def blocks_of(self, cell_name: str) -> tuple[Block, ...]:
        """The blocks a session of a cell goes through, in order."""
        cell = self.cell(cell_name)
        if cell is None or not cell.blocks:
            return self.blocks
        return tuple(self.block(name) for name in cell.blocks)

    def labels_of(self, cell_name: str) -> Literal["none", "true", "random"]:
        """What the labels on the faces of a cell say; none where it has no labels."""
        cell = self.cell(cell_name)
        return cell.labels if cell is not None and cell.disclosure == "labelled" else "none"

    @property
    def items(self) -> tuple[Item, ...]:
        """Every questionnaire item, in order."""
        return tuple(item for questionnaire in self.questionnaires for item in questionnaire.items)

    def questionnaires_at(self, when: Literal["before", "after"]) -> tuple[Questionnaire, ...]:
        return tuple(questionnaire for questionnaire in self.questionnaires if questionnaire.when == when)

    @property
    def pairs_needed(self) -> int:
        """Main pairs one participant sees at most, over all cells."""
        return max(sum(b.pairs_used for b in blocks if not b.practice) for blocks in self._ways)

    @property
    def practice_pairs_needed(self) -> int:
        return max(sum(b.pairs_used for b in blocks if b.practice) for blocks in self._ways)

    @property
    def _ways(self) -> list[tuple[Block, ...]]:
        return [self.blocks_of(cell.name) for cell in self.cells] or [self.blocks]
