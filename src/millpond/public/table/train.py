"""Training, saving, summaries, models for serving: see the package's docstring for the form."""

NAMES = {
    "millpond.compat.pre_one": """
        audio_summary        tf.audio_summary
        histogram_summary    tf.histogram_summary
        image_summary        tf.image_summary
        merge_all_summaries  tf.merge_all_summaries
        merge_summary        tf.merge_summary
        scalar_summary       tf.scalar_summary
    """,
    "millpond.ops.queues.queues": """
        FIFOQueue           tf.FIFOQueue tf.queue.FIFOQueue
        PaddingFIFOQueue    tf.PaddingFIFOQueue tf.io.PaddingFIFOQueue tf.queue.PaddingFIFOQueue
        PriorityQueue       tf.PriorityQueue tf.io.PriorityQueue tf.queue.PriorityQueue
        QueueBase           tf.QueueBase tf.io.QueueBase tf.queue.QueueBase
        RandomShuffleQueue  tf.RandomShuffleQueue tf.io.RandomShuffleQueue tf.queue.RandomShuffleQueue
    """,
    "millpond.ops.queues.readers": """
        FixedLengthRecordReader  tf.FixedLengthRecordReader
        IdentityReader           tf.IdentityReader
        ReaderBase               tf.ReaderBase
        TFRecordReader           tf.TFRecordReader
        TextLineReader           tf.TextLineReader
        WholeFileReader          tf.WholeFileReader
    """,
    "millpond.train.input.batching": """
        batch                     tf.train.batch
        batch_join                tf.train.batch_join
        maybe_batch               tf.train.maybe_batch
        maybe_batch_join          tf.train.maybe_batch_join
        maybe_shuffle_batch       tf.train.maybe_shuffle_batch
        maybe_shuffle_batch_join  tf.train.maybe_shuffle_batch_join
        shuffle_batch             tf.train.shuffle_batch
        shuffle_batch_join        tf.train.shuffle_batch_join
    """,
    "millpond.train.input.producers": """
        input_producer         tf.train.input_producer
        limit_epochs           tf.train.limit_epochs
        match_filenames_once   tf.train.match_filenames_once tf.io.match_filenames_once
        range_input_producer   tf.train.range_input_producer
        slice_input_producer   tf.train.slice_input_producer
        string_input_producer  tf.train.string_input_producer
    """,
    "millpond.protos.checkpoint": """
        CheckpointState  tf.train.CheckpointState
    """,
    "millpond.protos.cluster": """
        QueueRunnerDef  tf.train.QueueRunnerDef
        ServerDef       tf.train.ServerDef
    """,
    "millpond.protos.example": """
        BytesList        tf.train.BytesList
        Example          tf.train.Example
        Feature          tf.train.Feature
        FeatureList      tf.train.FeatureList
        FeatureLists     tf.train.FeatureLists
        Features         tf.train.Features
        FloatList        tf.train.FloatList
        Int64List        tf.train.Int64List
        SequenceExample  tf.train.SequenceExample
    """,
    "millpond.saved_model.builder": """
        SavedModelBuilder  tf.saved_model.Builder tf.saved_model.builder.SavedModelBuilder
        simple_save        tf.saved_model.simple_save
    """,
    "millpond.saved_model.constants": """
        ASSETS_DIRECTORY            tf.saved_model.ASSETS_DIRECTORY tf.saved_model.constants.ASSETS_DIRECTORY
        ASSETS_KEY                  tf.saved_model.ASSETS_KEY tf.saved_model.constants.ASSETS_KEY
        DEBUG_DIRECTORY             tf.saved_model.DEBUG_DIRECTORY tf.saved_model.constants.DEBUG_DIRECTORY
        DEBUG_INFO_FILENAME_PB      tf.saved_model.DEBUG_INFO_FILENAME_PB
                                    tf.saved_model.constants.DEBUG_INFO_FILENAME_PB
        LEGACY_INIT_OP_KEY          tf.saved_model.LEGACY_INIT_OP_KEY tf.saved_model.constants.LEGACY_INIT_OP_KEY
        MAIN_OP_KEY                 tf.saved_model.MAIN_OP_KEY tf.saved_model.constants.MAIN_OP_KEY
        SAVED_MODEL_FILENAME_PB     tf.saved_model.SAVED_MODEL_FILENAME_PB
                                    tf.saved_model.constants.SAVED_MODEL_FILENAME_PB
        SAVED_MODEL_FILENAME_PBTXT  tf.saved_model.SAVED_MODEL_FILENAME_PBTXT
                                    tf.saved_model.constants.SAVED_MODEL_FILENAME_PBTXT
        SAVED_MODEL_SCHEMA_VERSION  tf.saved_model.SAVED_MODEL_SCHEMA_VERSION
                                    tf.saved_model.constants.SAVED_MODEL_SCHEMA_VERSION
        TRAIN_OP_KEY                tf.saved_model.constants.TRAIN_OP_KEY
        VARIABLES_DIRECTORY         tf.saved_model.VARIABLES_DIRECTORY tf.saved_model.constants.VARIABLES_DIRECTORY
        VARIABLES_FILENAME          tf.saved_model.VARIABLES_FILENAME tf.saved_model.constants.VARIABLES_FILENAME
    """,
    "millpond.saved_model.loader": """
        load                         tf.saved_model.load tf.saved_model.loader.load
        maybe_saved_model_directory  tf.saved_model.contains_saved_model tf.saved_model.maybe_saved_model_directory
                                     tf.saved_model.loader.maybe_saved_model_directory
    """,
    "millpond.saved_model.main_op": """
        main_op               tf.saved_model.main_op.main_op
        main_op_with_restore  tf.saved_model.main_op_with_restore tf.saved_model.main_op.main_op_with_restore
    """,
    "millpond.saved_model.signature_constants": """
        CLASSIFY_INPUTS                    tf.saved_model.CLASSIFY_INPUTS
                                           tf.saved_model.signature_constants.CLASSIFY_INPUTS
        CLASSIFY_METHOD_NAME               tf.saved_model.CLASSIFY_METHOD_NAME
                                           tf.saved_model.signature_constants.CLASSIFY_METHOD_NAME
        CLASSIFY_OUTPUT_CLASSES            tf.saved_model.CLASSIFY_OUTPUT_CLASSES
                                           tf.saved_model.signature_constants.CLASSIFY_OUTPUT_CLASSES
        CLASSIFY_OUTPUT_SCORES             tf.saved_model.CLASSIFY_OUTPUT_SCORES
                                           tf.saved_model.signature_constants.CLASSIFY_OUTPUT_SCORES
        DEFAULT_SERVING_SIGNATURE_DEF_KEY  tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
                                           tf.saved_model.signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
        PREDICT_INPUTS                     tf.saved_model.PREDICT_INPUTS
                                           tf.saved_model.signature_constants.PREDICT_INPUTS
        PREDICT_METHOD_NAME                tf.saved_model.PREDICT_METHOD_NAME
                                           tf.saved_model.signature_constants.PREDICT_METHOD_NAME
        PREDICT_OUTPUTS                    tf.saved_model.PREDICT_OUTPUTS
                                           tf.saved_model.signature_constants.PREDICT_OUTPUTS
        REGRESS_INPUTS                     tf.saved_model.REGRESS_INPUTS
                                           tf.saved_model.signature_constants.REGRESS_INPUTS
        REGRESS_METHOD_NAME                tf.saved_model.REGRESS_METHOD_NAME
                                           tf.saved_model.signature_constants.REGRESS_METHOD_NAME
        REGRESS_OUTPUTS                    tf.saved_model.REGRESS_OUTPUTS
                                           tf.saved_model.signature_constants.REGRESS_OUTPUTS
    """,
    "millpond.saved_model.signature_def": """
        build_signature_def           tf.saved_model.build_signature_def
                                      tf.saved_model.signature_def_utils.build_signature_def
        classification_signature_def  tf.saved_model.classification_signature_def
                                      tf.saved_model.signature_def_utils.classification_signature_def
        is_valid_signature            tf.saved_model.is_valid_signature
                                      tf.saved_model.signature_def_utils.is_valid_signature
        predict_signature_def         tf.saved_model.predict_signature_def
                                      tf.saved_model.signature_def_utils.predict_signature_def
        regression_signature_def      tf.saved_model.regression_signature_def
                                      tf.saved_model.signature_def_utils.regression_signature_def
    """,
    "millpond.saved_model.tag_constants": """
        GPU       tf.saved_model.GPU tf.saved_model.tag_constants.GPU
        SERVING   tf.saved_model.SERVING tf.saved_model.tag_constants.SERVING
        TPU       tf.saved_model.TPU tf.saved_model.tag_constants.TPU
        TRAINING  tf.saved_model.TRAINING tf.saved_model.tag_constants.TRAINING
    """,
    "millpond.saved_model.tensor_info": """
        build_tensor_info            tf.saved_model.build_tensor_info tf.saved_model.utils.build_tensor_info
        get_tensor_from_tensor_info  tf.saved_model.get_tensor_from_tensor_info
                                     tf.saved_model.utils.get_tensor_from_tensor_info
    """,
    "millpond.summary.custom_scalars": """
        custom_scalar     tf.summary.custom_scalar
        custom_scalar_pb  tf.summary.custom_scalar_pb
    """,
    "millpond.summary.file_writer": """
        FileWriter        tf.summary.FileWriter tf.train.SummaryWriter
        FileWriterCache   tf.summary.FileWriterCache
        summary_iterator  tf.train.summary_iterator
    """,
    "millpond.summary.pr_curves": """
        pr_curve           tf.summary.pr_curve
        pr_curve_pb        tf.summary.pr_curve_pb
        pr_curve_raw_data  tf.summary.pr_curve_raw_data
    """,
    "millpond.summary.recording": """
        audio                    tf.summary.audio
        get_summary_description  tf.summary.get_summary_description
        histogram                tf.summary.histogram
        image                    tf.summary.image
        merge                    tf.summary.merge
        merge_all                tf.summary.merge_all
        scalar                   tf.summary.scalar
        tensor_summary           tf.summary.tensor_summary
        text                     tf.summary.text
    """,
    "millpond.train.clusters.cluster_spec": """
        ClusterSpec  tf.train.ClusterSpec
    """,
    "millpond.train.clusters.device_setter": """
        replica_device_setter  tf.train.replica_device_setter
    """,
    "millpond.train.clusters.server": """
        Server  tf.train.Server
    """,
    "millpond.train.hooks.basic_hooks": """
        FeedFnHook                  tf.train.FeedFnHook
        FinalOpsHook                tf.train.FinalOpsHook
        GlobalStepWaiterHook        tf.train.GlobalStepWaiterHook
        LoggingTensorHook           tf.train.LoggingTensorHook
        NanLossDuringTrainingError  tf.train.NanLossDuringTrainingError
        NanTensorHook               tf.train.NanTensorHook
        ProfilerHook                tf.train.ProfilerHook
        StopAtStepHook              tf.train.StopAtStepHook
    """,
    "millpond.train.hooks.saving_hooks": """
        CheckpointSaverHook      tf.train.CheckpointSaverHook
        CheckpointSaverListener  tf.train.CheckpointSaverListener
        StepCounterHook          tf.train.StepCounterHook
        SummarySaverHook         tf.train.SummarySaverHook
    """,
    "millpond.train.hooks.session_run_hook": """
        SessionRunArgs     tf.train.SessionRunArgs
        SessionRunContext  tf.train.SessionRunContext
        SessionRunHook     tf.train.SessionRunHook
        SessionRunValues   tf.train.SessionRunValues
    """,
    "millpond.train.hooks.step_timer": """
        SecondOrStepTimer  tf.train.SecondOrStepTimer
    """,
    "millpond.train.optimizers.adadelta": """
        AdadeltaOptimizer  tf.train.AdadeltaOptimizer
    """,
    "millpond.train.optimizers.adagrad": """
        AdagradOptimizer  tf.train.AdagradOptimizer
    """,
    "millpond.train.optimizers.adagrad_da": """
        AdagradDAOptimizer  tf.train.AdagradDAOptimizer
    """,
    "millpond.train.optimizers.adam": """
        AdamOptimizer  tf.train.AdamOptimizer
    """,
    "millpond.train.optimizers.ftrl": """
        FtrlOptimizer  tf.train.FtrlOptimizer
    """,
    "millpond.train.optimizers.gradient_descent": """
        GradientDescentOptimizer  tf.train.GradientDescentOptimizer
    """,
    "millpond.train.optimizers.momentum": """
        MomentumOptimizer  tf.train.MomentumOptimizer
    """,
    "millpond.train.optimizers.optimizer": """
        Optimizer  tf.train.Optimizer
    """,
    "millpond.train.optimizers.proximal": """
        ProximalAdagradOptimizer          tf.train.ProximalAdagradOptimizer
        ProximalGradientDescentOptimizer  tf.train.ProximalGradientDescentOptimizer
    """,
    "millpond.train.optimizers.rms_prop": """
        RMSPropOptimizer  tf.train.RMSPropOptimizer
    """,
    "millpond.train.optimizers.sync_replicas": """
        SyncReplicasOptimizer  tf.train.SyncReplicasOptimizer
    """,
    "millpond.train.saving.checkpoint": """
        Checkpoint  tf.train.Checkpoint
    """,
    "millpond.train.saving.checkpoint_initializers": """
        init_from_checkpoint  tf.train.init_from_checkpoint
    """,
    "millpond.train.saving.checkpoint_manager": """
        CheckpointManager  tf.train.CheckpointManager
    """,
    "millpond.train.saving.checkpoint_reader": """
        list_variables       tf.train.list_variables
        load_checkpoint      tf.train.load_checkpoint
        load_variable        tf.train.load_variable
        NewCheckpointReader  tf.train.NewCheckpointReader
    """,
    "millpond.train.saving.checkpoint_polling": """
        checkpoints_iterator  tf.train.checkpoints_iterator
    """,
    "millpond.train.saving.checkpoint_state": """
        checkpoint_exists                tf.train.checkpoint_exists
        generate_checkpoint_state_proto  tf.train.generate_checkpoint_state_proto
        get_checkpoint_mtimes            tf.train.get_checkpoint_mtimes
        get_checkpoint_state             tf.train.get_checkpoint_state
        latest_checkpoint                tf.train.latest_checkpoint
        remove_checkpoint                tf.train.remove_checkpoint
        update_checkpoint_state          tf.train.update_checkpoint_state
    """,
    "millpond.train.saving.freezing": """
        convert_variables_to_constants  tf.graph_util.convert_variables_to_constants
    """,
    "millpond.train.saving.meta_graph": """
        export_meta_graph  tf.train.export_meta_graph
        write_graph        tf.io.write_graph tf.train.write_graph
    """,
    "millpond.train.saving.meta_graph_import": """
        import_meta_graph  tf.train.import_meta_graph
    """,
    "millpond.train.saving.saver": """
        Saver  tf.train.Saver
    """,
    "millpond.train.saving.warm_starting": """
        VocabInfo   tf.train.VocabInfo
        warm_start  tf.train.warm_start
    """,
    "millpond.train.schedules.decays": """
        cosine_decay               tf.train.cosine_decay
        cosine_decay_restarts      tf.train.cosine_decay_restarts
        exponential_decay          tf.train.exponential_decay
        inverse_time_decay         tf.train.inverse_time_decay
        linear_cosine_decay        tf.train.linear_cosine_decay
        natural_exp_decay          tf.train.natural_exp_decay
        noisy_linear_cosine_decay  tf.train.noisy_linear_cosine_decay
        piecewise_constant         tf.train.piecewise_constant
        piecewise_constant_decay   tf.train.piecewise_constant_decay
        polynomial_decay           tf.train.polynomial_decay
    """,
    "millpond.train.schedules.global_step": """
        assert_global_step         tf.train.assert_global_step
        create_global_step         tf.train.create_global_step
        get_global_step            tf.train.get_global_step
        get_or_create_global_step  tf.train.get_or_create_global_step
        global_step                tf.train.global_step
    """,
    "millpond.train.schedules.moving_averages": """
        ExponentialMovingAverage  tf.train.ExponentialMovingAverage
    """,
    "millpond.train.sessions.basic_loops": """
        basic_train_loop  tf.train.basic_train_loop
    """,
    "millpond.train.sessions.coordinator": """
        Coordinator   tf.train.Coordinator
        LooperThread  tf.train.LooperThread
    """,
    "millpond.train.sessions.monitored_session": """
        MonitoredSession          tf.train.MonitoredSession
        MonitoredTrainingSession  tf.train.MonitoredTrainingSession
        SingularMonitoredSession  tf.train.SingularMonitoredSession
    """,
    "millpond.train.sessions.queue_runner": """
        add_queue_runner     tf.train.add_queue_runner tf.train.queue_runner.add_queue_runner
        QueueRunner          tf.train.QueueRunner tf.train.queue_runner.QueueRunner
        start_queue_runners  tf.train.start_queue_runners tf.train.queue_runner.start_queue_runners
    """,
    "millpond.train.sessions.scaffold": """
        Scaffold  tf.train.Scaffold
    """,
    "millpond.train.sessions.session_creator": """
        ChiefSessionCreator   tf.train.ChiefSessionCreator
        SessionCreator        tf.train.SessionCreator
        WorkerSessionCreator  tf.train.WorkerSessionCreator
    """,
    "millpond.train.sessions.session_manager": """
        SessionManager  tf.train.SessionManager
    """,
    "millpond.train.sessions.supervisor": """
        Supervisor  tf.train.Supervisor
    """,
}
