"""What a program around a graph uses: flags, files, logs, records, tests: see the package's docstring for the form."""

NAMES = {
    "absl.flags": """
        adopt_module_key_flags               tf.flags.adopt_module_key_flags
        ArgumentParser                       tf.flags.ArgumentParser
        ArgumentSerializer                   tf.flags.ArgumentSerializer
        BaseListParser                       tf.flags.BaseListParser
        BooleanFlag                          tf.flags.BooleanFlag
        BooleanParser                        tf.flags.BooleanParser
        CantOpenFlagFileError                tf.flags.CantOpenFlagFileError
        CsvListSerializer                    tf.flags.CsvListSerializer
        declare_key_flag                     tf.flags.declare_key_flag
        DEFINE                               tf.flags.DEFINE
        DEFINE_alias                         tf.flags.DEFINE_alias
        DEFINE_flag                          tf.flags.DEFINE_flag
        DEFINE_list                          tf.flags.DEFINE_list
        DEFINE_multi                         tf.flags.DEFINE_multi
        DEFINE_multi_enum                    tf.flags.DEFINE_multi_enum
        DEFINE_multi_float                   tf.flags.DEFINE_multi_float
        DEFINE_multi_integer                 tf.flags.DEFINE_multi_integer
        DEFINE_multi_string                  tf.flags.DEFINE_multi_string
        DEFINE_spaceseplist                  tf.flags.DEFINE_spaceseplist
        disclaim_key_flags                   tf.flags.disclaim_key_flags
        doc_to_help                          tf.flags.doc_to_help
        DuplicateFlagError                   tf.flags.DuplicateFlagError
        EnumFlag                             tf.flags.EnumFlag
        EnumParser                           tf.flags.EnumParser
        Error                                tf.flags.Error
        Flag                                 tf.flags.Flag
        flag_dict_to_args                    tf.flags.flag_dict_to_args
        FlagNameConflictsWithMethodError     tf.flags.FlagNameConflictsWithMethodError
        FlagValues                           tf.flags.FlagValues
        FloatParser                          tf.flags.FloatParser
        get_help_width                       tf.flags.get_help_width
        IllegalFlagValueError                tf.flags.IllegalFlagValueError
        IntegerParser                        tf.flags.IntegerParser
        ListParser                           tf.flags.ListParser
        ListSerializer                       tf.flags.ListSerializer
        mark_bool_flags_as_mutual_exclusive  tf.flags.mark_bool_flags_as_mutual_exclusive
        mark_flag_as_required                tf.flags.mark_flag_as_required
        mark_flags_as_mutual_exclusive       tf.flags.mark_flags_as_mutual_exclusive
        mark_flags_as_required               tf.flags.mark_flags_as_required
        multi_flags_validator                tf.flags.multi_flags_validator
        MultiFlag                            tf.flags.MultiFlag
        register_multi_flags_validator       tf.flags.register_multi_flags_validator
        register_validator                   tf.flags.register_validator
        text_wrap                            tf.flags.text_wrap
        UnparsedFlagAccessError              tf.flags.UnparsedFlagAccessError
        UnrecognizedFlagError                tf.flags.UnrecognizedFlagError
        ValidationError                      tf.flags.ValidationError
        validator                            tf.flags.validator
        WhitespaceSeparatedListParser        tf.flags.WhitespaceSeparatedListParser
    """,
    "millpond": """
        flags  tf.app.flags
    """,
    "millpond.examples.datasets": """
        Dataset                  tf.contrib.learn.datasets.base.Dataset
        load_csv_with_header     tf.contrib.learn.datasets.base.load_csv_with_header
        load_csv_without_header  tf.contrib.learn.datasets.base.load_csv_without_header
        load_dataset             tf.contrib.learn.datasets.load_dataset
        load_iris                tf.contrib.learn.datasets.base.load_iris tf.contrib.learn.datasets.load_iris
        maybe_download           tf.contrib.learn.datasets.base.maybe_download
                                 tf.examples.tutorials.mnist.input_data.maybe_download
    """,
    "millpond.examples.tutorials.mnist.input_data": """
        DataSet             tf.contrib.learn.datasets.mnist.DataSet
                            tf.examples.tutorials.mnist.input_data.DataSet
        Datasets            tf.contrib.learn.datasets.base.Datasets
                            tf.examples.tutorials.mnist.input_data.Datasets
        DEFAULT_SOURCE_URL  tf.contrib.learn.datasets.mnist.DEFAULT_SOURCE_URL
                            tf.contrib.learn.datasets.mnist.SOURCE_URL
                            tf.examples.tutorials.mnist.input_data.DEFAULT_SOURCE_URL
                            tf.examples.tutorials.mnist.input_data.SOURCE_URL
        dense_to_one_hot    tf.contrib.learn.datasets.mnist.dense_to_one_hot
                            tf.examples.tutorials.mnist.input_data.dense_to_one_hot
        extract_images      tf.contrib.learn.datasets.mnist.extract_images
                            tf.examples.tutorials.mnist.input_data.extract_images
        extract_labels      tf.contrib.learn.datasets.mnist.extract_labels
                            tf.examples.tutorials.mnist.input_data.extract_labels
        load_mnist          tf.contrib.learn.datasets.mnist.load_mnist
        read_data_sets      tf.contrib.learn.datasets.mnist.read_data_sets
                            tf.examples.tutorials.mnist.input_data.read_data_sets
        SHIPPED_SUBSET      tf.examples.tutorials.mnist.input_data.SHIPPED_SUBSET
    """,
    "millpond.examples.tutorials.mnist.mnist": """
        evaluation    tf.examples.tutorials.mnist.mnist.evaluation
        IMAGE_PIXELS  tf.examples.tutorials.mnist.mnist.IMAGE_PIXELS
        IMAGE_SIZE    tf.examples.tutorials.mnist.mnist.IMAGE_SIZE
        inference     tf.examples.tutorials.mnist.mnist.inference
        loss          tf.examples.tutorials.mnist.mnist.loss
        NUM_CLASSES   tf.examples.tutorials.mnist.mnist.NUM_CLASSES
        training      tf.examples.tutorials.mnist.mnist.training
    """,
    "millpond.formats.filesystem": """
        copy              tf.io.gfile.copy
        exists            tf.io.gfile.exists
        glob              tf.io.gfile.glob
        is_directory      tf.io.gfile.isdir
        join              tf.io.gfile.join
        list_directory    tf.io.gfile.listdir
        make_directories  tf.io.gfile.makedirs
        make_directory    tf.io.gfile.mkdir
        remove            tf.io.gfile.remove
        remove_tree       tf.io.gfile.rmtree
        rename            tf.io.gfile.rename
        stat              tf.io.gfile.stat
        walk              tf.io.gfile.walk
    """,
    "millpond.formats.gfile": """
        GFile  tf.gfile.FastGFile tf.gfile.GFile tf.gfile.Open tf.io.gfile.GFile
    """,
    "millpond.compat.alias.installing": """
        install                 tf.compat.install
        load_ipython_extension  tf.load_ipython_extension
    """,
    "millpond.namespaces.app": """
        run  tf.app.run
    """,
    "millpond.namespaces.device_lib": """
        list_local_devices  tf.python.client.device_lib.list_local_devices
    """,
    "millpond.namespaces.flags": """
        DEFINE_bool     tf.flags.DEFINE_bool
        DEFINE_boolean  tf.flags.DEFINE_boolean
        DEFINE_enum     tf.flags.DEFINE_enum
        DEFINE_float    tf.flags.DEFINE_float
        DEFINE_integer  tf.flags.DEFINE_integer
        DEFINE_string   tf.flags.DEFINE_string
        FLAGS           tf.flags.FLAGS
    """,
    "millpond.namespaces.gfile": """
        Copy               tf.gfile.Copy
        DeleteRecursively  tf.gfile.DeleteRecursively
        Exists             tf.gfile.Exists
        Glob               tf.gfile.Glob
        IsDirectory        tf.gfile.IsDirectory
        ListDirectory      tf.gfile.ListDirectory
        MakeDirs           tf.gfile.MakeDirs
        MkDir              tf.gfile.MkDir
        Remove             tf.gfile.Remove
        Rename             tf.gfile.Rename
        Stat               tf.gfile.Stat
        Walk               tf.gfile.Walk
    """,
    "millpond.namespaces.logging": """
        DEBUG                   tf.logging.DEBUG
        debug                   tf.logging.debug
        ERROR                   tf.logging.ERROR
        error                   tf.logging.error
        FATAL                   tf.logging.FATAL
        fatal                   tf.logging.fatal
        flush                   tf.logging.flush
        get_verbosity           tf.logging.get_verbosity
        INFO                    tf.logging.INFO
        info                    tf.logging.info
        log                     tf.logging.log
        log_every_n             tf.logging.log_every_n
        log_first_n             tf.logging.log_first_n
        log_if                  tf.logging.log_if
        set_verbosity           tf.logging.set_verbosity
        TaskLevelStatusMessage  tf.logging.TaskLevelStatusMessage
        vlog                    tf.logging.vlog
        WARN                    tf.logging.WARN
        warn                    tf.logging.warn
        warning                 tf.logging.warning
    """,
    "millpond.namespaces.python_io": """
        tf_record_iterator       tf.io.tf_record_iterator tf.python_io.tf_record_iterator
        TFRecordCompressionType  tf.io.TFRecordCompressionType tf.python_io.TFRecordCompressionType
        TFRecordOptions          tf.io.TFRecordOptions tf.python_io.TFRecordOptions
        TFRecordWriter           tf.io.TFRecordWriter tf.python_io.TFRecordWriter
    """,
    "millpond.namespaces.resource_loader": """
        get_data_files_path              tf.resource_loader.get_data_files_path
        get_path_to_datafile             tf.resource_loader.get_path_to_datafile
        get_root_dir_with_all_resources  tf.resource_loader.get_root_dir_with_all_resources
        load_resource                    tf.resource_loader.load_resource
        readahead_file_path              tf.resource_loader.readahead_file_path
    """,
    "millpond.namespaces.version": """
        COMPILER_VERSION                tf.COMPILER_VERSION tf.__compiler_version__ tf.version.COMPILER_VERSION
        CXX11_ABI_FLAG                  tf.CXX11_ABI_FLAG tf.__cxx11_abi_flag__
        GIT_VERSION                     tf.GIT_VERSION tf.__git_version__ tf.version.GIT_VERSION
        GRAPH_DEF_VERSION               tf.GRAPH_DEF_VERSION tf.version.GRAPH_DEF_VERSION
        GRAPH_DEF_VERSION_MIN_CONSUMER  tf.GRAPH_DEF_VERSION_MIN_CONSUMER tf.version.GRAPH_DEF_VERSION_MIN_CONSUMER
        GRAPH_DEF_VERSION_MIN_PRODUCER  tf.GRAPH_DEF_VERSION_MIN_PRODUCER tf.version.GRAPH_DEF_VERSION_MIN_PRODUCER
        MONOLITHIC_BUILD                tf.MONOLITHIC_BUILD tf.__monolithic_build__
        VERSION                         tf.VERSION tf.__version__ tf.version.VERSION
    """,
    "millpond.testing.benchmark": """
        Benchmark         tf.test.Benchmark
        benchmark_config  tf.test.benchmark_config
    """,
    "millpond.testing.environment": """
        assert_equal_graph_def     tf.test.assert_equal_graph_def
        create_local_cluster       tf.test.create_local_cluster
        get_temp_dir               tf.test.get_temp_dir
        gpu_device_name            tf.test.gpu_device_name
        is_built_with_cuda         tf.test.is_built_with_cuda
        is_built_with_gpu_support  tf.test.is_built_with_gpu_support
        is_built_with_rocm         tf.test.is_built_with_rocm
        is_built_with_xla          tf.test.is_built_with_xla
        is_gpu_available           tf.test.is_gpu_available
        main                       tf.test.main
        test_src_dir_path          tf.test.test_src_dir_path
    """,
    "millpond.testing.gradient_check": """
        compute_gradient        tf.test.compute_gradient
        compute_gradient_error  tf.test.compute_gradient_error
    """,
    "millpond.testing.graph_case": """
        TestCase  tf.test.TestCase
    """,
    "millpond.testing.stubs": """
        StubOutForTesting  tf.test.StubOutForTesting
    """,
    "unittest.mock": """
        .  tf.test.mock
    """,
}
