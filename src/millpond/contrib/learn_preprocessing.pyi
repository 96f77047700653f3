"""`tf.contrib.learn.preprocessing`: texts as numbers of words."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.contrib.vocabulary import (
    CategoricalVocabulary,
    VocabularyProcessor,
    tokenizer,
)

__all__ = [
    "CategoricalVocabulary",
    "VocabularyProcessor",
    "tokenizer",
]
