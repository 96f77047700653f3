"""What pytest must not collect here: the scripts need TensorFlow."""

collect_ignore = ["make_function_graphs.py", "make_tensorflow_files.py"]
