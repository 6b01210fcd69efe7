"""Pictures to upload: papers that nobody ever signed, drawn on the spot."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

SIZE = (900, 640)
PAPER, INK, STAMP = "#f7f4ec", "#5b6b66", "#b3412f"


def paper(title: str) -> bytes:
    """A JPEG that looks like a form seen from afar, marked as a sample."""
    picture = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((30, 30, SIZE[0] - 30, SIZE[1] - 30), outline=INK, width=4)
    draw.text((60, 60), title.upper(), fill=INK, font_size=40)
    for line in range(7):
        top = 160 + line * 56
        draw.rectangle((60, top, SIZE[0] - 60 - 90 * (line % 3), top + 14), fill=INK)
    draw.ellipse((620, 400, 800, 580), outline=STAMP, width=8)
    draw.text((655, 475), "SAMPLE", fill=STAMP, font_size=30)
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=85)
    return kept.getvalue()
