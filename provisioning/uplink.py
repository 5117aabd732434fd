"""Files of the way to the province: NetworkManager looks after it, and never after the phones."""

import uuid

from provisioning.render import RenderedFile, fill
from provisioning.settings import MachineSettings

MANAGER = "NetworkManager.service"
_CONNECTIONS = "etc/NetworkManager/system-connections"
# A connection needs an id that stays: made from its name in a space of our own.
_SPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "uplink.diemdoc.lan")


def uplink_files(settings: MachineSettings) -> list[RenderedFile]:
    """Return what NetworkManager reads; Ethernet and a phone on a cable need no file of ours."""
    uplink = settings.uplink
    manager = fill("networkmanager.conf.j2", phones=settings.phones_interface)
    wifi = (
        fill("wifi.nmconnection.j2", uplink=uplink, id=uuid.uuid5(_SPACE, "wifi"))
        if uplink.wifi_ssid
        else None
    )
    mobile = fill("mobile.nmconnection.j2", uplink=uplink, id=uuid.uuid5(_SPACE, "mobile"))
    return [
        RenderedFile("etc/NetworkManager/conf.d/50-diemdoc.conf", manager, units=(MANAGER,)),
        RenderedFile(f"{_CONNECTIONS}/diemdoc-wifi.nmconnection", wifi, 0o600, (MANAGER,)),
        RenderedFile(f"{_CONNECTIONS}/diemdoc-mobile.nmconnection", mobile, 0o600, (MANAGER,)),
    ]
