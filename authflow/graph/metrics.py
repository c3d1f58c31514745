"""How wide text is, without a font: Helvetica's widths, which Arial and most interface fonts are close to.

A picture says these widths to whoever draws the text (SVG's `textLength`), so that text in another font is fitted into
the room that was kept for it.
"""

from typing import Final

# Widths in thousandths of the size, from the Adobe font metrics of Helvetica.
_WIDTHS: Final = {
    278: " ,.!/:;[]t|\\",
    222: "ijl'`",
    333: "()-frI·",
    500: "csvxyzkJ",
    556: "abdeghnopquL0123456789_?#$",
    584: "+<=>~",
    611: "FTZ",
    667: "ABEKPSVXY&",
    722: "CDHNRUw",
    778: "GOQ",
    833: "mM",
    944: "W",
    1015: "@",
}
_WIDTH_OF: Final = {char: width for width, chars in _WIDTHS.items() for char in chars}
_OTHER: Final = 700  # signs and letters beyond ASCII
_BOLD: Final = 1.07


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Returns the width of a line of text, in the unit of `size`, rounded up to a tenth.

    Args:
        text: one line.
        size: the size of the font.
        bold: whether it is written in bold.
    """
    width = sum(_WIDTH_OF.get(char, _OTHER) for char in text) * size / 1000
    return -(-width * (_BOLD if bold else 1.0) * 10 // 1) / 10
