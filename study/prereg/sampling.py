"""Who takes part, how many, when it ends, and why so many."""

from __future__ import annotations

from collections.abc import Iterator

from study.prereg.planned import Planned
from study.prereg.wording import counted, listed, paragraphs, to_be_written
from study.protocol import Device

_SERVICES = {"prolific": "Prolific", "sona": "SONA", "mturk": "Amazon Mechanical Turk"}
_FORMS = {"desktop": "desktop computers", "tablet": "tablets", "phone": "phones"}


def sample_size(planned: Planned) -> str:
    """The number of people and of pairs."""
    target = planned.protocol.recruitment.target
    return (
        f"{target} participants who complete the study, each with {_trials_each(planned)} trials (practice "
        f"not counted), on {planned.n_main_pairs} pairs of faces. Whether somebody completed it is decided "
        "by the server, which counts only people whose every answer has arrived. The exclusions are applied "
        "afterwards, and people excluded by them are not replaced"
        f"{_but_failed_checks(planned)}."
    )


def _trials_each(planned: Planned) -> str:
    protocol = planned.protocol
    ways = [protocol.blocks_of(cell.name) for cell in protocol.cells] or [protocol.blocks]
    numbers = {sum(block.n_trials for block in way if not block.practice) for way in ways}
    return " or ".join(str(number) for number in sorted(numbers))


def _but_failed_checks(planned: Planned) -> str:
    most = planned.protocol.exclusions.max_failed_checks
    if most is None:
        return ""
    return (
        f", except people who fail more than {counted(most, 'attention check')}: they are sent away during "
        "the study and their places are given again"
    )


def stopping(planned: Planned) -> str:
    """When nobody new may begin; nothing depends on results."""
    rule, target = planned.protocol.stopping, planned.protocol.recruitment.target
    ends = [f"{target} participants have completed it"]
    if rule.most_started is not None:
        ends.append(f"{rule.most_started} people have begun it, dropouts included")
    if rule.last_day is not None:
        ends.append(f"{rule.last_day} is over (UTC)")
    of_cells = "".join(
        f" Nobody new is assigned to {one.cell} once {one.most_started} people have begun in it."
        for one in rule.cells
    )
    first = "as soon as" if len(ends) == 1 else "as soon as one of these is reached:"
    lease = planned.protocol.recruitment.lease_minutes
    return (
        f"Data collection stops {first} {listed(ends) if len(ends) == 1 else '; or '.join(ends)}. The server "
        f"holds the places and gives out no more.{of_cells} A participant silent for {lease:g} minutes loses "
        "the place to the next person. Nobody looks at results to decide when to stop."
    )


def power(planned: Planned) -> str:
    stated = planned.protocol.analysis.power
    if stated is None:
        return to_be_written(
            "the power analysis: effect assumed, power at the target number of people, software, model, "
            "variances and seed"
        )
    return (
        f"With {planned.protocol.recruitment.target} participants and {planned.n_main_pairs} pairs the power "
        f"is {stated.power:g} for an effect of {stated.effect:g}. {stated.method.strip()}"
    )


def collection(planned: Planned) -> str:
    """Where people come from, who may take part, on which devices, for what pay."""
    return paragraphs(_recruitment(planned), _eligibility(planned), _procedure(planned))


def _recruitment(planned: Planned) -> str:
    source = planned.protocol.recruitment
    if source.recruiter in _SERVICES:
        where = f"Participants are recruited through {_SERVICES[source.recruiter]}"
    elif source.recruiter == "personal":
        where = "Participants are invited by personal links, each good for one person"
    else:
        where = "Participants come by an open link"
    pay = (
        f"They are paid {source.pay_per_hour:g} {source.currency} an hour."
        if source.pay_per_hour is not None
        else to_be_written("what participants are paid, or that they are not")
    )
    return (
        f"{where}. {to_be_written('the population, how they are addressed, and any screening there')} {pay} "
        f"{to_be_written('when data are collected')}"
    )


def _further_rules(device: Device) -> Iterator[str]:
    """What the device check asks besides the window, each clause with what joins it to the one before."""
    if device.minimum_screen_width_px or device.minimum_screen_height_px:
        yield (
            f", a screen of at least {device.minimum_screen_width_px} x {device.minimum_screen_height_px} px "
            "(CSS px, however it is held)"
        )
    if device.minimum_refresh_hz:
        yield f" and a screen of at least {device.minimum_refresh_hz:g} Hz"
    if device.fullscreen == "required":
        yield ", in full screen"
    if device.maximum_decode_ms:
        limit = f"{device.maximum_decode_ms:g} ms"
        yield f"; devices that take longer than {limit} to prepare a picture are turned away"
    if device.minimum_share_as_planned:
        yield (
            "; so are those on which fewer than "
            f"{device.minimum_share_as_planned:.0%} of the device check's empty flashes come out as planned"
        )
    if device.require_evidence:
        yield "; browsers that do not tell when a picture was presented are turned away"


def _eligibility(planned: Planned) -> str:
    rules, device = planned.protocol.eligibility, planned.protocol.device
    sentences = []
    if rules.minimum_age:
        sentences.append(f"They are at least {rules.minimum_age} years old.")
    if rules.again == "refuse":
        sentences.append("Nobody known to the recruiter takes part twice.")
    if rules.not_after:
        sentences.append(f"People who took part in {listed(rules.not_after)} cannot take part.")
    forms = listed(_FORMS[form] for form in device.forms)
    sentences.append(
        f"They use {forms} with a window of at least {device.minimum_viewport_width_px} x "
        f"{device.minimum_viewport_height_px} px{''.join(_further_rules(device))}."
    )
    languages = planned.protocol.languages
    if len(languages) > 1:
        sentences.append(f"The study is offered in the languages {listed(languages)} (ISO 639-1).")
    return " ".join(sentences)


def _procedure(planned: Planned) -> str:
    before = listed(q.title or q.name.replace("_", " ") for q in planned.protocol.questionnaires_at("before"))
    after = listed(q.title or q.name.replace("_", " ") for q in planned.protocol.questionnaires_at("after"))
    steps = [
        "information and consent",
        "a check of the screen",
        f"the questionnaire “{before}”" if before else "",
        "instructions and practice",
        "the blocks",
        f"the questionnaire “{after}”" if after else "",
        "the debriefing",
    ]
    return (
        f"In their own browser they go through {listed(filter(None, steps))}. They can leave at any moment; "
        "what they answered is then erased, and only counted."
    )
