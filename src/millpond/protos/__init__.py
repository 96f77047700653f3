"""Protocol buffer messages of TensorFlow's file formats that `tensorboard.compat.proto` does not have.

A module per family, so that a program pays only for what it imports:

    schema.py         builds message classes from the tables of the other modules
    tensor_bundle.py  TensorSliceProto, BundleHeaderProto, BundleEntryProto   (V2 checkpoints)
    checkpoint.py     CheckpointState, SavedTensorSlices and its parts        (state file, V1 checkpoints)
    saved_model.py    SavedModel
    example.py        Example, SequenceExample, Feature and its parts
    cluster.py        ServerDef, QueueRunnerDef

Field names, numbers and types are TensorFlow's, so the bytes are the same; the package name is `millpond`,
so that TensorFlow itself can be imported in the same process.
"""
