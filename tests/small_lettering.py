"""Pictures of text, drawn here; one line of Chinese is kept as it was drawn, for fonts of it are rare."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CHINESE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAjAAAAB4AQAAAADEHvXqAAAFrklEQVR42u2YwW8cVx3HP29nlF1VrmeFkBqkTXYrOPSEXFGJ"
    "CDmZQY1UTj1xRGD6DxDEJYGgnTQI58YeOSDsA39CDvQAnSUW3UOpXU49QDOOjRIhELP2Sp11374vhze2104QmYLEgX2X+e3M"
    "7Of93u/3e2/39zXivzEaLDALzP8Ss+mtGUCG9Zf6GJlwZoz/uIabmjbfSbPPuigL0OMTQD2t8agmxrhVZMGYVLCUKnPJQU/d"
    "tAYmBOetEnAJDcAykGoFKOToU8Cgw401Zg6DiXZdAOrVW9TUW/uA/RGkUGytYkjrYQ4AWditwq1sv5fs1M5U6K0RMPWevXK5"
    "ft2ULW+1u46DymQjqe1NGzAha0B+wDg1CTwC6iW8cTb9AJhU9TIVUgBoBrsNN7rSWUbeEZd85h0+GAE7O1NjUib1Et7Bx4au"
    "8+uY+PI1NUN8OqtLBhlcGiDLcdaeG1NU5fdNgn5vDS72cHPhfl5MWR1b6czv0hBq/yKfzjlyNiBpw0EOwMV63qgDPzFhu9UM"
    "U5tegZdv+COs5qLe9FbG8Wa/whR4Ug/jmtB/+LBoN/+aHWDZuvEKAH+q5Y7KqYv1s7vq9H8frxeB7Up6sC49UI3RgAswS2f9"
    "Hiaftpcn3zUNrt+qGxyNlffzuIyuEfXT5nicExTdvKtaAx0q72dyXUdX/1B5WBLkfVsbI431WHp37uaetFEPYxZ/IReYBWaB"
    "WWAWmAVmgVlg/t8ws+rjDgzIOfL/dcG3SVUrMPshkPhOa9/fTp7yZliJL+07K7CPMSbpm5CPNguAfHj6ZtNf7pgWMq0KMzOm"
    "Pe/frbQ9LZcBXAaM+DnADVC4HgIMW6ZtLpmzHa0sRLKSDiVty61+ReW4lOJYl+NDdX8RSdJ7koNAipVBBMRSpGvxe1XPEEjF"
    "HNa9nmEaYYpv6MX+iteHMPZWDhDHe0VXDqYrc95I0rE3YMr+ocaHThnoYwLb9W98Isne2rMQqbunrlysXEXjxJtzoxy/GDYK"
    "H+0e2HEEQAsI171QkFZp2vtXdRNvFwB/v2R6UbwKcTFttSdnQhlnFC12TQOWrkarT7Ws1VjGix/VeKFZtemGePXqT2fA+PvE"
    "ec/8JtBL57wZhqZN4assOrTRY+Un0zwZPKNqu+vOy2HD5Nyi5kshh/Fwa9YbtmGaArRKZVvrBiCQQynBXz74wTlvYlslvWrt"
    "W3MTr3XOu1JsctQ58hGJs+M+3JgegPaUcRumL7bIIJaCNLbk3RwgNyXjqe/PPyq498FjoHW8teYz5YAve3Ns0l3TgMnkeBLK"
    "v/HH6luj13i92GP2KuQnGKOTeKImZl3liYgyK+ZXf7X5MmaYaNCjs3EdYLb0tDcCd90DmpauHLS+RFx1kcXyrHrb9C7Svddi"
    "bzvZX3kak4N9O2PYQB3rcRdaJ/JO2Gy8ofdRnHHn8xy99mugbD+jipdSSpMDuDenGGMSzKl2nJcmPdUUR/c3aUHz6brhdxlj"
    "UqIS26xiYm+ePH2nfaI6RRkPCss7r262nuHNIKdBD6BM30JjZYy+daoIndl9S79apo3FqJycfShT0PGH6zjcQuwAy7iEaQJ8"
    "3c5r49+7J9a3BwB/OItxvZvV4T151GhxlN5n3HnhRNu+ZlKq3TVOOFhp9b0ExvseMzYmBJgkXzsu9q2jCU/Sb3MzD839t3KA"
    "j4GvTm9gfEwHWfjb6mz/XHrGmw9TL3sP4BujP6df5KUff8GY9MOHyQXgDWN6RxdHfgcW3OXt1QTSqTlWhwsIZKVAZRy7wMZl"
    "0wZlFAX29k2wzbJp+9JliBFW2j5UEW+g22VkiyuYX/YrxcSfxZFsHLug7JdNF7muAlkHZVdNKylOuRZot8L0ZaQyUhFL93QG"
    "867Uj6WZJNfXw0pRKaXHZWXHmnlMKd2VXKyyLw2fV3g5uvBvX1noNwvMArPALDD/wfgnkIitxnwlpXwAAAAASUVORK5CYII="
)
"""A PNG that says 灯具怎么退货？ 三十天内凭发票退货，运费由商家承担。"""


def written(*blocks: str, size: int = 28) -> Any:
    """Draw blocks of text under each other, dark on light, by Pillow's own font."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(size=size)
    lines = [line for one in blocks for line in [*textwrap.wrap(one, 60, break_on_hyphens=False), ""]]
    picture = Image.new("L", (36 * size, int(1.6 * size) * (len(lines) + 1)), 250)
    pen = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        pen.text((size, size + int(1.6 * size) * number), line, fill=20, font=font)
    return picture


def scanned(path: Path, pages: Sequence[Any]) -> Path:
    """Write a pdf of which every page is a picture."""
    pages[0].save(path, save_all=True, append_images=list(pages[1:]))
    return path
