"""What lived in `tensorflow.python.keras`: see the package's docstring for the form."""

NAMES = {
    "tf.python.keras.activations": """
        tf.keras.activations: deserialize elu exponential get hard_sigmoid linear relu selu serialize sigmoid
          softmax softplus softsign tanh
    """,
    "tf.python.keras.applications": """
        tf.keras.applications: DenseNet121 DenseNet169 DenseNet201 InceptionResNetV2 InceptionV3 MobileNet
          MobileNetV2 NASNetLarge NASNetMobile ResNet101 ResNet101V2 ResNet152 ResNet152V2 ResNet50 ResNet50V2 VGG16
          VGG19 Xception
        tf.keras.applications.imagenet_utils: decode_predictions preprocess_input
    """,
    "tf.python.keras.applications.densenet": """
        tf.keras.applications.densenet: decode_predictions preprocess_input
    """,
    "tf.python.keras.applications.inception_resnet_v2": """
        tf.keras.applications.inception_resnet_v2: decode_predictions preprocess_input
    """,
    "tf.python.keras.applications.inception_v3": """
        tf.keras.applications.inception_v3: decode_predictions preprocess_input
    """,
    "tf.python.keras.applications.mobilenet": """
        tf.keras.applications.mobilenet: decode_predictions preprocess_input
    """,
    "tf.python.keras.applications.mobilenet_v2": """
        tf.keras.applications.mobilenet_v2: decode_predictions preprocess_input
    """,
    "tf.python.keras.applications.nasnet": """
        tf.keras.applications.nasnet: decode_predictions preprocess_input
    """,
    "tf.python.keras.applications.resnet": """
        tf.keras.applications.resnet: decode_predictions preprocess_input
    """,
    "tf.python.keras.applications.resnet_v2": """
        tf.keras.applications.resnet_v2: decode_predictions preprocess_input
    """,
    "tf.python.keras.applications.vgg16": """
        tf.keras.applications.vgg16: decode_predictions preprocess_input
    """,
    "tf.python.keras.applications.vgg19": """
        tf.keras.applications.vgg19: decode_predictions preprocess_input
    """,
    "tf.python.keras.applications.xception": """
        tf.keras.applications.xception: decode_predictions preprocess_input
    """,
    "tf.python.keras.backend": """
        tf.keras.backend: abs all any arange argmax argmin backend batch_dot batch_flatten batch_get_value
          batch_normalization batch_set_value bias_add binary_crossentropy cast cast_to_floatx
          categorical_crossentropy clear_session clip concatenate constant conv1d conv2d conv2d_transpose conv3d cos
          count_params ctc_batch_cost ctc_decode ctc_label_dense_to_sparse cumprod cumsum dot dropout dtype elu
          equal eval exp expand_dims eye flatten foldl foldr function gather get_session get_uid get_value gradients
          greater greater_equal hard_sigmoid in_test_phase in_top_k in_train_phase int_shape is_sparse l2_normalize
          learning_phase learning_phase_scope less less_equal local_conv1d local_conv2d log
          manual_variable_initialization map_fn max maximum mean min minimum moving_average_update ndim
          normalize_batch_in_training not_equal one_hot ones ones_like permute_dimensions placeholder pool2d pool3d
          pow print_tensor prod random_binomial random_normal random_normal_variable random_uniform
          random_uniform_variable relu repeat repeat_elements reset_uids reshape resize_images resize_volumes
          reverse rnn round separable_conv2d set_learning_phase set_session set_value shape sigmoid sign sin softmax
          softplus softsign sparse_categorical_crossentropy spatial_2d_padding spatial_3d_padding sqrt square
          squeeze stack std stop_gradient sum switch tanh temporal_padding tile to_dense transpose truncated_normal
          update update_add update_sub var variable zeros zeros_like
    """,
    "tf.python.keras.backend_config": """
        tf.keras.backend: epsilon floatx image_data_format set_epsilon set_floatx set_image_data_format
    """,
    "tf.python.keras.callbacks": """
        tf.keras.callbacks: BaseLogger Callback CSVLogger EarlyStopping History LambdaCallback LearningRateScheduler
          ModelCheckpoint ProgbarLogger ReduceLROnPlateau RemoteMonitor TerminateOnNaN
    """,
    "tf.python.keras.callbacks_v1": """
        tf.keras.callbacks: TensorBoard
    """,
    "tf.python.keras.constraints": """
        tf.keras.constraints: Constraint deserialize get MaxNorm MinMaxNorm NonNeg RadialConstraint serialize
          UnitNorm
    """,
    "tf.python.keras.datasets.boston_housing": """
        tf.keras.datasets.boston_housing: load_data
    """,
    "tf.python.keras.datasets.cifar10": """
        tf.keras.datasets.cifar10: load_data
    """,
    "tf.python.keras.datasets.cifar100": """
        tf.keras.datasets.cifar100: load_data
    """,
    "tf.python.keras.datasets.fashion_mnist": """
        tf.keras.datasets.fashion_mnist: load_data
    """,
    "tf.python.keras.datasets.imdb": """
        tf.keras.datasets.imdb: get_word_index load_data
    """,
    "tf.python.keras.datasets.mnist": """
        tf.keras.datasets.mnist: load_data
    """,
    "tf.python.keras.datasets.reuters": """
        tf.keras.datasets.reuters: get_word_index load_data
    """,
    "tf.python.keras.engine.base_layer": """
        tf.keras.layers: Layer
    """,
    "tf.python.keras.engine.input_layer": """
        tf.keras: Input
        tf.keras.layers: InputLayer
    """,
    "tf.python.keras.engine.input_spec": """
        tf.keras.layers: InputSpec
    """,
    "tf.python.keras.engine.sequential": """
        tf.keras: Sequential
    """,
    "tf.python.keras.engine.training": """
        tf.keras: Model
    """,
    "tf.python.keras.estimator": """
        tf.keras.estimator: model_to_estimator
    """,
    "tf.python.keras.initializers": """
        tf.keras.initializers: deserialize get RandomNormal=normal RandomUniform=uniform serialize TruncatedNormal
    """,
    "tf.python.keras.layers.advanced_activations": """
        tf.keras.layers: ELU LeakyReLU PReLU ReLU Softmax ThresholdedReLU
    """,
    "tf.python.keras.layers.convolutional": """
        tf.keras.layers: Conv1D Conv2D Conv2DTranspose Conv3D Conv3DTranspose Cropping1D Cropping2D Cropping3D
          DepthwiseConv2D SeparableConv1D SeparableConv2D UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D
          ZeroPadding2D ZeroPadding3D
    """,
    "tf.python.keras.layers.convolutional_recurrent": """
        tf.keras.layers: ConvLSTM2D
    """,
    "tf.python.keras.layers.core": """
        tf.keras.layers: Activation ActivityRegularization Dense Dropout Flatten Lambda Masking Permute RepeatVector
          Reshape SpatialDropout1D SpatialDropout2D SpatialDropout3D
    """,
    "tf.python.keras.layers.cudnn_recurrent": """
        tf.keras.layers: CuDNNGRU CuDNNLSTM
    """,
    "tf.python.keras.layers.dense_attention": """
        tf.keras.layers: AdditiveAttention Attention
    """,
    "tf.python.keras.layers.embeddings": """
        tf.keras.layers: Embedding
    """,
    "tf.python.keras.layers.local": """
        tf.keras.layers: LocallyConnected1D LocallyConnected2D
    """,
    "tf.python.keras.layers.merge": """
        tf.keras.layers: Add add Average average Concatenate concatenate Dot dot Maximum maximum Minimum minimum
          Multiply multiply Subtract subtract
    """,
    "tf.python.keras.layers.noise": """
        tf.keras.layers: AlphaDropout GaussianDropout GaussianNoise
    """,
    "tf.python.keras.layers.normalization": """
        tf.keras.layers: BatchNormalization LayerNormalization
    """,
    "tf.python.keras.layers.pooling": """
        tf.keras.layers: AveragePooling1D=AvgPool1D AveragePooling2D=AvgPool2D AveragePooling3D=AvgPool3D
          GlobalAveragePooling1D=GlobalAvgPool1D GlobalAveragePooling2D=GlobalAvgPool2D
          GlobalAveragePooling3D=GlobalAvgPool3D GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPool3D MaxPool1D MaxPool2D
          MaxPool3D
    """,
    "tf.python.keras.layers.recurrent": """
        tf.keras.experimental: PeepholeLSTMCell
        tf.keras.layers: AbstractRNNCell GRU GRUCell LSTM LSTMCell RNN SimpleRNN SimpleRNNCell StackedRNNCells
    """,
    "tf.python.keras.layers.serialization": """
        tf.keras.layers: deserialize serialize
    """,
    "tf.python.keras.layers.wrappers": """
        tf.keras.layers: Bidirectional TimeDistributed Wrapper
    """,
    "tf.python.keras.losses": """
        tf.keras.losses: binary_crossentropy BinaryCrossentropy categorical_crossentropy categorical_hinge
          CategoricalCrossentropy CategoricalHinge cosine_proximity=cosine CosineSimilarity deserialize get hinge
          Hinge Huber KLD KLDivergence LogCosh logcosh Loss MAE MAPE MeanAbsoluteError MeanAbsolutePercentageError
          MeanSquaredError MeanSquaredLogarithmicError MSE MSLE poisson Poisson serialize
          sparse_categorical_crossentropy SparseCategoricalCrossentropy squared_hinge SquaredHinge
    """,
    "tf.python.keras.metrics": """
        tf.keras.metrics: Accuracy AUC binary_accuracy BinaryAccuracy BinaryCrossentropy categorical_accuracy
          CategoricalAccuracy CategoricalCrossentropy CategoricalHinge CosineSimilarity deserialize FalseNegatives
          FalsePositives get Hinge KLDivergence LogCoshError Mean MeanAbsoluteError MeanAbsolutePercentageError
          MeanIoU MeanRelativeError MeanSquaredError MeanSquaredLogarithmicError MeanTensor Metric Poisson Precision
          Recall RootMeanSquaredError SensitivityAtSpecificity serialize sparse_categorical_accuracy
          sparse_top_k_categorical_accuracy SparseCategoricalAccuracy SparseCategoricalCrossentropy
          SparseTopKCategoricalAccuracy SpecificityAtSensitivity SquaredHinge Sum top_k_categorical_accuracy
          TopKCategoricalAccuracy TrueNegatives TruePositives
    """,
    "tf.python.keras.mixed_precision.experimental.loss_scale_optimizer": """
        tf.keras.mixed_precision.experimental: LossScaleOptimizer
    """,
    "tf.python.keras.mixed_precision.experimental.policy": """
        tf.keras.mixed_precision.experimental: global_policy Policy set_policy
    """,
    "tf.python.keras.models": """
        tf.keras.models: clone_model
    """,
    "tf.python.keras.optimizer_v2.adadelta": """
        tf.keras.optimizers: Adadelta
    """,
    "tf.python.keras.optimizer_v2.adagrad": """
        tf.keras.optimizers: Adagrad
    """,
    "tf.python.keras.optimizer_v2.adam": """
        tf.keras.optimizers: Adam
    """,
    "tf.python.keras.optimizer_v2.adamax": """
        tf.keras.optimizers: Adamax
    """,
    "tf.python.keras.optimizer_v2.ftrl": """
        tf.keras.optimizers: Ftrl
    """,
    "tf.python.keras.optimizer_v2.gradient_descent": """
        tf.keras.optimizers: SGD
    """,
    "tf.python.keras.optimizer_v2.learning_rate_schedule": """
        tf.keras.experimental: CosineDecay CosineDecayRestarts LinearCosineDecay NoisyLinearCosineDecay
        tf.keras.optimizers.schedules: deserialize ExponentialDecay InverseTimeDecay LearningRateSchedule
          PiecewiseConstantDecay PolynomialDecay serialize
    """,
    "tf.python.keras.optimizer_v2.nadam": """
        tf.keras.optimizers: Nadam
    """,
    "tf.python.keras.optimizer_v2.optimizer_v2": """
        tf.keras.optimizers: OptimizerV2=Optimizer
    """,
    "tf.python.keras.optimizer_v2.rmsprop": """
        tf.keras.optimizers: RMSProp=RMSprop
    """,
    "tf.python.keras.optimizers": """
        tf.keras.optimizers: deserialize get serialize
    """,
    "tf.python.keras.premade.linear": """
        tf.keras.experimental: LinearModel
    """,
    "tf.python.keras.premade.wide_deep": """
        tf.keras.experimental: WideDeepModel
    """,
    "tf.python.keras.preprocessing.image": """
        tf.keras.preprocessing.image: apply_affine_transform apply_brightness_shift apply_channel_shift array_to_img
          DirectoryIterator ImageDataGenerator img_to_array Iterator load_img NumpyArrayIterator random_brightness
          random_channel_shift random_rotation random_shear random_shift random_zoom save_img
    """,
    "tf.python.keras.preprocessing.sequence": """
        tf.keras.preprocessing.sequence: make_sampling_table pad_sequences skipgrams TimeseriesGenerator
    """,
    "tf.python.keras.preprocessing.text": """
        tf.keras.preprocessing.text: hashing_trick one_hot text_to_word_sequence Tokenizer
    """,
    "tf.python.keras.regularizers": """
        tf.keras.regularizers: deserialize get l1 l1_l2 L1L2 l2 Regularizer serialize
    """,
    "tf.python.keras.saving.model_config": """
        tf.keras.models: model_from_config model_from_json model_from_yaml
    """,
    "tf.python.keras.saving.save": """
        tf.keras.models: load_model save_model
    """,
    "tf.python.keras.saving.saved_model_experimental": """
        tf.keras.experimental: export_saved_model load_from_saved_model
    """,
    "tf.python.keras.utils.data_utils": """
        tf.keras.experimental: terminate_keras_multiprocessing_pools
        tf.keras.utils: GeneratorEnqueuer get_file OrderedEnqueuer Sequence SequenceEnqueuer
    """,
    "tf.python.keras.utils.generic_utils": """
        tf.keras.utils: custom_object_scope CustomObjectScope deserialize_keras_object get_custom_objects Progbar
          serialize_keras_object
    """,
    "tf.python.keras.utils.io_utils": """
        tf.keras.utils: HDF5Matrix
    """,
    "tf.python.keras.utils.layer_utils": """
        tf.keras.utils: convert_all_kernels_in_model get_source_inputs
    """,
    "tf.python.keras.utils.multi_gpu_utils": """
        tf.keras.utils: multi_gpu_model
    """,
    "tf.python.keras.utils.np_utils": """
        tf.keras.utils: normalize to_categorical
    """,
    "tf.python.keras.utils.vis_utils": """
        tf.keras.utils: model_to_dot plot_model
    """,
    "tf.python.keras.wrappers.scikit_learn": """
        tf.keras.wrappers.scikit_learn: KerasClassifier KerasRegressor
    """,
}
