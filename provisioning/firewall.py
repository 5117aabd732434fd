"""Files of the firewall: what phones may ask of the box; anything else is refused at once."""

from provisioning.render import OWN, RenderedFile, fill
from provisioning.settings import MachineSettings

FIREWALL = "diemdoc-firewall.service"


def firewall_files(settings: MachineSettings) -> list[RenderedFile]:
    """Return what nft and the kernel's settings read."""
    phones = settings.phones_interface
    rules = fill("nftables.conf.j2", phones=phones) if phones else None
    kernel = fill("sysctl.conf.j2", phones=phones)
    return [
        RenderedFile(f"{OWN}/nftables.conf", rules, units=(FIREWALL,)),
        RenderedFile("etc/sysctl.d/50-diemdoc.conf", kernel, units=("systemd-sysctl.service",)),
    ]
