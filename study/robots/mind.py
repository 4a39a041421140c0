"""How a robot answers a trial: a pure function of seed, robot number, position and the pictures it saw."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from stimuli.manifest import Stimulus
from study.robots.truth import RobotTruth

FRAME_MS = 1000 / 60
SIDES = ("left", "right")
_TRAITS, _PICTURES, _TRIALS = 1, 2, 3


@dataclass(frozen=True)
class Seen:
    """The pictures of a trial, found again in the stimulus set by their bytes, and their exposure.

    ``right`` is None for a single face.
    """

    left: Stimulus
    right: Stimulus | None
    exposure_ms: float | None

    @property
    def made_side(self) -> int:
        """+1: the AI or edited face is on the left; -1: on the right; 0: both or neither."""
        return int(self.left.origin != "real") - int(self.right is not None and self.right.origin != "real")

    def face(self, target: str) -> Stimulus:
        """The picture a question is about; the left one for a question about both."""
        return self.right if target == "right" and self.right is not None else self.left


@dataclass(frozen=True)
class Shown:
    """How long a pair was on the screen, in frames, and whether one came too late."""

    planned_frames: int | None
    shown_frames: int
    late: bool

    @property
    def shown_ms(self) -> float:
        return self.shown_frames * FRAME_MS


@dataclass(frozen=True)
class _Impression:
    """What a trial left behind: evidence for a whole, and for each face that was judged on its own."""

    evidence: float
    faces: dict[str, float]


class Mind:
    """One robot. Every random choice starts from ``seed`` and ``number``."""

    def __init__(self, truth: RobotTruth, *, seed: int, number: int) -> None:
        self.truth = truth
        self.seed = seed
        self.number = number
        traits = np.random.default_rng([seed, _TRAITS, number])
        self.careless = bool(traits.random() < truth.careless_share)
        self._d_prime = truth.d_prime_sd_participants * traits.standard_normal()
        self._trust = truth.trust_sd_participants * traits.standard_normal()
        self._trust_difference = truth.trust_difference_sd_participants * traits.standard_normal()
        self._speed = 0.2 * traits.standard_normal()

    def random(self, position: int) -> np.random.Generator:
        """The random choices of one trial; position 0 is the forms, in their order."""
        return np.random.default_rng([self.seed, _TRIALS, self.number, position])

    def show(self, seen: Seen, rng: np.random.Generator) -> Shown:
        late = bool(rng.random() < self.truth.late_frame_share)
        if seen.exposure_ms is None:
            return Shown(None, max(1, round(self._pause(rng) / FRAME_MS)), late=False)
        planned = max(1, round(seen.exposure_ms / FRAME_MS))
        return Shown(planned, planned + late, late)

    def answer(
        self,
        seen: Seen,
        questions: Sequence[Mapping[str, Any]],
        *,
        ready_ms: float,
        rng: np.random.Generator,
        check: Mapping[str, str] | None = None,
        until_ms: float | None = None,
    ) -> list[dict[str, Any]]:
        """Ratings as messages carry them; ``ready_ms`` is when answering begins, from the onset.

        ``check`` names the question of an attention check and the value it asks for. Answers after
        ``until_ms``, when the time to answer is over, are not given.
        """
        impression = self._impression(seen, rng)
        obeyed = self._obeyed(check, rng)
        given: list[dict[str, Any]] = []
        at = ready_ms
        for question, target in _asked(questions):
            at = self._next_answer(at, impression.evidence, rng)
            if until_ms is not None and at > until_ms:
                break
            value = obeyed.get(question["id"]) or self._value(question, target, seen, impression, rng)
            given.append(
                {
                    "question": question["id"],
                    "target": target,
                    "value": value,
                    "rt_ms": round(at, 1),
                    "release_ms": round(at + rng.uniform(60, 130), 1),
                    "input": "simulated",
                }
            )
        return given

    def _obeyed(self, check: Mapping[str, str] | None, rng: np.random.Generator) -> dict[str, str]:
        """The answer to give because an attention check asks for it, by question."""
        if check is None or self.careless or rng.random() >= self.truth.check_obedience:
            return {}
        return {check["question"]: check["value"]}

    def _impression(self, seen: Seen, rng: np.random.Generator) -> _Impression:
        if seen.right is None:
            evidence = self._of_face(seen.left, seen.exposure_ms, rng)
            return _Impression(evidence, {"face": evidence})
        return _Impression(self._of_pair(seen, rng), {})

    def _judged(self, impression: _Impression, target: str, seen: Seen, rng: np.random.Generator) -> bool:
        """Whether a face is taken for an AI or edited one; of one trial always the same."""
        if target not in impression.faces:
            impression.faces[target] = self._of_face(seen.face(target), seen.exposure_ms, rng)
        return impression.faces[target] > 0

    def _of_face(self, face: Stimulus, exposure_ms: float | None, rng: np.random.Generator) -> float:
        """y of the formula in RobotTruth."""
        truth = self.truth
        sign = -1 if face.origin == "real" else 1
        picture = truth.d_prime_sd_stimuli * self._of_picture(face)[0]
        d_prime = truth.d_prime_at(exposure_ms) + self._d_prime + picture
        noise = truth.judgement_noise_sd * rng.standard_normal()
        return float(-truth.criterion + sign * d_prime / 2 + noise)

    def _of_pair(self, seen: Seen, rng: np.random.Generator) -> float:
        """x of the formula in RobotTruth."""
        truth = self.truth
        made = seen.face("left" if seen.made_side > 0 else "right")
        picture = truth.d_prime_sd_stimuli * self._of_picture(made)[0]
        d_prime = truth.d_prime_at(seen.exposure_ms) + self._d_prime + picture
        noise = truth.evidence_noise_sd * rng.standard_normal()
        return float(-truth.side_bias + seen.made_side * d_prime / math.sqrt(2) + noise)

    def _of_picture(self, stimulus: Stimulus) -> tuple[float, float]:
        """Two standard normal numbers of a picture, the same for every robot: detectability, trust."""
        drawn = np.random.default_rng([self.seed, _PICTURES, int(stimulus.sha256[:12], 16)]).standard_normal(
            2
        )
        return float(drawn[0]), float(drawn[1])

    def _next_answer(self, at: float, evidence: float, rng: np.random.Generator) -> float:
        if self.careless:
            return float(rng.uniform(80, 190))
        return at + self._pause(rng) * math.exp(-0.15 * min(abs(evidence), 2))

    def _pause(self, rng: np.random.Generator) -> float:
        pause = self.truth.rt_median_ms * math.exp(self._speed + self.truth.rt_sd_log * rng.standard_normal())
        return max(pause, 220.0)

    def _value(
        self,
        question: Mapping[str, Any],
        target: str,
        seen: Seen,
        impression: _Impression,
        rng: np.random.Generator,
    ) -> str:
        kind = question["kind"]
        if kind == "side":
            return self._side(question, seen, impression, rng)
        if kind == "origin":
            said_ai = rng.random() < 0.5 if self.careless else self._judged(impression, target, seen, rng)
            return "ai" if said_ai else "real"
        if kind == "choices":
            return self._cue(question, seen, rng)
        if kind == "text":
            return "" if question["optional"] else "simulated"
        low, high = int(question["minimum"]), int(question["maximum"])
        if self.careless:
            return str(rng.integers(low, high + 1))
        if target == "pair" or question["id"] == "confidence":
            return str(self._confidence(impression.evidence, low, high, rng))
        return str(self._trust_rating(seen.face(target), low, high, rng))

    def _side(
        self, question: Mapping[str, Any], seen: Seen, impression: _Impression, rng: np.random.Generator
    ) -> str:
        """One side by comparing the two; with both and neither on offer, by judging each on its own."""
        four = question.get("both_neither", False)
        if self.careless:
            offered = (*SIDES, "both", "neither") if four else SIDES
            return offered[rng.integers(len(offered))]
        if not four:
            return SIDES[int(impression.evidence <= 0)]
        left, right = (self._judged(impression, side, seen, rng) for side in SIDES)
        if left == right:
            return "both" if left else "neither"
        return "left" if left else "right"

    def _trust_rating(self, face: Stimulus, low: int, high: int, rng: np.random.Generator) -> int:
        made = face.origin != "real"
        stretch = (high - low) / 6
        shift = self._trust + self.truth.trust_sd_stimuli * self._of_picture(face)[1]
        shift += self._trust_difference if made else 0.0
        shift += self.truth.trust_sd_residual * rng.standard_normal()
        felt = self.truth.latent_trust(made=made, low=low, high=high) + stretch * shift
        return int(min(max(math.floor(felt + 0.5), low), high))

    def _confidence(self, evidence: float, low: int, high: int, rng: np.random.Generator) -> int:
        strength = abs(evidence + 0.3 * rng.standard_normal()) / math.hypot(1, 0.3)
        share_weaker = 2 * NormalDist().cdf(strength) - 1
        return low + min(int(share_weaker * (high - low + 1)), high - low)

    def _cue(self, question: Mapping[str, Any], seen: Seen, rng: np.random.Generator) -> str:
        codes = [option["code"] for option in question["options"]]
        cues = [code for code in codes if code != "none_named"]
        if "none_named" in codes and (self.careless or rng.random() >= self.truth.share_cues_named):
            return "none_named"
        made = seen.face("left" if seen.made_side > 0 else "right")
        tagged = [code for code in made.artifacts.replace(";", " ").split() if code in cues]
        choices = tagged or cues
        return str(choices[rng.integers(len(choices))])


def _asked(questions: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], str]]:
    for question in questions:
        for target in question["targets"]:
            yield question, target
