"""`tf.layers`: see the package's docstring for the form."""

NAMES = {
    "millpond.layers.base": """
        Layer  tf.layers.Layer
    """,
    "millpond.layers.batch_norm": """
        BatchNormalization   tf.layers.BatchNormalization
        batch_normalization  tf.layers.batch_normalization
    """,
    "millpond.layers.convolution": """
        Conv1D  tf.layers.Conv1D
        Conv2D  tf.layers.Conv2D
        Conv3D  tf.layers.Conv3D
        conv1d  tf.layers.conv1d
        conv2d  tf.layers.conv2d
        conv3d  tf.layers.conv3d
    """,
    "millpond.layers.dropout_layer": """
        Dropout  tf.layers.Dropout
        dropout  tf.layers.dropout
    """,
    "millpond.layers.flatten_layer": """
        Flatten  tf.layers.Flatten
        flatten  tf.layers.flatten
    """,
    "millpond.layers.fully_connected": """
        Dense  tf.layers.Dense tf.python.layers.core.Dense
        dense  tf.layers.dense tf.python.layers.core.dense
    """,
    "millpond.layers.input_spec": """
        InputSpec  tf.layers.InputSpec
    """,
    "millpond.layers.keras_style": """
        keras_style_scope  tf.layers.experimental.keras_style_scope
        set_keras_style    tf.layers.experimental.set_keras_style
    """,
    "millpond.layers.pooling": """
        AveragePooling1D   tf.layers.AveragePooling1D
        AveragePooling2D   tf.layers.AveragePooling2D
        AveragePooling3D   tf.layers.AveragePooling3D
        MaxPooling1D       tf.layers.MaxPooling1D
        MaxPooling2D       tf.layers.MaxPooling2D
        MaxPooling3D       tf.layers.MaxPooling3D
        average_pooling1d  tf.layers.average_pooling1d
        average_pooling2d  tf.layers.average_pooling2d
        average_pooling3d  tf.layers.average_pooling3d
        max_pooling1d      tf.layers.max_pooling1d
        max_pooling2d      tf.layers.max_pooling2d
        max_pooling3d      tf.layers.max_pooling3d
    """,
    "millpond.layers.separable_convolution": """
        SeparableConv1D   tf.layers.SeparableConv1D
        SeparableConv2D   tf.layers.SeparableConv2D
        separable_conv1d  tf.layers.separable_conv1d
        separable_conv2d  tf.layers.separable_conv2d
    """,
    "millpond.layers.transposed_convolution": """
        Conv2DTranspose   tf.layers.Conv2DTranspose
        Conv3DTranspose   tf.layers.Conv3DTranspose
        conv2d_transpose  tf.layers.conv2d_transpose
        conv3d_transpose  tf.layers.conv3d_transpose
    """,
    "millpond.layers.window_arguments": """
        convert_data_format    tf.python.layers.utils.convert_data_format
        conv_input_length      tf.python.layers.utils.conv_input_length
        conv_output_length     tf.python.layers.utils.conv_output_length
        deconv_output_length   tf.python.layers.utils.deconv_output_length
        normalize_data_format  tf.python.layers.utils.normalize_data_format
        normalize_padding      tf.python.layers.utils.normalize_padding
        normalize_tuple        tf.python.layers.utils.normalize_tuple
    """,
    "millpond.ops.control.smart_cond": """
        constant_value  tf.python.framework.smart_cond.smart_constant_value tf.python.layers.utils.constant_value
        smart_cond      tf.python.framework.smart_cond.smart_cond tf.python.layers.utils.smart_cond
    """,
}
