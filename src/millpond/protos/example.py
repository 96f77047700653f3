"""`Example` and `SequenceExample`, the messages that TFRecord files usually hold.

>>> example = Example(features=Features(feature={"label": Feature(int64_list=Int64List(value=[7]))}))
>>> list(example.features.feature["label"].int64_list.value)
[7]
"""

from __future__ import annotations

from typing import Any

from millpond.protos.schema import build

_MESSAGES = build(
    "example",
    messages={
        "BytesList": {"value": "repeated bytes = 1"},
        "FloatList": {"value": "repeated float = 1"},
        "Int64List": {"value": "repeated int64 = 1"},
        "Feature": {
            "bytes_list": "kind: BytesList = 1",
            "float_list": "kind: FloatList = 2",
            "int64_list": "kind: Int64List = 3",
        },
        "Features": {"feature": "map Feature = 1"},
        "FeatureList": {"feature": "repeated Feature = 1"},
        "FeatureLists": {"feature_list": "map FeatureList = 1"},
        "Example": {"features": "Features = 1"},
        "SequenceExample": {"context": "Features = 1", "feature_lists": "FeatureLists = 2"},
    },
)

BytesList: Any = _MESSAGES["BytesList"]
FloatList: Any = _MESSAGES["FloatList"]
Int64List: Any = _MESSAGES["Int64List"]
Feature: Any = _MESSAGES["Feature"]
Features: Any = _MESSAGES["Features"]
FeatureList: Any = _MESSAGES["FeatureList"]
FeatureLists: Any = _MESSAGES["FeatureLists"]
Example: Any = _MESSAGES["Example"]
SequenceExample: Any = _MESSAGES["SequenceExample"]
