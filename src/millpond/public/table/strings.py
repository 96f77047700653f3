"""Strings, and bytes as numbers: see the package's docstring for the form."""

NAMES = {
    "millpond.ops.host.clock": """
        timestamp  tf.timestamp
    """,
    "millpond.ops.host.formatting": """
        string_format  tf.strings.format
    """,
    "millpond.ops.io.decode_csv": """
        decode_csv  tf.decode_csv tf.io.decode_csv
    """,
    "millpond.ops.io.decode_raw": """
        decode_compressed  tf.decode_compressed tf.io.decode_compressed
        decode_raw         tf.decode_raw tf.io.decode_raw
        parse_tensor       tf.parse_tensor tf.io.parse_tensor
        serialize_tensor   tf.serialize_tensor tf.io.serialize_tensor
    """,
    "millpond.ops.strings.string_elements": """
        decode_base64  tf.decode_base64 tf.io.decode_base64
        encode_base64  tf.encode_base64 tf.io.encode_base64
        string_length  tf.strings.length
        string_lower   tf.strings.lower
        string_strip   tf.string_strip tf.strings.strip
        string_upper   tf.strings.upper
        substr         tf.substr tf.strings.substr
    """,
    "millpond.ops.strings.string_regex": """
        regex_full_match  tf.strings.regex_full_match
        regex_replace     tf.regex_replace tf.strings.regex_replace
    """,
    "millpond.ops.strings.string_split": """
        string_split   tf.string_split
        strings_split  tf.strings.split
    """,
    "millpond.ops.strings.string_to_number": """
        string_to_number  tf.string_to_number tf.strings.to_number
    """,
}
