"""Which published data there are: pinned addresses, checksums, licences, citations."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """One file of a published study, at one commit of its public repository."""

    name: str
    file: str
    sha256: str
    repository: str
    commit: str
    path: str
    licence: str
    citation: str

    @property
    def address(self) -> str:
        """Where in a mirror of GitHub's raw files it lies."""
        return f"{self.repository}/{self.commit}/{self.path}"


GENGAP = Source(
    name="gengap",
    file="GenGap_surveyData.xlsx",
    sha256="e503669125b6e34b34d0c3132f35d125c451db2aa2b2ddf6001f78a6e91ad83a",
    repository="ukuhl/GenGapCHIRA2024",
    commit="8b3cdcfe1480a1ce0c1133e2a4e26f80f0470384",
    path="GenGap_studyData/GenGap_surveyData.xlsx",
    licence="CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
    citation="Lüdemann, R., Schulz, A., & Kuhl, U. (2024). Generation Gap or Diffusion Trap? How Age Affects "
    "the Detection of Personalized AI-Generated Images. CHIRA 2024, 359-381. Springer.",
)
SOURCES = {source.name: source for source in (GENGAP,)}


def source_named(name: str) -> Source:
    """The source of that name; ``KeyError`` in words where there is none."""
    if name not in SOURCES:
        raise KeyError(f"expected the name of a published study ({', '.join(SOURCES)}), found {name!r}")
    return SOURCES[name]
