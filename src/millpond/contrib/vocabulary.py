"""`tf.contrib.learn.preprocessing.VocabularyProcessor`: texts as rows of numbers of words."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from millpond.formats.files import PathLike
from millpond.formats.gfile import GFile

# Runs of capitals, words in a row of capitalized ones (`NewYork`), and words with apostrophes and hyphens.
_WORD = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z][a-z]+(?=[A-Z])|[\w'-]+")


def tokenizer(iterator: Iterable[str]) -> Iterator[list[str]]:
    """The words of each text.

    Example:
      >>> list(tokenizer(["It's a well-known NewYork."]))
      [["It's", 'a', 'well-known', 'New', 'York']]
    """
    for text in iterator:
        yield _WORD.findall(text)


class CategoricalVocabulary:
    """Numbers of words, in the order in which they were seen.

    Args:
      unknown_token: The word with the number 0, which stands for all that are unknown.
      support_reverse: Whether words can be asked for by number.
    """

    def __init__(self, unknown_token: str = "<UNK>", support_reverse: bool = True) -> None:
        self._unknown_token = unknown_token
        self._support_reverse = support_reverse
        self._mapping: dict[str, int] = {unknown_token: 0}
        self._reverse_mapping = [unknown_token]
        self._freq: Counter[str] = Counter()
        self._freeze = False

    def __len__(self) -> int:
        return len(self._mapping)

    def freeze(self, freeze: bool = True) -> None:
        """Keeps words that are new from getting numbers."""
        self._freeze = freeze

    def get(self, category: str) -> int:
        """The number of a word, which gets one unless the vocabulary is frozen."""
        if category not in self._mapping:
            if self._freeze:
                return 0
            self._mapping[category] = len(self._mapping)
            self._reverse_mapping.append(category)
        return self._mapping[category]

    def add(self, category: str, count: int = 1) -> None:
        """Counts a word."""
        if self.get(category) > 0:
            self._freq[category] += count

    def trim(self, min_frequency: int, max_frequency: int = -1) -> None:
        """Keeps the words that were counted more than `min_frequency` times, the most frequent first."""
        kept = [word for word, count in sorted(sorted(self._freq.items()), key=lambda item: item[1], reverse=True)
                if count > min_frequency and (max_frequency <= 0 or count < max_frequency)]
        self._reverse_mapping = [self._unknown_token, *kept]
        self._mapping = {word: i for i, word in enumerate(self._reverse_mapping)}
        self._freq = Counter({word: self._freq[word] for word in kept})

    def reverse(self, class_id: int) -> str:
        """The word of a number.

        Raises:
          ValueError: If words cannot be asked for.
        """
        if not self._support_reverse:
            raise ValueError("This vocabulary wasn't initialized with support_reverse to support reverse() function.")
        return self._reverse_mapping[class_id]


class VocabularyProcessor:
    """Texts as rows of numbers of words, all of one length: filled up with 0, and cut at the end.

    Args:
      max_document_length: The length.
      min_frequency: How often a word must come to be known: more than this.
      vocabulary: A `CategoricalVocabulary`; by default a new one.
      tokenizer_fn: A function from an iterable of texts to lists of words.

    Raises:
      TypeError: When it is used, if a text is no text.

    Example:
      >>> import millpond as tf
      >>> processor = tf.contrib.learn.preprocessing.VocabularyProcessor(4)
      >>> print(np.array(list(processor.fit_transform(["a mill a pond", "a river"]))))
      [[1 2 1 3]
       [1 4 0 0]]
      >>> print(next(processor.transform(["a lake by a mill"])), len(processor.vocabulary_))
      [1 0 0 1] 5
    """

    def __init__(self, max_document_length: int, min_frequency: int = 0,
                 vocabulary: CategoricalVocabulary | None = None,
                 tokenizer_fn: Callable[[Iterable[str]], Iterable[list[str]]] | None = None) -> None:
        self.max_document_length = max_document_length
        self.min_frequency = min_frequency
        self.vocabulary_ = CategoricalVocabulary() if vocabulary is None else vocabulary
        self._tokenizer = tokenizer if tokenizer_fn is None else tokenizer_fn

    def fit(self, raw_documents: Iterable[str], unused_y: Any = None) -> VocabularyProcessor:
        """Learns the words of texts; gives this object."""
        for words in self._tokenizer(raw_documents):
            for word in words:
                self.vocabulary_.add(word)
        if self.min_frequency > 0:
            self.vocabulary_.trim(self.min_frequency)
        self.vocabulary_.freeze()
        return self

    def fit_transform(self, raw_documents: Iterable[str], unused_y: Any = None) -> Iterator[np.ndarray]:
        """Learns the words of texts, and gives the rows."""
        documents = list(raw_documents)
        return self.fit(documents).transform(documents)

    def transform(self, raw_documents: Iterable[str]) -> Iterator[np.ndarray]:
        """The rows of texts, as int64 arrays."""
        for words in self._tokenizer(raw_documents):
            row = np.zeros(self.max_document_length, np.int64)
            numbers = [self.vocabulary_.get(word) for word in words[:self.max_document_length]]
            row[:len(numbers)] = numbers
            yield row

    def reverse(self, documents: Iterable[Iterable[int]]) -> Iterator[str]:
        """Texts of rows."""
        for row in documents:
            yield " ".join(self.vocabulary_.reverse(number) for number in row)

    def save(self, filename: PathLike) -> None:
        """Writes the words to a file, for `restore`. A tokenizer of the program's own is not kept."""
        vocabulary = self.vocabulary_
        state = {"max_document_length": self.max_document_length, "min_frequency": self.min_frequency,
                 "words": vocabulary._reverse_mapping, "counts": vocabulary._freq, "frozen": vocabulary._freeze}
        with GFile(filename, "w") as file:
            file.write(json.dumps(state))

    @classmethod
    def restore(cls, filename: PathLike) -> VocabularyProcessor:
        """Reads what `save` wrote.

        Raises:
          ValueError: If the file is something else; TensorFlow pickled objects, which are not read from files here.
        """
        with GFile(filename, "rb") as file:
            content = file.read()
        try:
            state = json.loads(content)
            words, counts = list(state["words"]), Counter(state["counts"])
            processor = cls(int(state["max_document_length"]), int(state["min_frequency"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{filename!r} holds no words that VocabularyProcessor.save of Millpond wrote: make it "
                             "anew from the texts.") from error
        vocabulary = processor.vocabulary_
        vocabulary._reverse_mapping = words
        vocabulary._mapping = {word: i for i, word in enumerate(words)}
        vocabulary._freq = counts
        vocabulary.freeze(bool(state.get("frozen", True)))
        return processor
