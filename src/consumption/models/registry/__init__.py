"""The only door to MLflow: runs, logged models, registered versions and their aliases."""

from __future__ import annotations

import os
import warnings

# MLflow reads these when it is imported. It reports its use to its makers unless told not to: a workspace says
# nothing to anyone. A server that is away is told in seconds, not in minutes. What lies in the folder that a command
# runs in is no part of a model. Whoever sets one keeps it.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")  # only the command line prints
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_UV_AUTO_DETECT", "false")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of MLflow's own code, while it is imported
    from consumption.models.registry.door import Registry

__all__ = ["Registry"]
