"""Read study.toml into a typed, frozen protocol; list every problem at once, with its line."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from study.toml_lines import line_of

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
ExposureMs = Annotated[float, Field(gt=0, le=600_000)]


class ProtocolError(ValueError):
    """A study file that cannot be run as it is; ``problems`` holds one sentence for each fault."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(_Part):
    """One answer a participant can pick."""

    code: Identifier = Field(description="What is stored and exported.")
    label: str = Field(min_length=1, max_length=200, description="What the participant reads.")


class Question(_Part):
    """One question asked of every trial of a block."""

    id: Identifier = Field(description="Name of the rating in the export, such as trust or detect.")
    kind: Literal["scale", "side", "choices", "text"] = Field(
        description="scale: whole numbers; side: left or right; choices: any of the options; text: free text."
    )
    target: Literal["each", "pair"] = Field("pair", description="Asked of each face, or once of the pair.")
    text: str = Field(min_length=1, max_length=300, description="The question as the participant reads it.")
    minimum: int = Field(1, description="Lowest value of a scale.")
    maximum: int = Field(7, description="Highest value of a scale.")
    minimum_label: str = Field("", max_length=60, description="Words at the low end of a scale.")
    maximum_label: str = Field("", max_length=60, description="Words at the high end of a scale.")
    options: tuple[Option, ...] = Field((), description="What can be chosen, for choices.")
    optional: bool = Field(False, description="Whether the question may be left without an answer.")
    max_length: int = Field(500, ge=1, le=5000, description="Longest free text, in characters.")

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Question:
        if self.kind == "scale" and not 2 <= self.maximum - self.minimum + 1 <= 11:
            raise ValueError(
                f"a scale needs 2 to 11 steps, has {self.maximum - self.minimum + 1} "
                f"({self.minimum} to {self.maximum}); change minimum or maximum"
            )
        if self.kind == "choices" and len(self.options) < 2:
            raise ValueError(f"choices needs at least 2 options, has {len(self.options)}; add options")
        if self.kind == "side" and self.target == "each":
            raise ValueError('a side question compares the two faces; write target = "pair"')
        return self


class Block(_Part):
    """A run of trials that share questions and timing."""

    name: Identifier = Field(description="Name of the block in the export.")
    practice: bool = Field(False, description="Practice trials use the set's practice pairs; never analysed.")
    layout: Literal["pair"] = Field("pair", description="Two faces side by side.")
    pairs: int = Field(ge=1, le=2000, description="Pairs each participant sees in this block.")
    exposures_ms: tuple[ExposureMs | Literal["unlimited"], ...] = Field(
        min_length=1, description='Planned durations in ms, and/or "unlimited".'
    )
    fixation_ms: float = Field(500, ge=0, le=10_000, description="Fixation before each pair, ms.")
    mask_ms: float = Field(250, ge=0, le=10_000, description="Mask after each pair, ms.")
    gap_ms: float = Field(300, ge=0, le=10_000, description="Pause after the answer, ms.")
    intro: str = Field(description="Markdown file read before the block.")
    questions: tuple[Question, ...] = Field(min_length=1, description="What is asked, in this order.")

    @property
    def planned_exposures(self) -> tuple[float | None, ...]:
        """Exposures in ms; ``None`` is unlimited."""
        return tuple(None if e == "unlimited" else float(e) for e in self.exposures_ms)

    @model_validator(mode="after")
    def _question_ids_are_unique(self) -> Block:
        ids = [question.id for question in self.questions]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"question ids must be unique within a block; used twice: {', '.join(twice)}")
        return self


class Item(_Part):
    """One questionnaire item."""

    id: Identifier = Field(description="The export column is q_ followed by this.")
    kind: Literal["text", "number", "choice", "likert"] = Field(
        description="text: free text; number: a whole number; choice: one option; likert: steps of agreement."
    )
    text: str = Field(min_length=1, max_length=500, description="The item as the participant reads it.")
    options: tuple[Option, ...] = Field((), description="What can be chosen, for choice.")
    minimum: int | None = Field(None, description="Lowest value, for number and likert.")
    maximum: int | None = Field(None, description="Highest value, for number and likert.")
    minimum_label: str = Field("", max_length=60, description="Words at the low end, for likert.")
    maximum_label: str = Field("", max_length=60, description="Words at the high end, for likert.")
    optional: bool = Field(False, description="Whether the item may be left without an answer.")
    max_length: int = Field(1000, ge=1, le=5000, description="Longest free text, in characters.")

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Item:
        if self.kind == "choice" and len(self.options) < 2:
            raise ValueError(f"a choice needs at least 2 options, has {len(self.options)}; add options")
        if self.kind == "likert" and (self.minimum is None or self.maximum is None):
            raise ValueError("a likert item needs minimum and maximum; add both")
        if self.minimum is not None and self.maximum is not None and self.minimum >= self.maximum:
            raise ValueError(f"minimum must be below maximum; found {self.minimum} and {self.maximum}")
        return self


class Texts(_Part):
    """Markdown files, relative to study.toml."""

    information: str = Field(description="What the study is about, who runs it, what happens to the data.")
    consent: str = Field(description="What the participant agrees to.")
    instructions: str = Field(description="How the task works, read before practice.")
    debrief: str = Field(description="What the study was really about, read at the end.")


class OutcomeCodes(_Part):
    """What a participant takes back to the recruiter."""

    completed: str = Field(
        "COMPLETE", pattern=r"^[A-Za-z0-9-]{4,40}$", description="For people whose data are complete."
    )
    screened_out: str = Field(
        "SCREENED", pattern=r"^[A-Za-z0-9-]{4,40}$", description="For people whose screen does not qualify."
    )


class Recruitment(_Part):
    """How people come to the study, and how many."""

    recruiter: Literal["plain", "prolific"] = Field("plain", description="Where participants come from.")
    target: int = Field(ge=1, le=100_000, description="Completed participants wanted.")
    lease_minutes: float = Field(
        45, gt=0, description="A place held without activity is free again after this."
    )
    codes: OutcomeCodes = Field(OutcomeCodes(), description="What participants take back to the recruiter.")


class Device(_Part):
    """What a participant's screen must offer."""

    minimum_viewport_width_px: int = Field(
        320, ge=0, description="Narrowest window that may take part, CSS px."
    )
    minimum_viewport_height_px: int = Field(
        300, ge=0, description="Lowest window that may take part, CSS px."
    )


class Analysis(_Part):
    """What the report tests, declared beforehand."""

    smallest_effect: float = Field(
        0.2, gt=0, description="Smallest trust difference of interest, scale points."
    )
    alpha: float = Field(
        0.05, gt=0, lt=0.5, description="Two-sided error rate of the primary claims together."
    )
    primary: tuple[Literal["distrust", "milliseconds", "closer-look"], ...] = Field(
        ("distrust", "closer-look"), description="Primary claims, Holm-corrected together."
    )


class Exclusions(_Part):
    """Declared beforehand, applied in analysis; the report gives every result with and without."""

    min_rt_ms: float = Field(200, ge=0, description="Faster answers void the trial, ms.")
    constant_responder: bool = Field(
        True, description="The same trust rating, or the same side, on every trial."
    )
    not_presented_as_planned: bool = Field(True, description="Trials shown for another number of frames.")
    interrupted: bool = Field(True, description="Trials interrupted during the exposure.")
    min_share_answered: float = Field(
        0.8, ge=0, le=1, description="Fewer answered trials exclude the person."
    )


class StudyProtocol(_Part):
    """Everything a study is; what study.toml may hold."""

    title: str = Field(min_length=1, max_length=200, description="Title, as participants read it.")
    slug: Slug = Field(description="Short name in links and file names.")
    language: str = Field("en", pattern=r"^[a-z]{2}$", description="Language of the texts, ISO 639-1.")
    seed: int = Field(ge=0, lt=2**63, description="Start of every random choice of the plan.")
    stimulus_kind: Literal["ai", "edited"] = Field(
        "ai", description="What the second face of a pair is: AI-made, or an edited photograph."
    )
    stimulus_set: str = Field("stimuli", description="Folder of the prepared set, relative to study.toml.")
    texts: Texts = Field(description="Files with everything a participant reads.")
    recruitment: Recruitment = Field(description="How people come to the study, and how many.")
    device: Device = Field(Device(), description="What a participant's screen must offer.")
    blocks: tuple[Block, ...] = Field(min_length=1, description="Runs of trials, in the order of the file.")
    questionnaire: tuple[Item, ...] = Field((), description="Items asked after the last block.")
    analysis: Analysis = Field(Analysis(), description="What the report tests, declared beforehand.")
    exclusions: Exclusions = Field(Exclusions(), description="Who and what is left out, declared beforehand.")

    @model_validator(mode="after")
    def _names_are_unique(self) -> StudyProtocol:
        for what, names in (
            ("block names", [block.name for block in self.blocks]),
            ("questionnaire ids", [item.id for item in self.questionnaire]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{what} must be unique; used twice: {', '.join(twice)}")
        return self

    def block(self, name: str) -> Block:
        return next(block for block in self.blocks if block.name == name)

    @property
    def pairs_needed(self) -> int:
        """Main pairs one participant sees."""
        return sum(block.pairs for block in self.blocks if not block.practice)

    @property
    def practice_pairs_needed(self) -> int:
        return sum(block.pairs for block in self.blocks if block.practice)


@dataclass(frozen=True)
class StudyFile:
    """A study.toml that was read: the protocol, the file's own text, and every Markdown text by path."""

    folder: Path
    toml: str
    protocol: StudyProtocol
    texts: Mapping[str, str]


def read_study(path: Path) -> StudyFile:
    """Read and check a study.toml and the texts it names; raise ProtocolError with all problems."""
    try:
        toml = path.read_text(encoding="utf-8")
        document = tomllib.loads(toml)
    except FileNotFoundError:
        raise ProtocolError(
            [f"{path}: expected a study file, found nothing; give the path of a study.toml"]
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProtocolError([f"{path.name}: not a TOML file ({error}); correct it there"]) from None
    try:
        protocol = StudyProtocol.model_validate(document)
    except ValidationError as error:
        raise ProtocolError(_sentences(error, toml, path.name)) from None
    texts, problems = _read_texts(protocol, path.parent)
    if problems:
        raise ProtocolError([f"{path.name}: {problem}" for problem in problems])
    return StudyFile(folder=path.parent, toml=toml, protocol=protocol, texts=texts)


def _sentences(error: ValidationError, toml: str, file: str) -> list[str]:
    return [_sentence(fault, toml, file) for fault in error.errors(include_url=False)]


def _sentence(fault: Any, toml: str, file: str) -> str:
    place = tuple(part for part in fault["loc"] if not _is_type_tag(part))
    line = line_of(toml, place)
    where = f"{file}, line {line}" if line else file
    name = _dotted(place)
    found = fault.get("input")
    shown = "" if isinstance(found, dict | list) or fault["type"] == "missing" else f", found {found!r}"
    message = fault["msg"].removeprefix("Value error, ")
    remedy = {
        "missing": "; add it",
        "extra_forbidden": "; remove it or correct its name",
    }.get(fault["type"], "")
    return f"{where}: {name}: {message}{shown}{remedy}" if name else f"{where}: {message}{shown}{remedy}"


def _is_type_tag(part: object) -> bool:
    # pydantic names the branch of a union in the path; a reader of the file never wrote it.
    return isinstance(part, str) and (part.startswith(("constrained-", "literal[", "float", "function-")))


def _dotted(place: tuple[int | str, ...]) -> str:
    name = ""
    for part in place:
        name += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if name else part
    return name


def _read_texts(protocol: StudyProtocol, folder: Path) -> tuple[dict[str, str], list[str]]:
    named = [*protocol.texts.model_dump().values(), *(block.intro for block in protocol.blocks)]
    texts: dict[str, str] = {}
    problems: list[str] = []
    for name in dict.fromkeys(named):
        file = folder / name
        if not file.resolve().is_relative_to(folder.resolve()):
            problems.append(f"{name}: texts must lie beside the study file; move it there")
        elif not file.is_file():
            problems.append(f"{name}: expected a Markdown file at {file}, found nothing; write it")
        elif not (text := file.read_text(encoding="utf-8")).strip():
            problems.append(f"{name}: expected words, found an empty file; write the text")
        else:
            texts[name] = text
    return texts, problems


@dataclass(frozen=True)
class FrozenProtocol:
    """The canonical form of a study and its sha256, the protocol hash."""

    canonical: str
    sha256: str


def freeze(study: StudyFile, *, set_sha256: str, n_stimuli: int, n_pairs: int) -> FrozenProtocol:
    """Write protocol, texts and the stimulus set's hash as canonical JSON (sorted keys, no spaces, UTF-8).

    The same study gives the same bytes on every machine; any change of a setting, a text or a picture
    gives another hash.
    """
    content = study.protocol.model_dump(mode="json")
    content["stimulus_set"] = {"sha256": set_sha256, "n_stimuli": n_stimuli, "n_pairs": n_pairs}
    for block, source in zip(content["blocks"], study.protocol.blocks, strict=True):
        block["exposures_ms"] = list(source.planned_exposures)
    content["texts_sha256"] = {
        name: hashlib.sha256(text.encode()).hexdigest() for name, text in study.texts.items()
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return FrozenProtocol(canonical, hashlib.sha256(canonical.encode()).hexdigest())


def thaw(canonical: str) -> StudyProtocol:
    """The protocol back from its frozen form."""
    content = json.loads(canonical)
    content.pop("texts_sha256")
    content["stimulus_set"] = "stimuli"
    for block in content["blocks"]:
        block["exposures_ms"] = ["unlimited" if e is None else e for e in block["exposures_ms"]]
    return StudyProtocol.model_validate(content)
