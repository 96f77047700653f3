"""`tf.contrib.seq2seq`: decoders, attention, beam search, and losses of sequences."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.ops.nn.gather_tree import (
    gather_tree,
)
from millpond.seq2seq.attention_mechanisms import (
    AttentionMechanism,
    BahdanauAttention,
    LuongAttention,
)
from millpond.seq2seq.attention_scores import (
    hardmax,
)
from millpond.seq2seq.attention_wrapper import (
    AttentionWrapper,
    AttentionWrapperState,
)
from millpond.seq2seq.basic_decoder import (
    BasicDecoder,
    BasicDecoderOutput,
)
from millpond.seq2seq.beam_search_decoder import (
    BeamSearchDecoder,
    FinalBeamSearchDecoderOutput,
)
from millpond.seq2seq.beam_search_step import (
    BeamSearchDecoderOutput,
    BeamSearchDecoderState,
)
from millpond.seq2seq.beams import (
    gather_tree_from_array,
    tile_batch,
)
from millpond.seq2seq.decoder import (
    Decoder,
    dynamic_decode,
)
from millpond.seq2seq.losses import (
    SequenceLoss,
    sequence_loss,
)
from millpond.seq2seq.monotonic import (
    monotonic_attention,
    safe_cumprod,
)
from millpond.seq2seq.monotonic_mechanisms import (
    BahdanauMonotonicAttention,
    LuongMonotonicAttention,
)
from millpond.seq2seq.sampling import (
    CustomHelper,
    GreedyEmbeddingHelper,
    Helper,
    InferenceHelper,
    SampleEmbeddingHelper,
)
from millpond.seq2seq.training_helpers import (
    ScheduledEmbeddingTrainingHelper,
    ScheduledOutputTrainingHelper,
    TrainingHelper,
)

__all__ = [
    "AttentionMechanism",
    "AttentionWrapper",
    "AttentionWrapperState",
    "BahdanauAttention",
    "BahdanauMonotonicAttention",
    "BasicDecoder",
    "BasicDecoderOutput",
    "BeamSearchDecoder",
    "BeamSearchDecoderOutput",
    "BeamSearchDecoderState",
    "CustomHelper",
    "Decoder",
    "FinalBeamSearchDecoderOutput",
    "GreedyEmbeddingHelper",
    "Helper",
    "InferenceHelper",
    "LuongAttention",
    "LuongMonotonicAttention",
    "SampleEmbeddingHelper",
    "ScheduledEmbeddingTrainingHelper",
    "ScheduledOutputTrainingHelper",
    "SequenceLoss",
    "TrainingHelper",
    "dynamic_decode",
    "gather_tree",
    "gather_tree_from_array",
    "hardmax",
    "monotonic_attention",
    "safe_cumprod",
    "sequence_loss",
    "tile_batch",
]
