"""A study to be simulated: pairs rated for trust and told apart at two exposures, and single faces."""

import pytest

from analysis.power import PlannedStudy
from analysis.power.study import AskedTrials
from analysis.protocol import AnalysisPlan, ExclusionRules


def planned(layout="pair", **changes):
    asked = AskedTrials(layout, 12, (100.0, 2000.0), (1, 7))
    values = {
        "title": "Faces",
        "target": 40,
        "n_pairs": 24,
        "plan": AnalysisPlan(smallest_effect=0.2, alpha=0.05, primary=()),
        "exclusions": ExclusionRules(min_rt_ms=200, constant_responder=True),
        "replaces_careless": False,
        "claims": dict.fromkeys(("distrust", "milliseconds", "closer-look", "detection"), asked),
    }
    return PlannedStudy(**(values | changes))


@pytest.fixture
def study():
    return planned()
