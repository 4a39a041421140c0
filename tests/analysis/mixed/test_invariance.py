"""What must not matter does not matter, and what is fast agrees with what is slow and plain."""

import numpy as np
import pytest

from analysis.mixed import fit_mixed
from analysis.mixed.answers import read_answers
from analysis.mixed.design import build_design
from analysis.mixed.formula import read_formula
from analysis.mixed.model import Model
from tests.analysis.mixed.crossed import dense_laplace, dense_random, simulate_crossed

FAMILIES = (
    ("bernoulli", "logit", "yes"),
    ("bernoulli", "probit", "yes"),
    ("gaussian", None, "z"),
    ("ordinal", "probit", "rating"),
)
FORMULA = "{} ~ ai + (1 + ai | participant) + (1 | stimulus)"


@pytest.mark.parametrize("repeats", [1, 2])
@pytest.mark.parametrize(("family", "link", "answer"), FAMILIES)
def test_the_order_of_rows_does_not_matter_to_the_last_bit(family, link, answer, repeats):
    table = simulate_crossed(15, 8, 12, seed=4, repeats=repeats)
    fits = [
        fit_mixed(FORMULA.format(answer), rows, family=family, link=link)
        for rows in (table, table.sample(frac=1, random_state=1), table.iloc[::-1])
    ]
    assert len({fit.loglik for fit in fits}) == 1
    assert len({tuple(fit.fixed.to_numpy().ravel()) for fit in fits}) == 1


@pytest.mark.parametrize(("family", "link", "answer"), FAMILIES)
def test_names_and_the_order_of_terms_do_not_matter(family, link, answer):
    table = simulate_crossed(15, 8, 12, seed=5)
    one = fit_mixed(FORMULA.format(answer), table, family=family, link=link)
    renamed = table.assign(participant=table.participant.map(lambda name: f"{97 * int(name[1:]) % 101:03d}"))
    formula = f"{answer} ~ (1 | stimulus) + (1 + ai | participant) + ai"
    other = fit_mixed(formula, renamed, family=family, link=link)
    assert other.loglik == pytest.approx(one.loglik, abs=1e-6)
    assert other.fixed.loc["ai"].to_numpy() == pytest.approx(one.fixed.loc["ai"], rel=1e-3)


def test_the_unit_of_a_predictor_does_not_matter():
    table = simulate_crossed(20, 10, 16, seed=6)
    one = fit_mixed("yes ~ ai + (1 + ai | participant) + (1 | stimulus)", table, family="bernoulli")
    milli = table.assign(ai=table.ai * 5000)
    other = fit_mixed("yes ~ ai + (1 + ai | participant) + (1 | stimulus)", milli, family="bernoulli")
    assert other.loglik == pytest.approx(one.loglik, abs=1e-6)
    assert other.random["sd"][1] == pytest.approx(one.random["sd"][1] / 5000, rel=1e-4)
    assert other.singular == one.singular


def model_with(table, formula: str, link: str) -> Model:
    design = build_design(
        read_formula(formula), table, weights=None, offset=None, intercept_is_threshold=False
    )
    return Model(design, read_answers(design, "bernoulli"), "bernoulli", link, False)


@pytest.mark.parametrize("link", ["logit", "probit"])
@pytest.mark.parametrize(
    ("formula", "participants", "stimuli", "repeats"),
    [
        ("yes ~ ai + (1 + ai | participant) + (1 | stimulus)", 8, 6, 1),
        ("yes ~ ai + (1 + ai | participant) + (1 | stimulus)", 8, 6, 3),
        ("yes ~ ai + (1 | participant) + (1 + ai | stimulus)", 5, 9, 2),
        ("yes ~ ai + (1 + ai || participant) + (1 | stimulus) + (1 | participant:stimulus)", 6, 5, 2),
        ("yes ~ ai + (1 | participant)", 8, 6, 2),
        ("yes ~ ai + (1 + ai | participant) + (0 + ai | stimulus) + (1 | block)", 7, 6, 2),
    ],
)
def test_the_likelihood_is_the_one_computed_densely(formula, participants, stimuli, repeats, link):
    table = simulate_crossed(participants, 5, stimuli, seed=7, repeats=repeats)
    table = table.assign(block=np.arange(len(table)) % 3)
    model = model_with(table, formula, link)
    objective, structure = model.laplace(), model.design.structure
    theta = np.linspace(0.9, 0.4, structure.n_theta)
    beta = np.array([0.3, -0.5])
    groups = [(group.codes, group.raw) for group in structure.groups]
    zl = dense_random(groups, structure.factors(theta))
    slow = dense_laplace(model.answers.y, model.design.x @ beta, zl, link)
    fast = -objective.value(np.concatenate([beta, theta]), tolerance=1e-16)
    assert fast == pytest.approx(slow, abs=1e-6)


@pytest.mark.parametrize("reml", [True, False])
def test_the_gaussian_likelihood_is_the_multivariate_normal_one(reml):
    table = simulate_crossed(7, 5, 6, seed=8, repeats=2)
    formula = "z ~ ai + (1 + ai | participant) + (1 + ai || stimulus)"
    fit = fit_mixed(formula, table, reml=reml)
    structure, x = fit.model.design.structure, fit.model.design.x
    groups = [(group.codes, group.raw) for group in structure.groups]
    zl = dense_random(groups, structure.factors(fit.estimates.theta))
    v = fit.sigma**2 * (np.eye(len(x)) + zl @ zl.T)
    inverse = np.linalg.inv(v)
    information = x.T @ inverse @ x
    beta = np.linalg.solve(information, x.T @ inverse @ fit.model.answers.y)
    residual = fit.model.answers.y - x @ beta
    n = len(x) - (x.shape[1] if reml else 0)
    value = -0.5 * (n * np.log(2 * np.pi) + np.linalg.slogdet(v)[1] + residual @ inverse @ residual)
    if reml:
        value -= 0.5 * np.linalg.slogdet(information)[1]
    assert fit.loglik == pytest.approx(value, abs=1e-6)
    assert fit.fixed["estimate"].to_numpy() == pytest.approx(beta, abs=1e-9)
    assert fit.fixed["se"].to_numpy() == pytest.approx(np.sqrt(np.diag(np.linalg.inv(information))), rel=1e-7)


def test_a_large_dense_part_is_worked_through_in_pieces(monkeypatch):
    table = simulate_crossed(30, 10, 20, seed=9)
    whole = fit_mixed(FORMULA.format("yes"), table, family="bernoulli")
    monkeypatch.setattr("analysis.mixed.factor._DENSE_NUMBERS", 100)
    pieces = fit_mixed(FORMULA.format("yes"), table, family="bernoulli")
    assert pieces.estimates.objective.factor._chunk < 5
    assert pieces.loglik == pytest.approx(whole.loglik, abs=1e-9)
    assert pieces.fixed["se"].to_numpy() == pytest.approx(whole.fixed["se"], rel=1e-6)


def test_whichever_side_is_larger_is_eliminated():
    wide = fit_mixed(
        "yes ~ ai + (1 | participant) + (1 | stimulus)",
        simulate_crossed(6, 30, 40, seed=1),
        family="bernoulli",
    )
    tall = fit_mixed(
        "yes ~ ai + (1 | participant) + (1 | stimulus)",
        simulate_crossed(40, 10, 12, seed=1),
        family="bernoulli",
    )
    names = [group.name for group in wide.model.design.structure.groups]
    assert names[wide.model.layout.eliminated] == "stimulus"
    assert names[tall.model.layout.eliminated] == "participant"
