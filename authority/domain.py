"""Who registered a host, by the Public Suffix List; only user of tldextract."""

from dataclasses import dataclass
from functools import lru_cache

from tldextract import TLDExtract

# The snapshot inside the package: the same answer on every machine, and no network.
_EXTRACT = TLDExtract(suffix_list_urls=(), include_psl_private_domains=True, cache_dir=None)


@dataclass(frozen=True, slots=True)
class Domain:
    """What the Public Suffix List knows of a host.

    Attributes:
        registrable: the part someone registered (`example.co.uk`, `foo.github.io`); None for IP
            addresses, single labels and hosts that are a public suffix themselves.
        owner_depth: labels of the private suffix under which the host's owner rents a name
            (2 for `foo.github.io`); 0 where there is none. A judgement of fewer labels than
            this is about the landlord, not about the host.
        listed: whether the list knows the host's suffix; False for `mirror.example`.
    """

    registrable: str | None
    owner_depth: int
    listed: bool


@lru_cache(maxsize=16_384)
def find_domain(host: str) -> Domain:
    """The domain of a lowercase A-label host.

    IP addresses, single labels and names with an empty label belong to no domain.
    """
    if not is_registrable(host) or "." not in host:
        return Domain(None, 0, listed=False)
    parts = _EXTRACT.extract_str(host)
    if not parts.suffix:
        # The list's own default rule: an unlisted last label is a public suffix.
        return Domain(".".join(host.split(".")[-2:]), 0, listed=False)
    if not parts.domain:
        return Domain(None, 0, listed=True)
    depth = parts.suffix.count(".") + 1 if parts.is_private else 0
    return Domain(f"{parts.domain}.{parts.suffix}", depth, listed=True)


def is_registrable(host: str) -> bool:
    """Whether a WHATWG host can be in the domain name system: no IP address, no empty label."""
    is_address = host.endswith("]") or host.rpartition(".")[2].isdigit()
    return not is_address and not host.startswith(".") and ".." not in host
