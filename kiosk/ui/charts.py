"""Bar charts as inline SVG: they print, need no script, and have their figures beside them."""

from collections.abc import Sequence

from markupsafe import Markup, escape

_WIDTH, _HEIGHT, _FOOT = 640, 160, 22
_MOST_LABELS = 12


def bars(values: Sequence[tuple[str, int | None]], words: str) -> Markup:
    """Return a bar chart.

    Args:
        values: Label and value of each bar; None is unknown and drawn as a gap with a mark.
        words: What it shows, for those who do not see it.
    """
    top = max((value or 0 for _, value in values), default=0) or 1
    step = _WIDTH / max(1, len(values))
    every = -(-len(values) // _MOST_LABELS)
    head = f'<svg class="chart" viewBox="-16 0 {_WIDTH + 32} {_HEIGHT + _FOOT}" role="img"'
    parts = [f'{head} aria-label="{escape(words)}">']
    for place, (label, value) in enumerate(values):
        x = place * step
        if value is None:
            parts.append(
                f'<path class="gap" d="M{x + step / 2:.1f} {_HEIGHT - 14}v10M{x + step / 2:.1f} '
                f'{_HEIGHT - 2}v2"/>'
            )
        else:
            height = value / top * (_HEIGHT - 16)
            parts.append(
                f'<rect class="bar" x="{x + step * 0.12:.1f}" y="{_HEIGHT - height:.1f}" '
                f'width="{step * 0.76:.1f}" height="{height:.1f}"/>'
            )
            if value and (step > 24 or value == top):
                parts.append(
                    f'<text x="{x + step / 2:.1f}" y="{_HEIGHT - height - 4:.1f}" '
                    f'text-anchor="middle">{value}</text>'
                )
        if place % every == 0:
            parts.append(
                f'<text x="{x + step / 2:.1f}" y="{_HEIGHT + 16}" text-anchor="middle">'
                f"{escape(label)}</text>"
            )
    parts.append(f'<path class="axis" d="M0 {_HEIGHT}h{_WIDTH}"/></svg>')
    return Markup("".join(parts))  # noqa: S704 -- figures, and labels that are escaped
