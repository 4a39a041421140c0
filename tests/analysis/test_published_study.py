"""Luedemann, Schulz & Kuhl 2024 from the published file: every printed number, and R's of the same data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu, ttest_1samp

from analysis.dataset import Dataset, Face, from_table
from analysis.detection_model import model_detection, single_judgements
from analysis.exclusions import Exclusions, apply_exclusions
from analysis.intervals import resample
from analysis.mixed import fit_mixed, sensitivity
from analysis.picture_figures import Conclusion, generalisation_figure
from analysis.protocol import ExclusionRules
from analysis.published.download import fetch_published
from analysis.published.gengap import gengap_trials
from analysis.reliability import cronbach_alpha, intraclass_correlations
from analysis.reliability.intraclass import components_intraclass
from analysis.repeated_measures import repeated_measures_anova
from analysis.single_faces import detect_faces, face_judgements, participant_faces, stimulus_faces
from analysis.speed import log_time_model, response_times
from analysis.standalone import standalone


@pytest.fixture(scope="module")
def answers(shared: Path) -> pd.DataFrame:
    return gengap_trials(fetch_published("gengap", shared / "data" / "gengap"))


@pytest.fixture(scope="module")
def data(answers: pd.DataFrame) -> Dataset:
    return from_table(
        answers,
        name="gengap",
        participant="participant",
        shown=Face("stimulus", "origin"),
        detect="said",
        rt_s="rt_s",
        asked_answer="asked_answer",
        about_participant=["age_group", "confidence_real", "confidence_ai"],
        exclusions=ExclusionRules(max_failed_checks=0),
    )


@pytest.fixture(scope="module")
def declared(data: Dataset) -> Exclusions:
    return apply_exclusions(data)


@pytest.fixture(scope="module")
def judged(declared: Exclusions) -> pd.DataFrame:
    groups = declared.kept.participants[["participant", "age_group"]]
    table = face_judgements(declared.kept).merge(groups, on="participant")
    return table.assign(
        stimulus=table["left"],
        origin=np.where(table["made"], "ai", "real"),
        correct=table["correct"].astype(int),
        said_ai=table["said_ai"].astype(int),
        error_percent=100 * (~table["correct"].astype(bool)),
        rt_s=table["rt_ms"] / 1000,
        log_rt=np.log(table["rt_ms"] / 1000),
        ai_c=table["made"] - 0.5,
        age_c=np.where(table["age_group"] == "old", 0.5, -0.5),
    )


def reference(shared: Path, name: str) -> Any:
    return json.loads((shared / "reference" / f"{name}.json").read_text())


def test_the_spreadsheet_is_read_as_others_read_it(answers: pd.DataFrame, shared: Path) -> None:
    derived = pd.read_csv(shared / "data" / "gengap" / "trials.csv")
    both = answers.merge(derived, on=["participant", "stimulus"], validate="one_to_one")
    assert len(both) == len(derived) == 7200
    assert ((both["said"] == "ai") == (both["said_ai"] == 1)).all()
    assert ((both["origin"] == "ai") == (both["is_ai"] == 1)).all()
    assert (both["rt_s_x"] == both["rt_s_y"]).all()
    assert (both["age_group_x"] == both["age_group_y"]).all()


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.xlsx").write_bytes(b"")
    with pytest.raises(ValueError, match="expected the published file with sha256 e503669125b6…, found"):
        gengap_trials(tmp_path / "other.xlsx")


def test_the_check_picture_excludes_the_eight_that_the_authors_excluded(declared: Exclusions) -> None:
    table = declared.table.set_index("rule")
    assert table.loc["max_failed_checks", "n_participants"] == 8
    assert len(declared.kept.participants) == 112
    assert declared.kept.participants["age_group"].value_counts().to_dict() == {"young": 57, "old": 55}
    assert len(declared.kept.trials) == 6720


def test_the_accuracies_are_the_published_ones(judged: pd.DataFrame, shared: Path) -> None:
    share = judged.groupby("origin")["correct"].mean()
    found = [judged["correct"].mean(), share["real"], share["ai"]]
    assert [round(100 * each, 2) for each in found] == [87.01, 89.17, 84.85]
    assert found == pytest.approx(list(reference(shared, "gengap_basic")["accuracy"].values()), abs=1e-12)


@pytest.mark.parametrize(
    ("value", "r", "printed"),
    [
        (
            "error_percent",
            "published_anova_accuracy_check",
            {
                "age_group": (26.861, 0.196),
                "origin": (5.721, 0.018, 0.049),
                "age_group:origin": (2.744, 0.100),
            },
        ),
        (
            "rt_s",
            "published_anova_rt_check",
            {"age_group": (26.223,), "origin": (0.918, 0.340), "age_group:origin": (2.424, 0.122)},
        ),
    ],
)
def test_both_analyses_of_variance_are_the_published_ones(
    judged: pd.DataFrame, shared: Path, value: str, r: str, printed: dict[str, tuple[float, ...]]
) -> None:
    found = repeated_measures_anova(judged, value=value, within=["origin"], between=["age_group"]).effects
    assert (found["df_error"] == 110).all()
    for term, numbers in printed.items():
        mine = {round(found.loc[term, name], 3) for name in ("f", "p", "partial_eta2")}
        assert set(numbers) <= mine
    strata = reference(shared, "gengap_basic")[r]
    rows = {row["term"]: row for stratum in strata.values() for row in stratum if row["F"] is not None}
    for term, name in {
        "age_group": "age_group",
        "origin": "isf",
        "age_group:origin": "age_group:isf",
    }.items():
        assert found.loc[term, "f"] == pytest.approx(rows[name]["F"], abs=1e-8)
        assert found.loc[term, "p"] == pytest.approx(rows[name]["p"], abs=1e-8)
        assert found.loc[term, "ss"] == pytest.approx(rows[name]["SS"], rel=1e-10)


def test_the_rank_tests_of_confidence_are_the_published_ones(declared: Exclusions) -> None:
    people = declared.kept.participants
    people = people.assign(both=people["confidence_real"] + people["confidence_ai"])
    old, young = (people[people["age_group"] == group] for group in ("old", "young"))
    published = {"both": 920.5, "confidence_real": 874.5, "confidence_ai": 1065.5}
    for name, u in published.items():
        assert mannwhitneyu(old[name], young[name]).statistic == u


def test_every_persons_sensitivity_and_criterion_are_rs(judged: pd.DataFrame, shared: Path) -> None:
    r = pd.read_csv(shared / "reference" / "gengap_sdt_per_participant.csv").set_index("participant")
    mine = participant_faces(judged).set_index("participant").loc[r.index]
    columns = {
        "hits": "hits",
        "n_ai": "n_signal",
        "false_alarms": "fas",
        "n_real": "n_noise",
        "hit_rate": "H_ll",
        "false_alarm_rate": "F_ll",
        "d_prime": "dprime",
        "criterion": "c",
        "log_beta": "ln_beta",
        "share_correct": "pc",
    }
    for name, theirs in columns.items():
        assert mine[name].to_numpy(dtype=float) == pytest.approx(r[theirs].to_numpy(dtype=float), abs=1e-12)
    assert [round(mine["d_prime"].mean(), 4), round(mine["criterion"].mean(), 4)] == [2.4985, 0.1026]


def test_means_and_pooled_values_are_rs_and_their_intervals_those_of_the_t_test(
    judged: pd.DataFrame, shared: Path
) -> None:
    sdt = reference(shared, "gengap_basic")["sdt"]
    people = resample(judged["participant"], judged["pair"], seed=1, over="participants")
    found = detect_faces(judged, people).overall
    assert found.mean_d_prime.estimate == pytest.approx(sdt["mean_dprime"], abs=1e-11)
    assert found.mean_criterion.estimate == pytest.approx(sdt["mean_c"], abs=1e-11)
    assert [found.mean_d_prime.low, found.mean_d_prime.high] == pytest.approx(
        sdt["t_dprime_vs0"]["conf_int"], abs=0.015
    )
    uncorrected = detect_faces(judged, people, correction="none").overall
    assert uncorrected.d_prime.estimate == pytest.approx(sdt["pooled_uncorrected"]["dprime"], abs=1e-11)
    assert uncorrected.criterion.estimate == pytest.approx(sdt["pooled_uncorrected"]["c"], abs=1e-11)
    each = participant_faces(judged)
    assert ttest_1samp(each["d_prime"], 0).statistic == pytest.approx(
        sdt["t_dprime_vs0"]["statistic"], abs=1e-9
    )


def test_alpha_and_agreement_are_rs(judged: pd.DataFrame, shared: Path) -> None:
    r = reference(shared, "gengap_basic")["reliability"]
    parts = {"ai": judged[judged["made"]], "real": judged[~judged["made"]]}
    alpha = {name: cronbach_alpha(part).estimate for name, part in parts.items()}
    assert {name: round(each, 4) for name, each in alpha.items()} == {"ai": 0.8454, "real": 0.7983}
    assert alpha["ai"] == pytest.approx(r["alpha_ai_items"]["alpha"], abs=1e-12)
    assert alpha["real"] == pytest.approx(r["alpha_real_items"]["alpha"], abs=1e-12)
    assert cronbach_alpha(judged).estimate == pytest.approx(r["alpha_all"]["alpha"], abs=1e-12)
    icc, found = r["icc_stimulus_saidai"], intraclass_correlations(judged, value="said_ai")
    assert [found.single.estimate, found.single.low, found.single.high] == pytest.approx(
        [icc["ICC2_1"], *icc["ICC2_1_ci"]], abs=1e-11
    )
    assert [found.average.estimate, found.average.low, found.average.high] == pytest.approx(
        [icc["ICC2_k"], *icc["ICC2_k_ci"]], abs=1e-11
    )
    for form in ("1_1", "1_k", "3_1", "3_k"):
        mine = found.forms.loc[f"ICC({form.replace('_', ',')})", "icc"]
        assert mine == pytest.approx(icc[f"ICC{form}"], abs=1e-11)
    components = components_intraclass(judged, value="said_ai")
    assert components.single.estimate == pytest.approx(icc["ICC2_1"], abs=1e-5)


def test_with_pictures_as_a_sample_the_effect_of_authenticity_is_no_longer_there(
    judged: pd.DataFrame, shared: Path
) -> None:
    r = {row["term"]: row for row in reference(shared, "gengap_lpm")["lpm"]["fixef"]}
    found = fit_mixed("correct ~ ai_c + (1 + ai_c | participant) + (1 | stimulus)", judged).fixed.loc["ai_c"]
    assert found["estimate"] == pytest.approx(r["ai_c"]["Estimate"], abs=1e-6)
    assert found["se"] == pytest.approx(r["ai_c"]["Std. Error"], rel=1e-4)
    assert found["df"] == pytest.approx(r["ai_c"]["df"], rel=1e-3)
    assert found["p"] == pytest.approx(r["ai_c"]["Pr(>|t|)"], abs=1e-4)
    assert round(found["p"], 2) == 0.19


def test_response_times_on_the_log_scale_are_lmers(judged: pd.DataFrame, shared: Path) -> None:
    r = reference(shared, "gengap_lmm_rt")["log_rt_slope_REML"]["fixef"]
    fit = fit_mixed("log_rt ~ ai_c * age_c + (1 + ai_c | participant) + (1 | stimulus)", judged)
    for row in r:
        mine = fit.fixed.loc["Intercept" if row["term"] == "(Intercept)" else row["term"]]
        assert mine["estimate"] == pytest.approx(row["Estimate"], abs=1e-5)
        assert mine["se"] == pytest.approx(row["Std. Error"], rel=1e-3)
        assert mine["df"] == pytest.approx(row["df"], rel=5e-3)


def test_the_chapter_on_speed_finds_lmers_ratios_and_degrees_of_freedom(
    judged: pd.DataFrame, declared: Exclusions, shared: Path
) -> None:
    r = reference(shared, "gengap_lmm_rt")["log_rt_slope_REML"]["fixef"]
    rows = {row["term"]: row for row in r}
    groups = judged.drop_duplicates("participant").set_index("participant")["age_c"]
    times = response_times(declared.kept)
    times = times.assign(age_c=times["participant"].map(groups))
    random = "(1 + made | participant) + (1 | stimulus)"
    effects, typical, _ = log_time_model(times, "made * age_c", random=random, name="speed", question="?")
    for effect, term in zip(effects, ("ai_c", "age_c", "ai_c:age_c"), strict=True):
        assert effect.ratio.estimate == pytest.approx(np.exp(rows[term]["Estimate"]), abs=1e-5)
        assert effect.df == pytest.approx(rows[term]["df"], rel=5e-3)
        assert effect.p == pytest.approx(rows[term]["Pr(>|t|)"], abs=1e-4)
    middle = rows["(Intercept)"]["Estimate"] + rows["age_c"]["Estimate"] * times["age_c"].mean()
    assert typical.estimate == pytest.approx(1000 * np.exp(middle), rel=1e-3)


def test_the_model_of_detection_is_glmmtmbs(declared: Exclusions, shared: Path) -> None:
    r = reference(shared, "glmm_lme4_glmmTMB")["gengap_D_saidai_slope_probit"]["glmmTMB"]["fixef"]
    found = model_detection(single_judgements(face_judgements(declared.kept)))
    assert found.d_prime.estimate == pytest.approx(r[1]["Estimate"], abs=1e-3)
    assert found.d_prime.se == pytest.approx(r[1]["SE"], rel=5e-3)
    assert found.bias.estimate == pytest.approx(-r[0]["Estimate"], abs=1e-3)


def test_sensitivity_of_an_average_person_and_picture_is_glmmtmbs(judged: pd.DataFrame, shared: Path) -> None:
    r = reference(shared, "glmm_lme4_glmmTMB")["gengap_D_saidai_slope_probit"]["glmmTMB"]["fixef"]
    formula = "said_ai ~ ai_c + (1 + ai_c | participant) + (1 | stimulus)"
    fit = fit_mixed(formula, judged, family="bernoulli", link="probit")
    d_prime, criterion = sensitivity(fit, "ai_c", layout="single")["estimate"]
    assert d_prime == pytest.approx(r[1]["Estimate"], abs=1e-3)
    assert criterion == pytest.approx(-r[0]["Estimate"], abs=1e-3)


def test_the_figure_shows_every_picture_and_every_conclusion(judged: pd.DataFrame, tmp_path: Path) -> None:
    conclusions = [
        Conclusion("People", -0.043, -0.079, -0.007, 0.018),
        Conclusion("Both", -0.043, -0.107, 0.021, 0.186),
    ]
    drawn = generalisation_figure(stimulus_faces(judged), conclusions)
    assert "AI minus real: People: -4.3 points, p = .018; Both: -4.3 points, p = .186" in drawn
    assert drawn.count("<use") >= 60
    figure = standalone(drawn)
    assert "var(--" not in figure.svg
    assert "#0072b2" in figure.svg
    saved = figure.save(tmp_path / "figure.svg").read_text(encoding="utf-8")
    assert saved.endswith(figure._repr_svg_())
    with pytest.raises(ValueError, match=r"expected a name that ends in \.svg"):
        figure.save(tmp_path / "figure.png")
