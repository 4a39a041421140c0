"""Whatever people do in whatever order, the places are those of a simple model of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select

from study import flow
from study.assignment import seats
from study.database import reading, writing
from study.flow.places import keep_place, return_place
from study.flow.plans import shares_of
from study.models import Place, Session
from study.protocol import thaw
from tests.benchmarks.dropout import DEVICE, publish_study
from tests.conftest import MOMENT
from tests.study.test_flow import the_study
from tests.study.test_places import CELLS, change

TARGET = 6
LEASE = timedelta(minutes=45)


@dataclass
class ModelPlace:
    """A place as one would keep it on paper."""

    ordinal: int
    cell: str
    list_number: int
    holder: str | None = None
    until: object = None
    completed: bool = False

    def free(self, now) -> bool:
        return not self.completed and (self.holder is None or self.until < now)


class Places(RuleBasedStateMachine):
    """People come, are active, silent, finish, fail or withdraw; ``engine`` is set by the test."""

    engine = None
    under_way = Bundle("under_way")

    def __init__(self):
        super().__init__()
        self.now = MOMENT
        with writing(self.engine) as db:
            db.execute(delete(Session))
            db.execute(delete(Place))
            protocol = thaw(the_study(db).current.protocol)
        made = seats(shares_of(protocol, 4), n=TARGET, seed=protocol.seed)
        self.places = [ModelPlace(seat.ordinal, seat.cell, seat.list_number) for seat in made]
        self.own: dict[str, ModelPlace] = {}
        self.lapsed: set[str] = set()

    def held(self, session) -> ModelPlace | None:
        return next((place for place in self.places if place.holder == session), None)

    def give(self, place, session):
        place.holder, place.until = session, self.now + LEASE

    def keep(self, session) -> bool:
        """What must happen on any sign of life of a session under way."""
        if session in self.lapsed:
            return False
        place = self.held(session)
        if place is None:
            own = self.own[session]
            free = [one for one in self.places if one.free(self.now) and one.cell == own.cell]
            same = [one for one in free if one.list_number == own.list_number]
            if not free:
                self.lapsed.add(session)
                return False
            place = same[0] if same else free[-1]
        self.give(place, session)
        return True

    @rule(target=under_way)
    def somebody_comes(self):
        with writing(self.engine) as db:
            session = flow.enrol(db, the_study(db), flow.Visitor(), now=self.now)
            flow.record_device(db, session, DEVICE, now=self.now)
            name, place, step = session.session, session.place, session.step
        free = [one for one in self.places if one.free(self.now)]
        if not free:
            assert (place, step) == (None, "full")
            return multiple()
        assert place == free[0].ordinal
        self.give(free[0], name)
        self.own[name] = ModelPlace(free[0].ordinal, free[0].cell, free[0].list_number)
        return name

    @rule(minutes=st.sampled_from([1, 20, 44, 46, 200]))
    def time_goes_by(self, minutes):
        self.now += timedelta(minutes=minutes)

    @rule(session=under_way)
    def somebody_is_active(self, session):
        with writing(self.engine) as db:
            kept = keep_place(db, flow.session_by_id(db, session), now=self.now)
        assert kept is self.keep(session)

    @rule(session=consumes(under_way))
    def somebody_finishes(self, session):
        with writing(self.engine) as db:
            current = flow.session_by_id(db, session)
            current.step = "debrief" if current.status == "in_progress" else current.step
            code = flow.finish(db, current, now=self.now)
        kept = self.keep(session)
        assert (code is not None) is kept
        if kept:
            self.held(session).completed = True

    @rule(session=consumes(under_way))
    def somebody_gives_the_place_back(self, session):
        with writing(self.engine) as db:
            current = flow.session_by_id(db, session)
            return_place(db, current)
            current.status = "technical_failure"
        if place := self.held(session):
            place.holder = place.until = None

    @invariant()
    def the_places_are_those_of_the_model(self):
        with reading(self.engine) as db:
            stored = {row.ordinal: row for row in db.scalars(select(Place))}
            for place in self.places if stored else ():
                row = stored[place.ordinal]
                status = "completed" if place.completed else "claimed" if place.holder else "open"
                assert (row.status, row.holder) == (status, place.holder)
                assert (row.cell, row.list_number) == (place.cell, place.list_number)

    @invariant()
    def never_do_more_complete_than_were_wanted(self):
        with reading(self.engine) as db:
            statuses = db.scalars(select(Session.status)).all()
        assert statuses.count("completed") <= TARGET


def test_places_are_claimed_renewed_lost_and_given_back_as_the_model_says(engine, tmp_path):
    publish_study(engine, tmp_path, target=TARGET, n_pairs=4)
    change(engine, cells=CELLS[:2])
    machine = type("PlacesOfOneDatabase", (Places,), {"engine": engine})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
