"""Look at a fit for what its reader should know, and say it in words."""

from __future__ import annotations

import numpy as np

from analysis.mixed import messages
from analysis.mixed.estimates import Estimates, random_covariances
from analysis.mixed.maximum import Maximum
from analysis.mixed.model import Model
from analysis.mixed.separation import separated_columns, suspicious
from analysis.mixed.tables import parameter_names


def diagnose(model: Model, maximum: Maximum, estimates: Estimates) -> tuple[str, ...]:
    """Rows and columns left out, few levels, separation, singularity, non-convergence."""
    found = [*model.design.messages, *model.answers.messages, *_separation(model, estimates)]
    if maximum.singular:
        found.append(messages.singular(_boundaries(model, estimates)))
    if maximum.ran_off:
        found.append(_run_away(model, estimates))
    elif not maximum.converged:
        found.append(
            messages.not_converged(
                maximum.decrement,
                maximum.gradient,
                parameter_names(model).engine,
                definite=maximum.definite,
            )
        )
    return tuple(found)


def _separation(model: Model, estimates: Estimates) -> list[str]:
    design, y = model.design, model.answers.y
    if model.family != "bernoulli" or not suspicious(design.x, estimates.beta, model.link or "logit"):
        return []
    rows, value, _ = model.split if not np.isin(y, (0, 1)).all() else (np.arange(len(y)), y, y)
    columns = separated_columns(design.x[rows], value == 1, design.fixed_names)
    return [messages.separation(columns)] if columns else []


def _run_away(model: Model, estimates: Estimates) -> str:
    """Names the largest element of Lambda."""
    structure = model.design.structure
    entry = structure.entries[int(np.argmax(np.abs(estimates.theta)))]
    group = structure.groups[entry.group]
    return messages.ran_off(group.terms[entry.row], group.name, beside_residual=model.family == "gaussian")


def _boundaries(model: Model, estimates: Estimates) -> list[str]:
    """Each zero column of Lambda in words: no variance, or a perfect combination of earlier terms."""
    structure, found = model.design.structure, []
    covariances = random_covariances(model, estimates)
    for entry, value in zip(structure.entries, estimates.theta, strict=True):
        if not entry.diagonal or value != 0.0:
            continue
        group = structure.groups[entry.group]
        term = group.terms[entry.row]
        if covariances[entry.group][entry.row, entry.row] > 0:
            others = [group.terms[c] for c in group.blocks[entry.block] if c < entry.row]
            found.append(messages.perfect_combination(term, group.name, others))
        else:
            found.append(f"{term} does not vary by {group.name} (sd 0)")
    return found
