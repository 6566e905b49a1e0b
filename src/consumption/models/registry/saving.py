"""A model as MLflow keeps it: our text files, the little of our code that reads them, and a signature."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from mlflow.models import ModelSignature
from mlflow.pyfunc import save_model
from mlflow.types.schema import ColSpec, Schema

from consumption.models import pyfunc
from consumption.models.model import Model
from consumption.models.own_code import copy_what_is_needed

# What MLflow executes to load a model ("models from code"): it hands our scorer, which knows no MLflow, to MLflow.
_CODE = '''"""Probabilities of one motion's model, for rows of signals."""

from pathlib import Path

from consumption.models.pyfunc import MODEL, load_model, probabilities
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel
from pandas import DataFrame


class Probabilities(PythonModel):
    """A model whose files lie beside this one."""

    def load_context(self, context):
        self.model = load_model(Path(context.artifacts[MODEL]))

    def predict(self, context, model_input: DataFrame, params=None) -> DataFrame:
        return probabilities(self.model, model_input)


set_model(Probabilities())
'''
_NEEDS = ("lightgbm", "mlflow", "numpy", "pandas", "polars", "pyarrow", "scikit-learn", "scipy")
_TYPES = {"String": "string", "Boolean": "boolean"}


def save(model: Model, types: Mapping[str, str], folder: Path) -> None:
    """Writes an MLflow model that needs nothing of ours installed; `types`: the Polars type of each signal."""
    with tempfile.TemporaryDirectory() as made:
        code, files = Path(made) / "probabilities.py", Path(made) / pyfunc.MODEL
        code.write_text(_CODE, encoding="utf-8")
        files.mkdir()
        model.save(files)
        save_model(
            path=str(folder),
            python_model=str(code),
            artifacts={pyfunc.MODEL: str(files)},
            code_paths=[str(copy_what_is_needed(pyfunc.__name__, Path(made)))],
            signature=signature(model, types),
            pip_requirements=[f"{name}=={version(name)}" for name in _NEEDS],
        )


def signature(model: Model, types: Mapping[str, str]) -> ModelSignature:
    """A column a signal, which may be unknown (NaN) but not left out; and probabilities and sizes for a row each."""
    read = [ColSpec(_TYPES.get(types.get(name, ""), "double"), name) for name in model.about.signals]
    more = [ColSpec(kind, name, required=False) for name, kind in pyfunc.OPTIONAL.items()]
    told = [ColSpec("double", name) for name in pyfunc.columns(model.about.motion)]
    return ModelSignature(Schema([*read, *more]), Schema([*told]))
