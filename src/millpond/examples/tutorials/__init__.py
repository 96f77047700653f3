"""The tutorial modules that TensorFlow 1 programs import, under TensorFlow's paths."""
