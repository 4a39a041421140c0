"""The published and simulated data sets that other engines were run on."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest


def reference(shared: Path, name: str) -> dict[str, Any]:
    return json.loads((shared / "reference" / f"{name}.json").read_text())


@pytest.fixture(scope="session")
def gengap(shared: Path) -> pd.DataFrame:
    """Luedemann, Schulz & Kuhl 2024: 112 people x 60 portraits."""
    trials = pd.read_csv(shared / "data" / "gengap" / "trials.csv")
    trials = trials[trials.passed_check == 1]
    return trials.assign(
        ai_c=trials.is_ai - 0.5, age_c=np.where(trials.age_group == "old", 0.5, -0.5)
    ).reset_index(drop=True)


@pytest.fixture(scope="session")
def sim_2afc(shared: Path) -> pd.DataFrame:
    """Simulated: 80 people x 60 pairs at four exposures."""
    trials = pd.read_csv(shared / "data" / "sim_2afc" / "trials.csv")
    return trials.assign(ai_right_c=trials.ai_right - 0.5)


@pytest.fixture(scope="session")
def trust(sim_2afc: pd.DataFrame) -> pd.DataFrame:
    """The ratings of sim_2afc, one row per face."""
    ratings = sim_2afc.melt(["participant", "pair"], ["trust_ai", "trust_real"], value_name="trust")
    return ratings.assign(is_ai_c=np.where(ratings.variable == "trust_ai", 0.5, -0.5))


@pytest.fixture(scope="session")
def sleepstudy(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "reference" / "sleepstudy.csv")


@pytest.fixture(scope="session")
def cbpp(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "reference" / "cbpp.csv", dtype={"period": str})
