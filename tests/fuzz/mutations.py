"""Valid input, damaged."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import strategies as st

Mutation = Callable[[bytes], bytes]


def _flip(at: int, bit: int) -> Mutation:
    def flip(data: bytes) -> bytes:
        if not data:
            return data
        place = at % len(data)
        return data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]

    return flip


def _cut(start: int, length: int) -> Mutation:
    def cut(data: bytes) -> bytes:
        place = start % (len(data) + 1)
        return data[:place] + data[place + length :]

    return cut


def _insert(at: int, piece: bytes) -> Mutation:
    def insert(data: bytes) -> bytes:
        place = at % (len(data) + 1)
        return data[:place] + piece + data[place:]

    return insert


def _repeat(start: int, length: int, times: int) -> Mutation:
    def repeat(data: bytes) -> bytes:
        place = start % (len(data) + 1)
        return data[:place] + data[place : place + length] * times + data[place:]

    return repeat


def damaged(samples: Sequence[bytes], pieces: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Return samples with up to six changes each.

    Args:
        samples: Valid input to start from.
        pieces: What is inserted beside random bytes: the words of the input's language.
    """
    places = st.integers(0, 1 << 16)
    mutations: st.SearchStrategy[Mutation] = st.one_of(
        st.builds(_flip, places, st.integers(0, 7)),
        st.builds(_cut, places, st.integers(1, 200)),
        st.builds(_insert, places, st.binary(max_size=8) | st.sampled_from(pieces)),
        st.builds(_repeat, places, st.integers(1, 64), st.integers(2, 400)),
    )

    def apply(sample: bytes, chosen: list[Mutation]) -> bytes:
        for mutation in chosen:
            sample = mutation(sample)
        return sample

    return st.builds(apply, st.sampled_from(samples), st.lists(mutations, max_size=6))
