"""What programs and packages take from the inside of TensorFlow, and what is not behind one of its public names."""
