"""Networks from sequences to sequences: decoders, attention, beam search, and the models of the first releases."""
