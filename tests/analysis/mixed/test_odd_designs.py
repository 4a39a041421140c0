"""Odd tables, drawn at random: a fit is the same whatever the order and the names, or says why it is none."""

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.mixed import DesignError, MixedFit, fit_mixed

FAMILIES = {"bernoulli": "yes", "gaussian": "z", "ordinal": "rating"}
USUAL = "a + b + (1 + a | g) + (1 | h)"
Change = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]


def _nothing(t: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return t


def _holes(t: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return t.assign(a=t["a"].mask(rng.random(len(t)) < 0.1), g=t["g"].mask(rng.random(len(t)) < 0.05))


def _unused(t: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return t.assign(kind=pd.Categorical(t["kind"], categories=["x", "never", "y", "z"]))


#: Right side, options, and what is done to the table first.
DESIGNS: dict[str, tuple[str, dict[str, str], Change]] = {
    "usual": (USUAL, {}, _nothing),
    "something missing": (USUAL, {}, _holes),
    "nested": ("a + (1 | class/g) + (1 | h)", {}, lambda t, _: t.assign(**{"class": t["g"] // 3})),
    "three crossed": (
        "a + (1 | g) + (1 | h) + (1 | c)",
        {},
        lambda t, r: t.assign(c=r.integers(0, 6, len(t))),
    ),
    "cells": ("a + (1 | g) + (1 | h) + (1 | g:h)", {}, _nothing),
    "one level": (USUAL, {}, lambda t, _: t.assign(h=1)),
    "slope over levels": ("u + (1 + u | g) + (1 | h)", {}, lambda t, _: t.assign(u=np.cos(t["g"]))),
    "weights 0": (USUAL, {"weights": "w"}, lambda t, r: t.assign(w=r.choice([0, 1, 2], len(t)))),
    "large offset": (USUAL, {"offset": "o"}, lambda t, r: t.assign(o=1e6 + r.normal(size=len(t)))),
    "collinear": ("a + b + c + (1 + a | g) + (1 | h)", {}, lambda t, _: t.assign(c=2 * t["a"] - t["b"])),
    "collinear slopes": ("a + (1 + a + c | g)", {}, lambda t, _: t.assign(c=2 * t["a"])),
    "interaction slope": ("a*b + (a*b || g) + (1 | h)", {}, _nothing),
    "slope only": ("0 + a + (0 + a | g) + (0 + b | h)", {}, _nothing),
    "unused category": ("kind + (1 + kind | g) + (1 | h)", {}, _unused),
    "cell means": ("kind + (0 + kind || g) + (1 | h)", {}, _nothing),
    "truth as predictor": ("b + (1 + b | g) + (1 | h)", {}, lambda t, _: t.assign(b=t["b"] > 0)),
    "separated": (
        "kind + (1 | g) + (1 | h)",
        {},
        lambda t, _: t.assign(yes=t["yes"].where(t["kind"] != "x", 1)),
    ),
    "empty category": (USUAL, {}, lambda t, _: t.assign(rating=t["rating"].replace(3, 5))),
    "infinite": (USUAL, {}, lambda t, _: t.assign(a=t["a"].where(t.index > 0, np.inf))),
    "few rows": (USUAL, {}, lambda t, _: t.head(4)),
    "small and large units": (USUAL, {}, lambda t, _: t.assign(a=t["a"] * 1e8, b=t["b"] * 1e-7)),
    "one index": (USUAL, {}, lambda t, _: t.set_index(np.zeros(len(t), dtype=int))),
    "nullable": (USUAL, {}, lambda t, _: t.astype({"yes": "Int64", "g": "string", "a": "Float64"})),
}


def drawn(seed: int, change: Change) -> pd.DataFrame:
    """2 to 9 people and pictures, some cells empty or repeated, variances from absent to large."""
    rng = np.random.default_rng(seed)
    n_g, n_h = (int(n) for n in rng.integers(2, 10, 2))
    table = pd.DataFrame({"g": np.repeat(np.arange(n_g), n_h), "h": np.tile(np.arange(n_h), n_g)})
    table = table.sample(n=int(len(table) * rng.uniform(0.6, 1.6)), replace=True, random_state=seed)
    table = table.reset_index(drop=True)
    n = len(table)
    table["a"], table["b"] = rng.normal(size=n), rng.choice([-0.5, 0.5], n)
    table["kind"] = rng.choice(["x", "y", "z"], n)
    sd_g, sd_h, sd_a = rng.choice([0.0, 0.3, 1.0], 3)
    z = 0.2 + 0.6 * table["a"] + sd_g * rng.normal(size=n_g)[table["g"]]
    z = z + sd_h * rng.normal(size=n_h)[table["h"]] + sd_a * rng.normal(size=n_g)[table["g"]] * table["a"]
    table["z"] = z + rng.normal(size=n)
    table["yes"] = (table["z"] > 0).astype(int)
    table["rating"] = np.digitize(table["z"], [-1.0, -0.2, 0.5, 1.2]) + 1
    return change(table, rng)


def fitted(right: str, table: pd.DataFrame, family: str, options: dict[str, str]) -> MixedFit | str:
    """The fit, or the sentence that says why there is none. Any other error or warning fails the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            fit = fit_mixed(f"{FAMILIES[family]} ~ {right}", table, family=family, **options)
        except DesignError as error:
            return str(error)
        assert np.isfinite(fit.loglik)
        assert np.isfinite(fit.fixed["estimate"]).all()
        assert fit.converged or fit.messages[-1].startswith("The search did not converge")
        assert len(fit.random)
        assert len(fit.covariance)
        assert len(fit.simulate(np.random.default_rng(1))) == len(fit.predict()) == fit.n_observations
        return fit


@pytest.mark.parametrize("design", DESIGNS)
@settings(max_examples=2, deadline=None, derandomize=True)
@given(seed=st.integers(0, 100_000), family=st.sampled_from(sorted(FAMILIES)))
def test_an_odd_table_gives_the_same_in_any_order_or_says_why_not(design, seed, family):
    right, options, change = DESIGNS[design]
    table = drawn(seed, change)
    one = fitted(right, table, family, options)
    turned = fitted(right, table.sample(frac=1, random_state=3), family, options)
    if isinstance(one, str):
        assert one == turned
        return
    assert not isinstance(turned, str)
    assert turned.loglik == one.loglik
    assert (turned.fixed["estimate"] == one.fixed["estimate"]).all()
    assert turned.messages == one.messages


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=5, deadline=None, derandomize=True)
@given(seed=st.integers(0, 100_000))
def test_names_of_levels_and_columns_change_nothing(family, seed):
    table = drawn(seed, _nothing)
    people, pictures = (f"{column} of 2" for column in ("people", "pictures"))
    renamed = table.rename(columns={"a": "my a", "g": people, "h": pictures})
    renamed[people] = [f"p {7 * g % 11}" for g in renamed[people]]
    one = fitted(USUAL, table, family, {})
    right = f"`my a` + b + (1 + `my a` | `{people}`) + (1 | `{pictures}`)"
    other = fitted(right, renamed, family, {})
    assert isinstance(one, MixedFit) == isinstance(other, MixedFit)
    if isinstance(one, MixedFit) and isinstance(other, MixedFit) and one.converged and other.converged:
        assert other.loglik == pytest.approx(one.loglik, abs=1e-4)
        assert other.fixed["estimate"].to_numpy() == pytest.approx(one.fixed["estimate"].to_numpy(), abs=2e-2)
