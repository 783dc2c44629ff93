"""The prior: how much a page is trusted before anyone has asked a question.

Bands: tier 1 [0.9, 1], tier 2 [0.75, 0.9), tier 3 [0.6, 0.75), tier 4 [0.4, 0.6); without a tier
at most 0.3; distrusted at most 0.1.
"""

from dataclasses import dataclass
from functools import lru_cache

from authority.resolve import Resolution, Resolver

# Lower and upper end of each tier's band; the upper end belongs to tier 1 only.
BANDS = {1: (0.9, 1.0), 2: (0.75, 0.9), 3: (0.6, 0.75), 4: (0.4, 0.6)}
UNKNOWN_CEILING = 0.3
DISTRUSTED_CEILING = 0.1

# The middle of what an unlisted host may have, so that links can later move it either way. A page
# from which trust is withheld is as unknown as its author: it neither gains nor loses by its host.
UNKNOWN = 0.15
# Explicit distrust is the strongest thing a curator can say.
DISTRUSTED = 0.0

_CACHED_PAGES = 65_536

# How far up its band each kind of evidence carries a page: a class of suffix says who may
# register, a curator looked at the host itself, and both together agree.
_BY_CLASS = 0.2
_BY_RECORD = 0.6
_BY_BOTH = 0.8


@dataclass(frozen=True, slots=True)
class Prior:
    """How much a page is trusted.

    Attributes:
        value: in [0, 1], higher is better, inside the band of the tier.
        tier: 1 to 4; None for unknown, distrusted and withheld.
        reasons: one line each for a person, strongest first, at least one.
    """

    value: float
    tier: int | None
    reasons: tuple[str, ...]


def weigh(resolution: Resolution) -> Prior:
    """The prior of a resolution.

    The tier picks the band, the evidence the place in it: a class of suffix alone stands at a
    fifth, a curated record at three fifths, a record that a class of at least its tier supports
    at four fifths. So the value never falls when a record or a class is added that says at least
    as much as what was known, and no amount of evidence leaves the band.
    """
    reasons = tuple(evidence.statement for evidence in resolution.evidence)
    tier = resolution.tier
    if tier is None:
        return Prior(DISTRUSTED if resolution.distrusted else UNKNOWN, None, reasons)
    low, high = BANDS[tier]
    return Prior(low + (high - low) * _place(resolution, tier), tier, reasons)


class PriorTable:
    """Priors of pages by URL, for the many candidates of a query; safe to share between threads.

    It belongs to one resolver, thus to one version of the registry: a curator's change makes a
    new table. The last 65,536 pages are remembered.
    """

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._weigh = lru_cache(maxsize=_CACHED_PAGES)(self._weigh_page)

    def prior_of(self, url: str | None) -> Prior:
        """The prior of a document.

        Args:
            url: as `corpora.urls.normalise_url` returned it; None for a document without one.
        """
        if url is None:
            return Prior(UNKNOWN, None, ("the document has no address",))
        return self._weigh(url)

    def _weigh_page(self, url: str) -> Prior:
        return weigh(self.resolver.resolve_normalised(url))


def describe(resolution: Resolution, prior: Prior) -> dict[str, object]:
    """What the command line and the API show of an address, ready for JSON.

    The keys, in this order: input, host, registrable_domain, prior, tier, category, topics (a list
    of words), stance, matched, evidence (a list of objects with kind, statement, source, date and
    curator; a curated record's statement is its reason). What is not known is None; the prior is
    always a number, the topics are empty unless a record names some, and the evidence never is.
    Category, topics and stance speak of the page: a user's page on a trusted host has none.
    """
    category, stance = resolution.category, resolution.stance
    return {
        "input": resolution.input,
        "host": resolution.host,
        "registrable_domain": resolution.registrable_domain,
        "prior": prior.value,
        "tier": prior.tier,
        "category": None if category is None else category.value,
        "topics": [topic.value for topic in resolution.topics],
        "stance": None if stance is None else stance.value,
        "matched": resolution.matched,
        "evidence": [evidence.as_json() for evidence in resolution.evidence],
    }


def _place(resolution: Resolution, tier: int) -> float:
    if resolution.record is None:
        return _BY_CLASS
    suffix_class = resolution.suffix_class
    return _BY_BOTH if suffix_class is not None and suffix_class.tier <= tier else _BY_RECORD
