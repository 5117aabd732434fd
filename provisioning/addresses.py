"""The address plan of a reading point: fixed, so that a poster, a phone and a test all agree."""

from ipaddress import IPv4Address, IPv4Network

# Phones' system software takes a private answer to its probe for "no internet here, and no portal";
# these are set aside for documentation (RFC 5737), so nobody on the internet has them.
APP = IPv4Address("198.51.100.1")
CONTENT = IPv4Address("198.51.100.2")
# What phones get: room for a village feast, and for phones that change their address each time.
PHONES = IPv4Network("10.42.0.0/22")
GATEWAY = IPv4Address("10.42.0.1")
FIRST_PHONE = IPv4Address("10.42.0.10")
LAST_PHONE = IPv4Address("10.42.3.250")
LEASE_MINUTES = 120
HTTP_PORT = 80
