"""Estimates agree with lme4, lmerTest, glmmTMB and ordinal on real, simulated and textbook data."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.mixed import MixedFit, fit_mixed
from tests.analysis.mixed.conftest import reference

BERNOULLI = (
    "gengap_A_correct_ri_logit",
    "gengap_B_saidai_ri_probit",
    "gengap_C_saidai_ri_logit",
    "gengap_D_saidai_slope_probit",
    "gengap_E_saidai_slope_logit",
    "gengap_G_saidai_age_slope_probit",
    "gengap_G2_saidai_age_slope_logit",
    "gengap_H_correct_ai_slope_logit",
    "cbpp_laplace",
    "sim2afc_probit_slope",
    "sim2afc_correct_logit_ri",
    "sim2afc_logit_slope",
)
GAUSSIAN = (
    ("gengap_lmm_rt", "log_rt_slope_REML"),
    ("gengap_lmm_rt", "log_rt_slope_ML"),
    ("gengap_lpm", "lpm"),
    ("sleepstudy_lme4", "sleepstudy_slope_REML"),
    ("sleepstudy_lme4", "sleepstudy_slope_ML"),
    ("sleepstudy_lme4", "sleepstudy_ri_REML"),
    ("sim2afc", "trust_lmm_REML"),
    ("sim2afc", "trust_lmm_ML"),
)


def sds(fit: MixedFit) -> dict[tuple[str, str], float]:
    return {(row.group, row.term): row.sd for row in fit.random.itertuples()}


def r_name(term: str) -> str:
    return "Intercept" if term == "(Intercept)" else term


@pytest.fixture(scope="session")
def tables(gengap, sim_2afc, trust, sleepstudy, cbpp) -> dict[str, pd.DataFrame]:
    return {
        "gengap": gengap,
        "log_rt": gengap,
        "lpm": gengap,
        "sim2afc": sim_2afc,
        "trust": trust,
        "sleepstudy": sleepstudy,
        "cbpp": cbpp,
    }


def table_of(name: str, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return next(table for prefix, table in tables.items() if name.startswith(prefix))


@pytest.mark.parametrize("name", BERNOULLI)
def test_bernoulli_models_agree_with_glmmtmb(name: str, shared: Path, tables) -> None:
    both = reference(shared, "glmm_lme4_glmmTMB")[name]
    known = both["glmmTMB"]
    fit = fit_mixed(
        both["lme4_tight"]["formula"], table_of(name, tables), family="bernoulli", link=known["link"]
    )
    assert fit.converged
    assert not fit.singular
    assert fit.loglik == pytest.approx(known["logLik"], abs=1e-4)
    assert fit.fixed["estimate"].to_numpy() == pytest.approx(
        [e["Estimate"] for e in known["fixef"]], abs=2e-4
    )
    assert fit.fixed["se"].to_numpy() == pytest.approx([e["SE"] for e in known["fixef"]], abs=5e-5)
    for group, terms in known["sd"].items():
        for term, sd in terms.items():
            assert sds(fit)[group, r_name(term)] == pytest.approx(sd, abs=1e-4)
    if fit.link == "logit":
        assert fit.loglik >= both["lme4_tight"]["logLik"] - 1e-6


@pytest.mark.parametrize(("file", "name"), GAUSSIAN)
def test_gaussian_models_agree_with_lmertest(file: str, name: str, shared: Path, tables) -> None:
    known = reference(shared, file)[name]
    formula = known["formula"].removesuffix(" ML").removesuffix(" linear probability model")
    formula = formula.split(" linear")[0]
    fit = fit_mixed(formula, table_of(name, tables), family="gaussian", reml=known["REML"])
    rows = known["fixef"]
    assert fit.converged
    assert fit.loglik == pytest.approx(known["logLik"], abs=1e-6)
    assert fit.fixed["estimate"].to_numpy() == pytest.approx([e["Estimate"] for e in rows], abs=1e-7)
    assert fit.fixed["se"].to_numpy() == pytest.approx([e["Std. Error"] for e in rows], rel=5e-5)
    assert fit.fixed["df"].to_numpy() == pytest.approx([e["df"] for e in rows], rel=1e-4)
    assert fit.fixed["p"].to_numpy() == pytest.approx([e["Pr(>|t|)"] for e in rows], rel=2e-3)
    for row in known["varcomp"]:
        if row["var2"] is None:
            term = r_name(row["var1"] or "Residual")
            assert sds(fit)[row["grp"], term] == pytest.approx(row["sdcor"], rel=2e-4)


def test_the_cumulative_probit_agrees_with_clmm(shared: Path, trust) -> None:
    known = reference(shared, "sim2afc")["trust_clmm_probit"]
    formula = "trust ~ is_ai_c + (1 + is_ai_c | participant) + (1 | pair)"
    fit = fit_mixed(formula, trust, family="ordinal", link="probit")
    table = pd.concat([fit.thresholds, fit.fixed])
    assert list(table.index) == [row["term"] for row in known["coef"]]
    assert fit.loglik == pytest.approx(known["logLik"], abs=1e-4)
    assert table["estimate"].to_numpy() == pytest.approx([e["Estimate"] for e in known["coef"]], abs=1e-4)
    assert table["se"].to_numpy() == pytest.approx([e["Std. Error"] for e in known["coef"]], rel=5e-4)


def test_an_ordinal_model_with_two_categories_is_a_bernoulli_model(gengap) -> None:
    formula = "said_ai ~ ai_c + (1 + ai_c | participant) + (1 | stimulus)"
    ordinal = fit_mixed(formula, gengap, family="ordinal", link="logit")
    bernoulli = fit_mixed(formula, gengap, family="bernoulli", link="logit")
    assert ordinal.loglik == pytest.approx(bernoulli.loglik, abs=1e-6)
    assert ordinal.thresholds.loc["0|1", "estimate"] == pytest.approx(
        -bernoulli.fixed.loc["Intercept", "estimate"], abs=1e-5
    )
    assert ordinal.fixed.loc["ai_c", "se"] == pytest.approx(bernoulli.fixed.loc["ai_c", "se"], rel=1e-3)


def test_correct_and_said_ai_are_one_model(gengap) -> None:
    random = "(1 + ai_c | participant) + (1 | stimulus)"
    fits = [
        fit_mixed(f"{answer} ~ ai_c + {random}", gengap, family="bernoulli")
        for answer in ("correct", "said_ai")
    ]
    assert [round(fit.loglik, 4) for fit in fits] == [-2141.2859, -2141.2859]


def test_counts_and_shares_with_weights_are_the_same_model(cbpp) -> None:
    counts = fit_mixed("cbind(incidence, size - incidence) ~ period + (1 | herd)", cbpp, family="bernoulli")
    shares = cbpp.assign(share=cbpp.incidence / cbpp["size"])
    weighted = fit_mixed("share ~ period + (1 | herd)", shares, family="bernoulli", weights="size")
    assert counts.loglik == pytest.approx(weighted.loglik, abs=1e-9)
    assert counts.n_observations == 56
    assert counts.fixed["estimate"].to_numpy() == pytest.approx(weighted.fixed["estimate"], abs=1e-7)


def test_the_profile_interval_of_sleepstudy_is_the_documented_one(sleepstudy) -> None:
    """lme4's documentation, confint(fm1, method = "profile")."""
    fit = fit_mixed("Reaction ~ Days + (Days | Subject)", sleepstudy)
    days, intercept = fit.profile("Days"), fit.profile("Intercept")
    assert (days.low, days.high) == pytest.approx((7.358653, 13.575919), abs=1e-4)
    assert (intercept.low, intercept.high) == pytest.approx((237.6806955, 265.1295147), abs=1e-3)


@pytest.mark.parametrize(
    ("group", "term", "low", "high"),
    [
        ("Subject", "Intercept", 14.3815, 37.716),
        ("Subject", "Days", 3.8012, 8.7534),
        ("Residual", "Residual", 22.8983, 28.858),
    ],
)
def test_profile_intervals_of_standard_deviations_are_the_documented_ones(sleepstudy, group, term, low, high):
    """Bates et al. 2015, section 5.2: the fit is REML, the profile is by maximum likelihood."""
    fit = fit_mixed("Reaction ~ Days + (Days | Subject)", sleepstudy)
    interval = fit.profile_sd(group, term)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=2e-3)
