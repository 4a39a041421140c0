"""One page of a whole set for human eyes: pairs, what they share, what still tells them apart."""

from stimuli.contact_sheet.blind import BlindPair, blind_pairs, key_csv
from stimuli.contact_sheet.page import Page, sheet_html, write_blind_sheet, write_sheet

__all__ = ["BlindPair", "Page", "blind_pairs", "key_csv", "sheet_html", "write_blind_sheet", "write_sheet"]
