"""What pytest must not collect here: the script needs TensorFlow."""

collect_ignore = ["make_tensorflow_files.py"]
