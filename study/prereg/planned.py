"""What a preregistration is written from: the frozen protocol, its hashes, and how far the study is."""

from __future__ import annotations

import json
from dataclasses import dataclass

from study.protocol import Block, Question, StudyProtocol, thaw


@dataclass(frozen=True)
class Planned:
    """A study as it is frozen. ``n_begun``: participants so far, as far as the installation knows.

    ``amendments``: number and reason of every version after the first.
    """

    protocol: StudyProtocol
    protocol_hash: str
    set_sha256: str
    n_stimuli: int
    n_pairs: int
    n_practice_pairs: int
    n_begun: int = 0
    amendments: tuple[tuple[int, str], ...] = ()

    @classmethod
    def from_frozen(
        cls,
        canonical: str,
        *,
        protocol_hash: str,
        n_practice_pairs: int,
        n_begun: int = 0,
        amendments: tuple[tuple[int, str], ...] = (),
    ) -> Planned:
        stimulus_set = json.loads(canonical)["stimulus_set"]
        return cls(
            protocol=thaw(canonical),
            protocol_hash=protocol_hash,
            set_sha256=stimulus_set["sha256"],
            n_stimuli=stimulus_set["n_stimuli"],
            n_pairs=stimulus_set["n_pairs"],
            n_practice_pairs=n_practice_pairs,
            n_begun=n_begun,
            amendments=amendments,
        )

    @property
    def n_main_pairs(self) -> int:
        return self.n_pairs - self.n_practice_pairs

    @property
    def main_blocks(self) -> tuple[Block, ...]:
        return tuple(block for block in self.protocol.blocks if not block.practice)

    @property
    def made(self) -> str:
        """What the second face of a pair is called."""
        return "AI-made" if self.protocol.stimulus_kind == "ai" else "edited"

    def asks(self, question: str) -> bool:
        return question in self.questions

    @property
    def questions(self) -> dict[str, list[tuple[Block, Question]]]:
        """Every question of the main blocks by its id, with the blocks that ask it."""
        asked: dict[str, list[tuple[Block, Question]]] = {}
        for block in self.main_blocks:
            for question in block.questions:
                asked.setdefault(question.id, []).append((block, question))
        return asked

    @property
    def exposures_ms(self) -> tuple[float | None, ...]:
        """Every planned exposure of the main blocks, shortest first, unlimited last."""
        planned = {ms for block in self.main_blocks for ms in block.planned_exposures}
        return tuple(sorted(planned, key=lambda ms: (ms is None, ms or 0.0)))
