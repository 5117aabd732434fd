"""Files of the access point: the radio, addresses, names, and a fair share for each phone."""

from provisioning.render import OWN, RenderedFile, fill
from provisioning.settings import MachineSettings

ACCESS_POINT = "diemdoc-access-point.service"
ADDRESSES = "diemdoc-addresses.service"
DNSMASQ = "diemdoc-dnsmasq.service"
FAIR_SHARE = "diemdoc-fair-share.service"


def access_point_files(settings: MachineSettings) -> list[RenderedFile]:
    """Return what hostapd, dnsmasq, ip and tc read."""
    wifi, phones = settings.access_point, settings.phones_interface
    common = {"settings": settings, "phones": phones}
    radio = (
        fill(
            "hostapd.conf.j2",
            **common,
            ssid=wifi.ssid.encode().hex(),
            is_5_ghz=wifi.channel > 14,
            # The radio of a Raspberry Pi does no WPA3 as an access point.
            has_wpa3=settings.machine.model == "pc",
        )
        if wifi.kind == "built-in"
        else None
    )
    names = fill("dnsmasq.conf.j2", **common) if phones else None
    share = fill("fair-share.j2", **common) if phones else None
    return [
        RenderedFile(f"{OWN}/hostapd.conf", radio, 0o640, (ACCESS_POINT,)),
        RenderedFile(f"{OWN}/dnsmasq.conf", names, units=(DNSMASQ,)),
        RenderedFile(f"{OWN}/addresses", fill("addresses.j2", **common), units=(ADDRESSES,)),
        RenderedFile(f"{OWN}/fair-share", share, units=(FAIR_SHARE,)),
    ]
