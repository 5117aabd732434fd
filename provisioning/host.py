"""Files of the computer itself: name, journal, watchdog, memory, disk, screen, web addresses."""

import json

from provisioning.addresses import APP, CONTENT, HTTP_PORT
from provisioning.render import OWN, RenderedFile, fill
from provisioning.settings import MachineSettings

WEB = ("diemdoc-web.socket", "diemdoc-web.service")
CONTENT_SERVER = ("diemdoc-content.socket", "diemdoc-content.service")
DISPLAY = "diemdoc-display.service"
# Where the library's disk is mounted; the folder is on the card when there is no such disk.
DATA = "srv/diemdoc"
MOUNT_UNIT = "etc/systemd/system/srv-diemdoc.mount"
STATE_UNIT = "etc/systemd/system/var-lib-diemdoc.mount"
CONTENT_PORT_ELSEWHERE = 8081


def host_files(settings: MachineSettings) -> list[RenderedFile]:
    """Return the files of the computer itself."""
    model = settings.model
    label, is_kept = settings.storage.data_label, settings.machine.read_only_root
    overlay = fill("overlayroot.conf.j2") if is_kept else None
    state = fill("state.mount.j2") if is_kept else None
    return [
        RenderedFile("etc/hostname", settings.machine.hostname + "\n"),
        RenderedFile("etc/systemd/journald.conf.d/50-diemdoc.conf", fill("journald.conf.j2")),
        RenderedFile("etc/systemd/system.conf.d/50-diemdoc.conf", fill("watchdog.conf.j2")),
        RenderedFile(
            "etc/systemd/zram-generator.conf.d/50-diemdoc.conf", fill("zram.conf.j2", model=model)
        ),
        RenderedFile("etc/overlayroot.local.conf", overlay),
        RenderedFile(MOUNT_UNIT, fill("data.mount.j2", label=label)),
        RenderedFile(STATE_UNIT, state),
        RenderedFile("etc/udev/rules.d/98-diemdoc-data.rules", fill("data.rules.j2", label=label)),
        *_web_files(settings),
        *_display_files(settings),
    ]


def web_addresses(settings: MachineSettings) -> tuple[str, str]:
    """Return where app and archive server listen, each `ADDRESS:PORT`."""
    if settings.phones_interface:
        return f"{APP}:{HTTP_PORT}", f"{CONTENT}:{HTTP_PORT}"
    # In a network of others the box has whatever address it gets, and no names of its own.
    return f"0.0.0.0:{HTTP_PORT}", f"0.0.0.0:{CONTENT_PORT_ELSEWHERE}"


def _web_files(settings: MachineSettings) -> list[RenderedFile]:
    bind, content_bind = web_addresses(settings)
    environment = fill("environment.j2", settings=settings, bind=bind, content_bind=content_bind)
    content_addresses = [content_bind]
    if settings.shares and settings.phones_interface:
        # Other points come by the uplink; the firewall refuses phones there.
        content_addresses.append(f"0.0.0.0:{CONTENT_PORT_ELSEWHERE}")
    drop_ins = [
        RenderedFile(
            f"etc/systemd/system/{socket}.d/50-address.conf",
            fill("address.conf.j2", addresses=addresses),
            units=(socket, service),
        )
        for (socket, service), addresses in ((WEB, [bind]), (CONTENT_SERVER, content_addresses))
    ]
    services = (WEB[1], CONTENT_SERVER[1])
    return [RenderedFile(f"{OWN}/environment", environment, units=services), *drop_ins]


def _display_files(settings: MachineSettings) -> list[RenderedFile]:
    """Return what the touch screen's browser reads: it shows the library, and nothing else."""
    bind, content_bind = web_addresses(settings)
    shown = [one.replace("0.0.0.0", "127.0.0.1") for one in (bind, content_bind)]  # noqa: S104
    shown += [settings.host, settings.content_host]
    policy = {
        "URLBlocklist": ["*"],
        "URLAllowlist": [f"http://{one}" for one in shown],
        "AudioCaptureAllowed": False,
        "VideoCaptureAllowed": False,
        "DefaultGeolocationSetting": 2,
        "DefaultNotificationsSetting": 2,
        "DownloadRestrictions": 3,
        "PasswordManagerEnabled": False,
        "AutofillAddressEnabled": False,
        "AutofillCreditCardEnabled": False,
        "TranslateEnabled": False,
        "BrowserSignin": 0,
        "SyncDisabled": True,
        "MetricsReportingEnabled": False,
        "ComponentUpdatesEnabled": False,
        "DeveloperToolsAvailability": 2,
        "PrintingEnabled": False,
    }
    enabled = settings.display.enabled
    session = (
        fill("display.j2", address=f"http://{shown[0]}/touch/", rotate=settings.display.rotate)
        if enabled
        else None
    )
    return [
        RenderedFile(
            "etc/chromium/policies/managed/diemdoc.json",
            json.dumps(policy, indent=1) + "\n" if enabled else None,
            units=(DISPLAY,),
        ),
        RenderedFile(f"{OWN}/display", session, units=(DISPLAY,)),
    ]
