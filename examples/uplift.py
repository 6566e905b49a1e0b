"""What would a call or a training change at each customer? Increments from a trial, without a workspace.

    python examples/uplift.py

Two actions were given out by lot. A call helps where usage fell, a training where there are new users. The study is
made up, so that what is found can be held against the truth.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from consumption.models.effects import ActionEffects

CHANCES = {"call": 0.25, "training": 0.25, "none": 0.5}


def main() -> None:
    """Makes up a trial, learns from it, and prints whom to call and whom to train."""
    rng = np.random.default_rng(1)
    rows = 6_000
    trend, new_users = rng.normal(size=rows), rng.poisson(2.0, rows)
    features = pl.DataFrame({"usage_trend": trend, "new_users": new_users, "size": rng.choice(["s", "l"], rows)})
    action = rng.choice(list(CHANCES), rows, p=list(CHANCES.values()))
    call, training = (trend < 0) * 0.15, new_users * 0.03
    renews = 0.5 + np.where(action == "call", call, 0.0) + np.where(action == "training", training, 0.0)
    outcome = (rng.random(rows) < renews).astype(float)
    propensity = pl.DataFrame({name: [chance] * rows for name, chance in CHANCES.items()})

    effects = ActionEffects.fit(
        features, pl.Series(action), pl.Series(outcome), propensity, prior={"call": 0.05, "training": (0.05, 0.02)}
    )
    print(effects.why)
    found = effects.predict(features)
    print(features.hstack(found).hstack(effects.interval(features)).head(5))
    for name, truth in (("call", call), ("training", training)):
        print(f"{name}: {found[name].to_numpy().mean():.3f} on average, in truth {truth.mean():.3f}")


if __name__ == "__main__":
    main()
