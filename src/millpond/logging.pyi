"""`tf.logging`: what a program tells its user, through the logger that the framework itself uses."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.namespaces.logging import (
    DEBUG,
    ERROR,
    FATAL,
    INFO,
    TaskLevelStatusMessage,
    WARN,
    debug,
    error,
    fatal,
    flush,
    get_verbosity,
    info,
    log,
    log_every_n,
    log_first_n,
    log_if,
    set_verbosity,
    vlog,
    warn,
    warning,
)

__all__ = [
    "DEBUG",
    "ERROR",
    "FATAL",
    "INFO",
    "TaskLevelStatusMessage",
    "WARN",
    "debug",
    "error",
    "fatal",
    "flush",
    "get_verbosity",
    "info",
    "log",
    "log_every_n",
    "log_first_n",
    "log_if",
    "set_verbosity",
    "vlog",
    "warn",
    "warning",
]
