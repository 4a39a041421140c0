"""What was made of every picture: trusted, called AI, found out; shrunken, from crossed mixed models."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.detection import pair_choices
from analysis.estimate import Sample, sample_of
from analysis.face_ratings import face_ratings
from analysis.single_faces import face_judgements

#: Fewer pictures (or pairs) than this say nothing about what explains their differences.
FEWEST = 20


class CannotExplainError(ValueError):
    """Why what was made of the pictures cannot be explained by anything: a sentence."""


@dataclass(frozen=True)
class PictureOutcome:
    """How far each picture (or pair) lies from the average one.

    ``table``: index the picture or the pair, columns value (conditional mode of the mixed model) and se in
    ``unit``, origin ("pair" for pairs), and n, answers it rests on; for pairs also ``made`` and ``real``, the
    pictures in it. ``reliability`` (0-1) is the share of the values' variance that is not noise; it is the
    most that anything could explain of them.
    """

    name: str
    of_pairs: bool
    unit: str
    formula: str
    reliability: float
    sample: Sample
    table: pd.DataFrame = field(repr=False)


def trust_outcome(kept: Dataset) -> PictureOutcome:
    """Trust in every picture, points of the scale less the average picture's; whoever happened to rate it."""
    rated = face_ratings(kept, "trust")
    table = rated.rename(columns={"stimulus": "picture", "rating": "value"})
    sample = Sample(
        rated["participant"].nunique(), rated["pair"].nunique(), rated["stimulus"].nunique(), len(rated)
    )
    return _modes("trust", "points", table, sample, {})


def called_outcome(kept: Dataset) -> PictureOutcome:
    """How readily every single face was called AI (or edited): probit of an average participant, z units."""
    judged = face_judgements(kept)
    origin = kept.stimuli.drop_duplicates("stimulus").set_index("stimulus")["origin"]
    table = judged.rename(columns={"left": "picture"}).assign(value=judged["said_ai"].astype(int))
    table = table.assign(origin=table["picture"].map(origin))
    # The right side of a single face is empty, so it is not counted among the pictures.
    return _modes("called", "z", table, sample_of(judged), {"family": "bernoulli", "link": "probit"})


def found_outcome(kept: Dataset) -> PictureOutcome:
    """How readily the made face of every pair was found: probit of an average participant, z units."""
    choices = pair_choices(kept)
    made = choices["left"].where(choices["made_left"], choices["right"])
    real = choices["right"].where(choices["made_left"], choices["left"])
    table = pd.DataFrame(
        {
            "participant": choices["participant"],
            "picture": choices["pair"],
            "origin": "pair",
            "value": choices["correct"].astype(int),
            "made": made,
            "real": real,
        }
    )
    return _modes(
        "found", "z", table, sample_of(choices), {"family": "bernoulli", "link": "probit"}, of_pairs=True
    )


def _modes(
    name: str,
    unit: str,
    answers: pd.DataFrame,
    sample: Sample,
    options: dict[str, str],
    *,
    of_pairs: bool = False,
) -> PictureOutcome:
    from analysis.mixed import fit_mixed

    what = "pairs" if of_pairs else "pictures"
    n, n_people = answers["picture"].nunique(), answers["participant"].nunique()
    if n < FEWEST:
        raise CannotExplainError(f"at least {FEWEST} {what} with answers are needed, and there are {n}")
    if n_people < 2 or answers["value"].nunique() < 2:
        raise CannotExplainError("all answers are alike, or only one participant gave them")
    fit = fit_mixed("value ~ 1 + (1 | participant) + (1 | picture)", answers, **options)  # type: ignore[arg-type]
    sd = float(np.sqrt(fit.random_covariance("picture").to_numpy()[0, 0]))
    if not sd > 1e-6:
        raise CannotExplainError(f"the {what} do not differ beyond chance, so there is nothing to explain")
    # Pictures that were judged alike are to be ties whatever the last bits of their modes are.
    modes = fit.modes("picture").set_axis(["value", "se"], axis=1).round(10)
    facts = [column for column in ("origin", "made", "real") if column in answers]
    known = answers.groupby("picture")[facts].first().assign(n=answers.groupby("picture").size())
    known.index = known.index.astype(str)
    table = modes.join(known).rename_axis("pair" if of_pairs else "stimulus").sort_index()
    reliability = float(np.clip(1 - (table["se"] ** 2).mean() / sd**2, 0, 1))
    return PictureOutcome(name, of_pairs, unit, fit.formula, reliability, sample, table)
