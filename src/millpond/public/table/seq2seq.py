"""Networks from sequences to sequences: see the package's docstring for the form."""

NAMES = {
    "millpond.ops.nn.gather_tree": """
        gather_tree  tf.contrib.seq2seq.gather_tree
    """,
    "millpond.seq2seq.attention_mechanisms": """
        AttentionMechanism      tf.contrib.seq2seq.AttentionMechanism
                                tf.contrib.seq2seq.python.ops.attention_wrapper.AttentionMechanism
        BahdanauAttention       tf.contrib.seq2seq.BahdanauAttention
                                tf.contrib.seq2seq.python.ops.attention_wrapper.BahdanauAttention
        BaseAttentionMechanism  tf.contrib.seq2seq.python.ops.attention_wrapper._BaseAttentionMechanism
        LuongAttention          tf.contrib.seq2seq.LuongAttention
                                tf.contrib.seq2seq.python.ops.attention_wrapper.LuongAttention
    """,
    "millpond.seq2seq.attention_scores": """
        bahdanau_score   tf.contrib.seq2seq.python.ops.attention_wrapper._bahdanau_score
        hardmax          tf.contrib.seq2seq.hardmax tf.contrib.seq2seq.python.ops.attention_wrapper.hardmax
        luong_score      tf.contrib.seq2seq.python.ops.attention_wrapper._luong_score
        masked_score     tf.contrib.seq2seq.python.ops.attention_wrapper._maybe_mask_score
        prepared_memory  tf.contrib.seq2seq.python.ops.attention_wrapper._prepare_memory
    """,
    "millpond.seq2seq.attention_wrapper": """
        AttentionWrapper       tf.contrib.seq2seq.AttentionWrapper
                               tf.contrib.seq2seq.python.ops.attention_wrapper.AttentionWrapper
        AttentionWrapperState  tf.contrib.seq2seq.AttentionWrapperState
                               tf.contrib.seq2seq.python.ops.attention_wrapper.AttentionWrapperState
        compute_attention      tf.contrib.seq2seq.python.ops.attention_wrapper._compute_attention
    """,
    "millpond.seq2seq.basic_decoder": """
        BasicDecoder        tf.contrib.seq2seq.BasicDecoder
        BasicDecoderOutput  tf.contrib.seq2seq.BasicDecoderOutput
    """,
    "millpond.seq2seq.beam_search_decoder": """
        BeamSearchDecoder             tf.contrib.seq2seq.BeamSearchDecoder
        FinalBeamSearchDecoderOutput  tf.contrib.seq2seq.FinalBeamSearchDecoderOutput
    """,
    "millpond.seq2seq.beam_search_step": """
        BeamSearchDecoderOutput  tf.contrib.seq2seq.BeamSearchDecoderOutput
        BeamSearchDecoderState   tf.contrib.seq2seq.BeamSearchDecoderState
    """,
    "millpond.seq2seq.beams": """
        gather_tree_from_array  tf.contrib.seq2seq.gather_tree_from_array
        tile_batch              tf.contrib.seq2seq.tile_batch
    """,
    "millpond.seq2seq.decoder": """
        Decoder         tf.contrib.seq2seq.Decoder
        dynamic_decode  tf.contrib.seq2seq.dynamic_decode
    """,
    "millpond.seq2seq.legacy_decoders": """
        attention_decoder            tf.contrib.legacy_seq2seq.attention_decoder tf.nn.seq2seq.attention_decoder
        embedding_attention_decoder  tf.contrib.legacy_seq2seq.embedding_attention_decoder
                                     tf.nn.seq2seq.embedding_attention_decoder
        embedding_rnn_decoder        tf.contrib.legacy_seq2seq.embedding_rnn_decoder tf.nn.seq2seq.embedding_rnn_decoder
        likeliest_symbol             tf.contrib.legacy_seq2seq._extract_argmax_and_embed
                                     tf.nn.seq2seq._extract_argmax_and_embed
        rnn_decoder                  tf.contrib.legacy_seq2seq.rnn_decoder tf.nn.seq2seq.rnn_decoder
    """,
    "millpond.seq2seq.legacy_losses": """
        model_with_buckets        tf.contrib.legacy_seq2seq.model_with_buckets
        sequence_loss             tf.contrib.legacy_seq2seq.sequence_loss
        sequence_loss_by_example  tf.contrib.legacy_seq2seq.sequence_loss_by_example
    """,
    "millpond.seq2seq.legacy_models": """
        basic_rnn_seq2seq            tf.contrib.legacy_seq2seq.basic_rnn_seq2seq tf.nn.seq2seq.basic_rnn_seq2seq
        embedding_attention_seq2seq  tf.contrib.legacy_seq2seq.embedding_attention_seq2seq
                                     tf.nn.seq2seq.embedding_attention_seq2seq
        embedding_rnn_seq2seq        tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq tf.nn.seq2seq.embedding_rnn_seq2seq
        embedding_tied_rnn_seq2seq   tf.contrib.legacy_seq2seq.embedding_tied_rnn_seq2seq
                                     tf.nn.seq2seq.embedding_tied_rnn_seq2seq
        one2many_rnn_seq2seq         tf.contrib.legacy_seq2seq.one2many_rnn_seq2seq tf.nn.seq2seq.one2many_rnn_seq2seq
        tied_rnn_seq2seq             tf.contrib.legacy_seq2seq.tied_rnn_seq2seq tf.nn.seq2seq.tied_rnn_seq2seq
    """,
    "millpond.seq2seq.losses": """
        SequenceLoss   tf.contrib.seq2seq.SequenceLoss
        sequence_loss  tf.contrib.seq2seq.sequence_loss
    """,
    "millpond.seq2seq.losses_of_first_releases": """
        model_with_buckets        tf.nn.seq2seq.model_with_buckets
        sequence_loss             tf.nn.seq2seq.sequence_loss
        sequence_loss_by_example  tf.nn.seq2seq.sequence_loss_by_example
    """,
    "millpond.seq2seq.monotonic": """
        monotonic_attention    tf.contrib.seq2seq.monotonic_attention
                               tf.contrib.seq2seq.python.ops.attention_wrapper.monotonic_attention
        monotonic_probability  tf.contrib.seq2seq.python.ops.attention_wrapper._monotonic_probability_fn
        safe_cumprod           tf.contrib.seq2seq.safe_cumprod
                               tf.contrib.seq2seq.python.ops.attention_wrapper.safe_cumprod
    """,
    "millpond.seq2seq.monotonic_mechanisms": """
        BahdanauMonotonicAttention  tf.contrib.seq2seq.BahdanauMonotonicAttention
                                    tf.contrib.seq2seq.python.ops.attention_wrapper.BahdanauMonotonicAttention
        BaseMonotonicAttentionMechanism
                                    tf.contrib.seq2seq.python.ops.attention_wrapper._BaseMonotonicAttentionMechanism
        LuongMonotonicAttention     tf.contrib.seq2seq.LuongMonotonicAttention
                                    tf.contrib.seq2seq.python.ops.attention_wrapper.LuongMonotonicAttention
    """,
    "millpond.seq2seq.sampling": """
        CustomHelper           tf.contrib.seq2seq.CustomHelper
        GreedyEmbeddingHelper  tf.contrib.seq2seq.GreedyEmbeddingHelper
        Helper                 tf.contrib.seq2seq.Helper
        InferenceHelper        tf.contrib.seq2seq.InferenceHelper
        SampleEmbeddingHelper  tf.contrib.seq2seq.SampleEmbeddingHelper
    """,
    "millpond.seq2seq.training_helpers": """
        ScheduledEmbeddingTrainingHelper  tf.contrib.seq2seq.ScheduledEmbeddingTrainingHelper
        ScheduledOutputTrainingHelper     tf.contrib.seq2seq.ScheduledOutputTrainingHelper
        TrainingHelper                    tf.contrib.seq2seq.TrainingHelper
    """,
}
