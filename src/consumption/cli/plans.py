"""Commands that learn, plan and publish."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from consumption.cli.apps import app
from consumption.cli.options import HERE, AsOf, InWorkspace, moment, now, open_workspace, progress_bars, say
from consumption.models.motion import Motion


@app.command()
def train(
    motion: Annotated[
        Literal["help", "expand"] | None, typer.Option(help="Only this motion; both if not given.")
    ] = None,
    approve: Annotated[bool, typer.Option("--approve", help="Let a winner rank, however much lists change.")] = False,
    search: Annotated[
        float, typer.Option(min=0.0, metavar="SECONDS", help="Look so long for better settings of the trees first.")
    ] = 0.0,
    as_of: AsOf = None,
    workspace: InWorkspace = HERE,
) -> None:
    """Train on the past as it was known, and promote what beats the model in charge; learn what actions do.

    After a kill the same command goes on where it was.

    Example: `consumption train --motion help --search 600`
    """
    from consumption.jobs.effects import learn
    from consumption.jobs.effects_told import registered_or_why
    from consumption.jobs.train import train as run_train
    from consumption.models.motion import MOTIONS

    motions = MOTIONS if motion is None else (motion,)
    with progress_bars() as progress:
        opened, when = open_workspace(workspace), moment(as_of)
        done = run_train(
            opened, motions=motions, as_of=when, approve=approve, search_seconds=search, progress=progress
        )
        learned = learn(opened, as_of=when, tell=registered_or_why(opened), progress=progress)
    for trained in done:
        say(trained.text)
    say(learned.text)


@app.command()
def recommend(as_of: AsOf = None, workspace: InWorkspace = HERE) -> None:
    """Choose the next best action for every account, within the team's hours: a draft plan.

    The plan of a day that is published stays as it is: there is no draft of that day any more.

    Example: `consumption recommend --as-of 2026-06-01`
    """
    from consumption.jobs.recommend import recommend as run_recommend

    with progress_bars() as progress:
        done = run_recommend(open_workspace(workspace), as_of=moment(as_of), progress=progress)
    say(done.text)
    say("a draft; to log and show it: consumption publish")


@app.command()
def publish(as_of: AsOf = None, workspace: InWorkspace = HERE) -> None:
    """Log the decisions of a plan, then show it, in one transaction; again, it changes nothing.

    Example: `consumption publish --as-of 2026-06-01`
    """
    from consumption.jobs.not_yet import refuse_a_day_to_come

    when = moment(as_of)
    refuse_a_day_to_come(when, now())  # Before what learns is loaded, which takes seconds.
    from consumption.jobs.publish import publish as run_publish

    with progress_bars() as progress:
        done = run_publish(open_workspace(workspace), as_of=when, now=now(), progress=progress)
    say(done.text)


@app.command()
def run(as_of: AsOf = None, workspace: InWorkspace = HERE) -> None:
    """The daily job: sources, decisions and responses so far, signals, recommend, publish, send.

    Example: `consumption run`
    """
    from consumption.jobs.not_yet import refuse_a_day_to_come

    when, here = moment(as_of), open_workspace(workspace)
    refuse_a_day_to_come(when, now())  # Before what learns is loaded, which takes seconds.
    from consumption.jobs.daily import daily

    def tell(motion: Motion) -> str:
        # Seldom needed, and it imports MLflow.
        from consumption.jobs.registering import told_or_why

        return told_or_why(here, motion)

    def send() -> str:
        from consumption.cli.sending import sent_or_why

        return sent_or_why(here)

    with progress_bars() as progress:
        done = daily(here, as_of=when, now=now(), tell=tell, send=send, progress=progress)
    say(done.text)


@app.command()
def plan(
    with_: Annotated[
        list[str] | None, typer.Option("--with", help="Another week: hours.training=+40. May be given several times.")
    ] = None,
    as_of: AsOf = None,
    workspace: InWorkspace = HERE,
) -> None:
    """The best week from the cards that stand: money, cards, what an hour more would bring, what each priority costs.

    With --with also the week as it would be, and the accounts gained and lost: hours.SKILL=+40, hours.OWNER=-4,
    limits.ACTION=3, priorities.motion.expand=1.5, priorities.least_hours.expand=0.2. Nothing is kept.

    Example: `consumption plan --with hours.training=+40`
    """
    from consumption.jobs.plan import plan as run_plan

    with progress_bars() as progress:
        done = run_plan(open_workspace(workspace), as_of=moment(as_of), changes=with_ or (), progress=progress)
    say(done.text)


@app.command()
def advise(
    account: Annotated[str, typer.Argument(help="The account's id.")],
    as_of: AsOf = None,
    workspace: InWorkspace = HERE,
) -> None:
    """What to do next about one account, now: from its signals of this moment, at the prices of the plan shown.

    Nothing is decided or logged. Of a held-out account only duties are told.

    Example: `consumption advise acct-00017`
    """
    from consumption.jobs.live_advice import live_advice

    when = moment(as_of) if as_of else now()
    say(live_advice(open_workspace(workspace), account, as_of=when).text)
