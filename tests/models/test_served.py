"""The models that rank today, beside the store."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from consumption.features.rules import UsageRules
from consumption.features.signal_set import SIGNALS, fingerprints
from consumption.models.heads.ranker import Ranker
from consumption.models.heads.rule import Rule
from consumption.models.loading import load_model, versioned
from consumption.models.model import Model, StaleModel
from consumption.models.samples.dataset import TrainingSet
from consumption.models.served import NoSuchModel, Pointer, go_back, keep, load_served, mark_told, pointer, promote


def served(root: Path, model: Model, version: str) -> None:
    """Keeps a model and lets it rank."""
    keep(root, versioned(model, version))
    promote(root, "help", version)


def test_before_any_training_the_rule_ranks_and_says_so(tmp_path: Path) -> None:
    """A new install has a list on day one."""
    model = load_served(tmp_path, "expand", SIGNALS)
    assert model.kind == "rule"
    assert "nothing has been trained yet" in model.about.note


def test_what_was_kept_ranks_the_same(tmp_path: Path, ranker: Ranker, data: TrainingSet) -> None:
    """The copy beside the store gives the same bits, under its version."""
    served(tmp_path, ranker, "3")
    model = load_served(tmp_path, "help", SIGNALS)
    assert model.predict(data.part("test")).equals(ranker.predict(data.part("test")))
    assert model.about.version == "3"


def test_going_back_is_a_switch(tmp_path: Path, ranker: Ranker, rule: Rule) -> None:
    """The version before ranks again; going back twice returns."""
    served(tmp_path, rule, "1")
    served(tmp_path, ranker, "2")
    assert go_back(tmp_path, "help").version == "1"
    assert load_served(tmp_path, "help", SIGNALS).kind == "rule"
    assert go_back(tmp_path, "help").version == "2"
    assert pointer(tmp_path, "help") == Pointer(version="2", previous="1")


def test_only_what_is_there_can_rank(tmp_path: Path) -> None:
    """A pointer never points nowhere."""
    with pytest.raises(NoSuchModel, match="train one"):
        promote(tmp_path, "help", "9")
    with pytest.raises(NoSuchModel):
        go_back(tmp_path, "help")


def test_a_registry_made_anew_counts_from_one_again(tmp_path: Path, ranker: Ranker, rule: Rule) -> None:
    """Another model of the same number takes the place of one that nobody ranks by; the same one stays as it is."""
    old = keep(tmp_path, versioned(rule, "1"))
    before = (old / "model.json").stat().st_ino
    assert (keep(tmp_path, versioned(rule, "1")) / "model.json").stat().st_ino == before
    assert load_model(keep(tmp_path, versioned(ranker, "1"))).kind == "lightgbm"
    assert [p.name for p in (tmp_path / "help").iterdir()] == ["1"]


def test_what_ranks_is_never_overwritten(tmp_path: Path, ranker: Ranker, rule: Rule, data: TrainingSet) -> None:
    """A loser that a new registry calls 1 too does not rank in its place, and the winner can be gone back from."""
    served(tmp_path, rule, "1")
    said = load_served(tmp_path, "help", SIGNALS).predict(data.part("test"))
    keep(tmp_path, versioned(ranker, "1"))
    now = pointer(tmp_path, "help")
    assert now is not None
    assert now.version.startswith("1-")
    assert load_served(tmp_path, "help", SIGNALS).about.version == now.version
    assert load_served(tmp_path, "help", SIGNALS).predict(data.part("test")).equals(said)
    assert promote(tmp_path, "help", "1") == Pointer("1", now.version)
    assert load_served(tmp_path, "help", SIGNALS).kind == "lightgbm"
    assert go_back(tmp_path, "help").version == now.version
    assert load_served(tmp_path, "help", SIGNALS).predict(data.part("test")).equals(said)


def test_what_a_kill_left_is_swept(tmp_path: Path, rule: Rule) -> None:
    """Half a copy, or an old one on its way out, is gone when the next model is kept."""
    (tmp_path / "help" / ".new-abc").mkdir(parents=True)
    (tmp_path / "help" / ".old-abc" / "1").mkdir(parents=True)
    keep(tmp_path, versioned(rule, "1"))
    assert [p.name for p in (tmp_path / "help").iterdir()] == ["1"]


def test_stepping_to_an_older_version_withdraws_the_newer_one(tmp_path: Path, ranker: Ranker, rule: Rule) -> None:
    """Whoever goes back on their own later must not bring back what was taken out of charge."""
    served(tmp_path, rule, "9")
    served(tmp_path, ranker, "10")
    now = pointer(tmp_path, "help")
    assert now is not None
    assert not now.withdrawn
    assert go_back(tmp_path, "help").withdrawn
    assert not promote(tmp_path, "help", "10").withdrawn


def test_the_registry_is_told_what_is_true_by_then(tmp_path: Path, ranker: Ranker, rule: Rule) -> None:
    """What ranks was changed while the registry was being told: it is still to be told."""
    served(tmp_path, rule, "1")
    served(tmp_path, ranker, "2")
    told = pointer(tmp_path, "help")
    assert told is not None
    go_back(tmp_path, "help")
    mark_told(tmp_path, "help", told)
    now = pointer(tmp_path, "help")
    assert now is not None
    assert (now.version, now.told) == ("1", False)


def test_a_pointer_says_whether_the_registry_was_told(tmp_path: Path, rule: Rule) -> None:
    """A kill between the two writes leaves it untold, and whoever opens the registry next tells it."""
    served(tmp_path, rule, "1")
    served(tmp_path, rule, "2")
    now = pointer(tmp_path, "help")
    assert now is not None
    assert not now.told
    mark_told(tmp_path, "help", now)
    now = pointer(tmp_path, "help")
    assert now == Pointer("2", "1")
    assert now is not None
    assert now.told
    assert not go_back(tmp_path, "help").told


def test_a_setting_that_changed_is_named_as_the_cause(tmp_path: Path, ranker: Ranker) -> None:
    """Nearly every signal depends on `[exclude]`: the setting is named, and not a hundred signals."""
    served(tmp_path, ranker, "1")
    ours = UsageRules(excluded_domains=frozenset({"ours.example"}))
    known = fingerprints(SIGNALS, UsageRules())
    trained = replace(ranker.about, fingerprints=known)
    served(tmp_path, ranker.with_about(trained), "2")
    with pytest.raises(StaleModel, match=r"settings changed since this model was trained: \[exclude\]") as refused:
        load_served(tmp_path, "help", SIGNALS, ours)
    assert "signals changed" not in refused.value.problem
    assert "put the settings back" in refused.value.remedy
    with pytest.raises(StaleModel, match=r"\[events\] value") as refused:
        load_served(tmp_path, "help", SIGNALS, UsageRules(value_events=frozenset({"report_shared"})))
    assert "[exclude]" not in refused.value.problem


def test_a_model_of_another_edition_is_refused_with_what_to_do(tmp_path: Path, ranker: Ranker) -> None:
    """What is not in the files is said, instead of an error of ours."""
    folder = keep(tmp_path, versioned(ranker, "1"))
    (folder / "churn.json").write_text("{}")
    with pytest.raises(StaleModel, match="another edition") as refused:
        load_model(folder)
    assert "retrain" in refused.value.remedy


class Unwritable(Ranker):
    """A ranker on a full disk."""

    def save(self, directory: Path) -> None:
        """Fails half way."""
        (directory / "model.json").write_text("{")
        raise OSError("no space left on device")


def test_a_half_written_copy_is_never_seen(tmp_path: Path, ranker: Ranker) -> None:
    """A copy that fails half way leaves neither a version nor litter."""
    broken = Unwritable(**{f.name: getattr(ranker, f.name) for f in fields(ranker)})
    with pytest.raises(OSError, match="no space"):
        keep(tmp_path, versioned(broken, "7"))
    assert list((tmp_path / "help").iterdir()) == []


def test_a_model_trained_on_other_definitions_is_not_served(tmp_path: Path, ranker: Ranker) -> None:
    """The list says what to do instead of ranking by signals that mean something else."""
    old = {**fingerprints(SIGNALS), "events_28d": "another"}
    served(tmp_path, ranker.with_about(replace(ranker.about, fingerprints=old)), "1")
    with pytest.raises(StaleModel, match="events_28d"):
        load_served(tmp_path, "help", SIGNALS)


def test_ranking_and_training_do_not_wait_for_mlflow() -> None:
    """Its import takes seconds; lists and restarts do without."""
    modules = ", ".join(f"consumption.models.{m}" for m in ("served", "reasons.explain", "ranking", "training"))
    code = f"import sys, {modules}; sys.exit('mlflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
