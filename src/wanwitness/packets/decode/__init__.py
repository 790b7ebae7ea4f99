"""Frames go up through their layers, each over a whole window's columns.

link, steps    link layers, and the tags and labels behind them; wireless, filters: rarer ones
network, transport       IP and what it carries
tunnels        down again, into what a tunnel carries
layouts        the headers as data; linktypes: names of those that are not read
work           the columns that the layers fill in turn
fragments      IP fragments, put together
layers         all of that for one window; decoder: window after window
"""

from .decoder import Decoder, decode

__all__ = ["Decoder", "decode"]
