"""`tf.saved_model.signature_def_utils`: signatures: which tensors a caller feeds and fetches."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.saved_model.signature_def import (
    build_signature_def,
    classification_signature_def,
    is_valid_signature,
    predict_signature_def,
    regression_signature_def,
)

__all__ = [
    "build_signature_def",
    "classification_signature_def",
    "is_valid_signature",
    "predict_signature_def",
    "regression_signature_def",
]
