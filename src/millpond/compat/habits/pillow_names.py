"""Names that Pillow has dropped."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from millpond.compat.habits.habit import add


def mend_pillow(module: ModuleType) -> None:
    """`Image.ANTIALIAS`, `image.tostring()`, `font.getsize(text)`, `draw.textsize(text)`."""
    if module.__name__ == "PIL.Image":
        add(module, {"ANTIALIAS": module.Resampling.LANCZOS, "LINEAR": module.Resampling.BILINEAR,
                     "CUBIC": module.Resampling.BICUBIC, "fromstring": module.frombytes})
        add(module.Image, {"tostring": module.Image.tobytes})
    elif module.__name__ == "PIL.ImageFont":
        for kind in (module.FreeTypeFont, module.ImageFont):
            add(kind, {"getsize": _size_of_text})
    else:
        add(module.ImageDraw, {"textsize": _size_of_drawn_text})


def _size_of_text(self: Any, text: str, *arguments: Any, **options: Any) -> tuple[int, int]:
    left, top, right, bottom = self.getbbox(text, *arguments, **options)
    return int(right), int(bottom)


def _size_of_drawn_text(self: Any, text: str, *arguments: Any, **options: Any) -> tuple[int, int]:
    left, top, right, bottom = self.textbbox((0, 0), text, *arguments, **options)
    return int(right), int(bottom)
