"""Small studies with known truth, made as tables: pairs or single faces, tagged or edited pictures."""

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.dataset import Coded, Dataset, Face, FacePair, from_table
from analysis.protocol import AnalysisPlan

PLAN = AnalysisPlan(smallest_effect=0.2, alpha=0.05, primary=("distrust", "closer-look"))


def pair_answers(
    *,
    people: int = 30,
    pairs: int = 20,
    exposures: tuple[float, ...] = (100, 1600),
    trust: float = -0.4,
    trust_where_missed: float | None = None,
    d_prime: tuple[float, ...] = (0.4, 1.4),
    more_d: dict[int, float] | None = None,
    hire: float | None = None,
    spread: float = 0.2,
    seed: int = 1,
) -> pd.DataFrame:
    """One row per trial of a pair; ``more_d`` adds to the d' of some pairs, by number.

    Trust, choice and confidence are of the same trial.
    """
    rng = np.random.default_rng(seed)
    person, pair = (axis.ravel() for axis in np.meshgrid(range(people), range(pairs), indexing="ij"))
    which = (person + pair) % len(exposures)
    made = np.where((person + pair) // len(exposures) % 2, "left", "right")
    of_person, of_pair = spread * rng.standard_normal((3, people)), spread * rng.standard_normal((3, pairs))
    more = pd.Series(pair).map(more_d or {}).fillna(0.0).to_numpy()
    d = np.array(d_prime)[which] + more + of_person[0][person] + of_pair[0][pair]
    strength = d / np.sqrt(2) + rng.standard_normal(len(pair))
    correct = strength > 0
    effect = (
        np.full(len(pair), trust)
        if trust_where_missed is None
        else np.where(correct, trust, trust_where_missed)
    )
    effect = effect + of_person[1][person] + of_pair[1][pair]
    level = 4.2 + 0.6 * rng.standard_normal(people)[person] + of_pair[2][pair]

    def rated(shift: np.ndarray) -> np.ndarray:
        return np.clip(np.rint(level + shift + rng.standard_normal(len(pair))), 1, 7)

    table = pd.DataFrame(
        {
            "participant": [f"p{n:03d}" for n in person],
            "pair": [f"q{n:03d}" for n in pair],
            "made": made,
            "exposure_ms": np.array(exposures)[which],
            "said": np.where(correct, made, np.where(made == "left", "right", "left")),
            "confidence": 1 + np.digitize(np.abs(strength), (0.4, 0.9, 1.5)),
            "trust_real": rated(np.zeros(len(pair))),
            "trust_ai": rated(effect),
        }
    )
    if hire is not None:
        table = table.assign(hire_real=rated(np.zeros(len(pair))), hire_ai=rated(np.full(len(pair), hire)))
    return table


def pair_study(table: pd.DataFrame, *, plan: AnalysisPlan = PLAN) -> Dataset:
    """The table as a dataset of pairs, with whatever questions it holds."""
    ratings = {
        name: {"real": f"{name}_real", "ai": f"{name}_ai"}
        for name in ("trust", "hire", "lifelike")
        if f"{name}_ai" in table
    }
    return from_table(
        table,
        name="pairs.csv",
        participant="participant",
        shown=FacePair("pair", made_side="made"),
        detect="said" if "said" in table else None,
        confidence="confidence" if "confidence" in table else None,
        ratings=ratings,
        exposure_ms="exposure_ms",
        rt_ms="rt_ms" if "rt_ms" in table else None,
        plan=plan,
    )


def single_study(
    *,
    people: int = 30,
    faces: int = 40,
    trust: float = -0.5,
    d_prime: tuple[float, float] = (0.4, 1.4),
    seed: int = 1,
) -> Dataset:
    """Single faces, half of them AI and in no pairs, rated for trust and called real or AI."""
    rng = np.random.default_rng(seed)
    person, face = (axis.ravel() for axis in np.meshgrid(range(people), range(faces), indexing="ij"))
    made = face % 2
    late = (person + face // 2) % 2
    d = np.array(d_prime)[late]
    said = (made - 0.5) * d + 0.2 * rng.standard_normal(faces)[face] + rng.standard_normal(len(face)) > 0
    level = 4.2 + 0.6 * rng.standard_normal(people)[person] + 0.2 * rng.standard_normal(faces)[face]
    rating = np.clip(np.rint(level + trust * made + rng.standard_normal(len(face))), 1, 7)
    table = pd.DataFrame(
        {
            "participant": [f"p{n:03d}" for n in person],
            "stimulus": [f"s{n:03d}" for n in face],
            "made": made,
            "exposure_ms": np.array([100.0, 1600.0])[late],
            "said": np.where(said, "ai", "real"),
            "trust": rating,
        }
    )
    return from_table(
        table,
        name="faces.csv",
        participant="participant",
        shown=Face("stimulus", origin=Coded("made", {0: "real", 1: "ai"})),
        detect="said",
        ratings={"trust": "trust"},
        exposure_ms="exposure_ms",
        plan=PLAN,
    )


def tagged(dataset: Dataset, tags: dict[int, str]) -> Dataset:
    """With artifacts of the made faces of some pairs, by the pair's number."""
    named = {f"q{number:03d} ai": artifacts for number, artifacts in tags.items()}
    return replace(dataset, stimuli=dataset.stimuli.assign(artifacts=dataset.stimuli["stimulus"].map(named)))


def edited(dataset: Dataset, *, defect: str, doses: tuple[float, ...]) -> Dataset:
    """The made faces as photographs edited with one defect, the doses going round among pairs."""
    stimuli = dataset.stimuli
    made = stimuli["origin"] == "ai"
    number = stimuli["stimulus"].str.extract(r"(\d+)")[0].astype(int)
    dose = number.map(lambda n: doses[n % len(doses)]).astype(float)
    trials = dataset.trials.replace({"left_origin": {"ai": "edited"}, "right_origin": {"ai": "edited"}})
    return replace(
        dataset,
        protocol=replace(dataset.protocol, stimulus_kind="edited"),
        trials=trials,
        stimuli=stimuli.assign(
            origin=stimuli["origin"].mask(made, "edited"),
            defect=pd.Series(defect, index=stimuli.index).where(made),
            dose=dose.where(made),
        ),
    )
