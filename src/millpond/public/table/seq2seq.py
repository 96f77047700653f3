"""Networks from sequences to sequences: see the package's docstring for the form."""

NAMES = {
    "millpond.ops.nn.gather_tree": """
        gather_tree  tf.contrib.seq2seq.gather_tree
    """,
    "millpond.seq2seq.beams": """
        gather_tree_from_array  tf.contrib.seq2seq.gather_tree_from_array
        tile_batch              tf.contrib.seq2seq.tile_batch
    """,
    "millpond.seq2seq.legacy_losses": """
        model_with_buckets        tf.contrib.legacy_seq2seq.model_with_buckets
        sequence_loss             tf.contrib.legacy_seq2seq.sequence_loss
        sequence_loss_by_example  tf.contrib.legacy_seq2seq.sequence_loss_by_example
    """,
    "millpond.seq2seq.losses": """
        SequenceLoss   tf.contrib.seq2seq.SequenceLoss
        sequence_loss  tf.contrib.seq2seq.sequence_loss
    """,
}
