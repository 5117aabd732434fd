"""`diemdoc poster`: the poster at the door, as SVG or PDF."""

from pathlib import Path

import click

from content.files import atomic_write
from content.vietnamese import normalize
from kiosk import options
from kiosk.config import load_config, names_of, state_of
from kiosk.health.check import Machine
from kiosk.health.radio import radio_of
from kiosk.point import PointBook
from kiosk.poster import SIZES, Poster, poster_pdf, poster_svg
from kiosk.ui.locales import LOCALES, load_catalogue


@click.command(epilog='Example: diemdoc poster --ssid "Điểm Đọc" -o poster.svg')
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="File to write: .svg, or .pdf where Chromium is installed.",
)
@click.option("--size", type=click.Choice(list(SIZES)), default="a4", help="Paper [default: a4].")
@click.option("--name", help="Name of the point [default: as set].")
@click.option("--address", help="Address of the library [default: as set].")
@click.option("--ssid", help="Name of the Wi-Fi [default: the box's own].")
@click.option("--password", help="Password of the Wi-Fi [default: the box's own, or none].")
@click.option("--locale", type=click.Choice(LOCALES), help="Language [default: as set].")
@options.config
def poster(  # noqa: PLR0913, PLR0917 -- one per option
    output: Path,
    size: str,
    name: str | None,
    address: str | None,
    ssid: str | None,
    password: str | None,
    locale: str | None,
    config_file: Path | None,
) -> None:
    """Draw the poster: "join the Wi-Fi" and "open the library" as QR codes, with the point's name.

    Without the name of a Wi-Fi only the library's code is drawn.
    """
    if output.suffix not in {".svg", ".pdf"}:
        raise click.UsageError(f"{output.name}: end the name in .svg or .pdf")
    config = load_config(config_file)
    point = PointBook(state_of(config), config)
    radio = radio_of(Machine(config.library, state_of(config)))
    drawn = Poster(
        point_name=normalize(name or point.name),
        address=address or f"{names_of(config).app('localhost')}/",
        ssid=ssid if ssid is not None else (radio.ssid if radio else ""),
        password=password if password is not None else (radio.password if radio else ""),
        contact=point.contact,
    )
    say = load_catalogue(locale or point.locale).gettext
    if output.suffix == ".pdf":
        data = poster_pdf(drawn, size, say)
    else:
        data = poster_svg(drawn, size, say).encode()
    atomic_write(output, data)
    click.echo(f"{output}: {size.upper()}, {len(data) / 1000:.0f} kB")
