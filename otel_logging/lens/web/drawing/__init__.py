"""Drawings as SVG. Colours and fonts are the style sheet's: a drawing names classes only."""
