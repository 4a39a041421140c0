"""What one claim's test found, or why it could not be tested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.claims.verdict import Verdict, reach_verdict
from analysis.claims.wording import CLAIM_TEXTS, SENTENCES
from analysis.estimate import Estimate
from analysis.fitted import FittedModel
from analysis.trust import Equivalence
from analysis.wording import made_faces


@dataclass(frozen=True)
class Beside:
    """A further estimate that is told beside the claim's own, without a verdict.

    ``null`` is the value that means no effect; ``None`` where no value does.
    """

    label: str
    estimate: Estimate
    model: FittedModel | None = None
    null: float | None = 0.0


@dataclass(frozen=True)
class Finding:
    """The number a claim stands on, before any correction for other claims.

    ``direction`` is the sign that the claim predicts, ``null`` the estimate that means no effect.
    ``equivalence`` only where a smallest effect is declared in the unit of the estimate. ``model`` is the
    fitted mixed model in full (``None`` where none was fitted). ``notes`` are sentences that a reader of the
    number has to know: a model that did not converge, another scale. ``words`` fill the sentences,
    ``additions`` follow them.
    """

    id: str
    measure: str
    estimate: Estimate
    direction: int
    alpha: float
    stimulus_kind: str
    null: float = 0.0
    equivalence: Equivalence | None = None
    model: FittedModel | None = None
    beside: tuple[Beside, ...] = ()
    notes: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    additions: tuple[str, ...] = ()

    @property
    def p_value(self) -> float:
        return self.estimate.p_value(self.null)

    @property
    def verdict(self) -> Verdict:
        """By the finding's own p value; ``judge_claims`` corrects it over the primary claims."""
        return self.verdict_at(self.p_value)

    @property
    def sentence(self) -> str:
        return self.sentence_for(self.verdict)

    @property
    def claim(self) -> str:
        return CLAIM_TEXTS[self.id].format(made=made_faces(self.stimulus_kind))

    def verdict_at(self, p_value: float) -> Verdict:
        return reach_verdict(
            self.estimate,
            direction=self.direction,
            p_value=p_value,
            alpha=self.alpha,
            null=self.null,
            equivalence=self.equivalence,
        )

    def sentence_for(self, verdict: Verdict) -> str:
        """The verdict in words, then what the estimates beside it say."""
        made = made_faces(self.stimulus_kind)
        words = {"made": made, "Made": made[0].upper() + made[1:], **self.words}
        sentences = [SENTENCES[self.id][verdict.value], *self.additions]
        if verdict is Verdict.EQUIVALENT and self.p_value < self.alpha:
            sentences.insert(1, "A difference is there, but it is smaller than what was declared to matter.")
        return " ".join(sentence.format(**words) for sentence in sentences)


@dataclass(frozen=True)
class Untested:
    """A claim that these data cannot speak about: why, with what would be needed.

    ``beside`` holds what they say near it all the same.
    """

    id: str
    reason: str
    beside: tuple[Beside, ...] = ()
