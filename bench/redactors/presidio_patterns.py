"""Presidio's pattern recognisers of its default English registry; no language model."""

from collections.abc import Sequence
from typing import Any

import tldextract
from presidio_analyzer import PatternRecognizer, RecognizerRegistry
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider

from bench.records import Sample

MARK = "***MASKED***"


class Presidio:
    """Analyses one text after the other and masks what is found."""

    def __init__(self) -> None:
        # The list of domain suffixes in the package, rather than one from the network.
        tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
        registry: RecognizerRegistry = RecognizerRegistryProvider().create_recognizer_registry()
        self._recognisers = [
            each
            for each in registry.recognizers
            if isinstance(each, PatternRecognizer) and each.supported_language == "en"
        ]

    def prepare(self, samples: Sequence[Sample]) -> list[Sample]:
        """The samples themselves."""
        return list(samples)

    def redact(self, records: list[Any]) -> list[Any]:
        """The records, copied."""
        return [
            Sample(self._value(each.body), self._value(each.attributes), each.secret)
            for each in records
        ]

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {key: self._value(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._value(item) for item in value]
        return value

    def _text(self, text: str) -> str:
        found = [
            result
            for recogniser in self._recognisers
            for result in recogniser.analyze(text, recogniser.supported_entities, None)
        ]
        end = len(text)
        for result in sorted(found, key=lambda each: each.start, reverse=True):
            if result.end <= end:
                text = f"{text[: result.start]}{MARK}{text[result.end :]}"
                end = result.start
        return text


def create() -> Presidio:
    """Make the recognisers."""
    return Presidio()
