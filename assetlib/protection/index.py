"""Which of our pictures is near a given hash: exact up to 31 differing bits.

31 errors over 16 chunks of 16 bits leave at least one chunk with at most one error, so 16 × 17 bucket
look-ups find every neighbor (pigeonhole principle); the candidates are then counted exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from assetlib.protection.fingerprints import MATCH_DISTANCE

_CHUNKS = 16
_MASKS = np.array([0, *(1 << bit for bit in range(16))], dtype=np.uint32)


class FingerprintIndex:
    """An immutable index over N hashes of 32 bytes; a row number is an entry's id."""

    def __init__(self, hashes: Sequence[bytes]) -> None:
        data = np.frombuffer(b"".join(hashes), dtype=np.uint8).reshape(-1, 32)
        self._words: npt.NDArray[np.uint64] = data.view(np.uint64) if len(data) else np.zeros((0, 4), np.uint64)
        chunks = np.ascontiguousarray(data).view(">u2").astype(np.uint32) if len(data) else np.zeros((0, _CHUNKS))
        self._order: list[npt.NDArray[np.int32]] = []
        self._offsets: list[npt.NDArray[np.int64]] = []
        for chunk in range(_CHUNKS):
            column = chunks[:, chunk]
            order = np.argsort(column, kind="stable").astype(np.int32)
            self._order.append(order)
            self._offsets.append(np.searchsorted(column[order], np.arange(65537)))

    def __len__(self) -> int:
        return len(self._words)

    def near(self, bits: bytes, *, within: int = MATCH_DISTANCE) -> tuple[tuple[int, int], ...]:
        """(row, distance) of every entry at most `within` ≤ 31 bits away, nearest first."""
        if within > MATCH_DISTANCE:
            raise ValueError(f"the index is exact up to {MATCH_DISTANCE} bits, asked for {within}")
        candidates = self._candidates(np.frombuffer(bits, dtype=">u2").astype(np.uint32))
        query = np.frombuffer(bits, dtype=np.uint64)
        distances = np.bitwise_count(self._words[candidates] ^ query).sum(axis=1, dtype=np.uint16)
        close = distances <= within
        found = zip(candidates[close].tolist(), distances[close].tolist(), strict=True)
        return tuple(sorted(found, key=lambda hit: (hit[1], hit[0])))

    def _candidates(self, query: npt.NDArray[np.uint32]) -> npt.NDArray[np.int32]:
        parts = []
        for chunk in range(_CHUNKS):
            offsets, order = self._offsets[chunk], self._order[chunk]
            for value in query[chunk] ^ _MASKS:
                start, end = offsets[value], offsets[value + 1]
                if end > start:
                    parts.append(order[start:end])
        return np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int32)
