"""What recruiters put into their links, and what their people take back."""

from study.recruiters.arrival import PERSONS, RECRUITERS, Arrival, key_hash, read_arrival
from study.recruiters.namespaces import namespace_of, namespace_token
from study.recruiters.outcomes import WayBack, outcome_code, return_link, return_url_problems, way_back

__all__ = [
    "PERSONS",
    "RECRUITERS",
    "Arrival",
    "WayBack",
    "key_hash",
    "namespace_of",
    "namespace_token",
    "outcome_code",
    "read_arrival",
    "return_link",
    "return_url_problems",
    "way_back",
]
