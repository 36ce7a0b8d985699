"""Where a request comes from: its own connection, or what a proxy that is believed says."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from aiohttp import web

from node.web.keys import node_of

UNKNOWN = "unknown"


@lru_cache(maxsize=8)
def _networks(proxies: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(each) for each in proxies)


def _is_proxy(address: str, proxies: tuple[str, ...]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in _networks(proxies))


def address_of(request: web.Request) -> str:
    """The caller's address; behind proxies that are believed, the last one they did not write."""
    proxies = node_of(request).config.people.proxies
    address = request.remote or UNKNOWN
    if not proxies or not _is_proxy(address, proxies):
        return address
    told = ",".join(request.headers.getall("X-Forwarded-For", []))
    for each in reversed([part.strip() for part in told.split(",") if part.strip()]):
        if not _is_proxy(each, proxies):
            try:
                return str(ip_address(each))
            except ValueError:
                return address
    return address


def is_encrypted(request: web.Request) -> bool:
    """Whether the caller's browser speaks TLS, with this node or a proxy that is believed."""
    if request.secure:
        return True
    proxies = node_of(request).config.people.proxies
    if not proxies or not _is_proxy(request.remote or "", proxies):
        return False
    return request.headers.get("X-Forwarded-Proto", "").strip().lower() == "https"
